"""Logging in: password, lockout, session lifetime, cookie, return path (reliability §4.2 cases 4, 5, 6, 11)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.clock import real_now
from app.demo.seed_people import DEMO_LOGINS
from app.panel.accounts import find_user, reset_password
from app.panel.models import LoginFailure, User, UserSession
from app.panel.passwords import Passwords
from app.panel.router import panel_router
from app.panel.security import HOME, return_path

PASSWORDS = dict(DEMO_LOGINS)


def form_of(browser, path="/admin/login"):
    page = browser.get(path)
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def log_in(browser, username="hub", password=None, status=303, **fields):
    token = form_of(browser)
    data = {"csrf_token": token, "username": username, "password": password or PASSWORDS[username], **fields}
    response = browser.client.post("/admin/login", data=data)
    assert response.status_code == status, response.text[:500]
    return response


def test_a_login_opens_the_first_screen(office):
    browser = office.guest()
    response = log_in(browser)
    assert response.headers["location"] == "/admin"
    assert "首页" in browser.get("/admin").text


def test_the_cookie_is_httponly_lax_and_confined_to_the_panel(office):
    response = log_in(office.guest())
    cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith("qiying_panel="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/admin" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_is_secure_and_pinned_to_the_host(office):
    app = FastAPI()
    app.include_router(panel_router(replace(office.deps, public_url="https://qiying.example")))
    with TestClient(app, base_url="https://qiying.example", follow_redirects=False) as client:
        page = client.get("/admin/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        fields = {"csrf_token": token, "username": "hub", "password": PASSWORDS["hub"]}
        response = client.post("/admin/login", data=fields, headers={"origin": "https://qiying.example"})
        cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith("__Host-qiying="))
        assert "Secure" in cookie and "HttpOnly" in cookie and "Path=/;" in cookie + ";"
        assert response.headers["strict-transport-security"].startswith("max-age=")
        assert client.get("/admin").status_code == 200


def test_only_a_hash_of_the_cookie_is_stored(office):
    browser = office.guest()
    log_in(browser)
    cookie = browser.client.cookies["qiying_panel"]
    with office.db.reading() as session:
        rows = session.exec(select(UserSession)).all()
    assert len(rows) == 1 and cookie not in (rows[0].id_hash, rows[0].csrf_token)
    thief = office.guest()
    thief.client.cookies.set("qiying_panel", rows[0].id_hash)
    assert thief.client.get("/admin").headers["location"] == "/admin/login"


@pytest.mark.parametrize("username", ["hub", "nobody-here"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(office, username):
    page = log_in(office.guest(), username, "not the password at all", status=401)
    assert "账号或口令不对" in page.text


def test_an_unknown_name_costs_a_hash_like_a_known_one():
    verified = []

    class Recording(Passwords):
        def __init__(self):
            super().__init__()
            hasher = self._hasher

            class Spy:
                def verify(self, stored, password):
                    verified.append(stored)
                    return hasher.verify(stored, password)

            self._hasher = Spy()

    passwords = Recording()
    assert not passwords.matches(None, "whatever it is")
    assert len(verified) == 1 and verified[0].startswith("$argon2id$")


def test_the_sixth_try_is_locked_even_with_the_right_password(office):
    browser = office.guest()
    for _ in range(5):
        log_in(browser, "hub", "wrong wrong wrong", status=401)
    page = log_in(browser, "hub", status=429)
    assert "15 分钟" in page.text


def test_a_stranger_elsewhere_cannot_lock_the_clerk_out(office):
    attacker = office.guest("198.51.100.7")
    for _ in range(6):
        attacker.client.post("/admin/login", data=_fields(attacker, "hub", "wrong wrong wrong"))
    log_in(office.guest("203.0.113.9"), "hub")


def test_one_address_may_not_try_many_names(office):
    attacker = office.guest("198.51.100.7")
    statuses = [
        attacker.client.post(
            "/admin/login", data=_fields(attacker, f"name{n}", "wrong wrong wrong")
        ).status_code
        for n in range(31)
    ]
    assert statuses[:30] == [401] * 30 and statuses[30] == 429


def test_the_lock_opens_after_fifteen_minutes(office):
    browser = office.guest()
    for _ in range(6):
        browser.client.post("/admin/login", data=_fields(browser, "hub", "wrong wrong wrong"))
    with office.db.transaction() as session:
        past = real_now() - timedelta(seconds=1)
        session.execute(
            update(LoginFailure).where(col(LoginFailure.locked_until).is_not(None)).values(locked_until=past)
        )
    log_in(browser, "hub")


def test_a_success_forgets_the_failures(office):
    browser = office.guest()
    for _ in range(2):
        for _ in range(4):
            log_in(browser, "hub", "wrong wrong wrong", status=401)
        log_in(browser, "hub")


def test_what_was_typed_as_a_name_is_stored_nowhere(office):
    """It may be a password in the wrong field."""
    log_in(office.guest(), "My-Secret-Pass-99", "x" * 12, status=401)
    raw = office.stored()
    assert b"my-secret-pass-99" not in raw.lower()
    assert office.audited("login")[-1].actor == "unknown"
    assert office.audited("login")[-1].succeeded is False


def test_success_and_failure_of_a_known_account_are_audited_with_address(office):
    browser = office.guest("203.0.113.77")
    log_in(browser, "hub", "wrong wrong wrong", status=401)
    log_in(browser, "hub")
    rows = office.audited("login")
    assert [(row.actor, row.succeeded, row.address) for row in rows] == [
        ("hub", False, "203.0.113.77"),
        ("hub", True, "203.0.113.77"),
    ]


def test_the_session_id_changes_at_login_and_the_old_one_ends(office):
    """Session fixation."""
    browser = office.user("hub")
    planted = browser.client.cookies["qiying_panel"]
    log_in(browser)
    fresh = [c.value for c in browser.client.cookies.jar if c.name == "qiying_panel" and c.value != planted]
    assert len(fresh) == 1
    victim = office.guest()
    victim.client.cookies.set("qiying_panel", planted)
    assert victim.client.get("/admin").headers["location"] == "/admin/login"


@pytest.mark.parametrize(
    ("column", "age", "is_alive"),
    [
        ("last_seen_at", timedelta(minutes=29), True),
        ("last_seen_at", timedelta(minutes=31), False),
        ("created_at", timedelta(hours=9, minutes=59), True),
        ("created_at", timedelta(hours=10, minutes=1), False),
    ],
)
def test_a_session_ends_after_thirty_idle_minutes_or_ten_hours(office, column, age, is_alive):
    browser = office.user("hub")
    with office.db.transaction() as session:
        session.execute(update(UserSession).values({column: real_now() - age}))
    assert browser.client.get("/admin").status_code == (200 if is_alive else 303)


def test_reading_keeps_a_session_alive(office):
    browser = office.user("hub")
    with office.db.transaction() as session:
        session.execute(update(UserSession).values(last_seen_at=real_now() - timedelta(minutes=29)))
    browser.get("/admin")
    with office.db.reading() as session:
        assert real_now() - session.exec(select(UserSession)).one().last_seen_at < timedelta(minutes=1)


def test_moving_the_business_clock_ends_no_session(office):
    browser = office.user("hub")
    office.clock.advance(timedelta(days=30))
    browser.get("/admin")


def test_logging_out_makes_the_cookie_worthless(office):
    browser = office.user("hub")
    cookie = browser.client.cookies["qiying_panel"]
    browser.post("/admin/logout")
    browser.client.cookies.set("qiying_panel", cookie)
    assert browser.client.get("/admin").headers["location"] == "/admin/login"


def test_a_new_password_ends_every_login(office):
    browser = office.user("hub")
    with office.db.transaction() as session:
        reset_password(session, Passwords(), username="hub", password="a fresh long passphrase")
    assert browser.client.get("/admin").status_code == 303


def test_a_deactivated_account_is_out_at_once(office):
    browser = office.user("hub")
    with office.db.transaction() as session:
        session.execute(update(User).where(col(User.username) == "hub").values(is_active=False))
    assert browser.client.get("/admin").status_code == 303
    log_in(office.guest(), "hub", status=401)


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_the_login_form_needs_its_own_token(office, token):
    """Login CSRF: nobody can log a victim into the attacker's account."""
    browser = office.guest()
    form_of(browser)
    fields = {"csrf_token": token, "username": "hub", "password": PASSWORDS["hub"]}
    assert browser.client.post("/admin/login", data=fields).status_code == 403


def test_a_token_from_another_browser_does_not_fit(office):
    other, browser = office.guest(), office.guest()
    token = form_of(other)
    form_of(browser)
    fields = {"csrf_token": token, "username": "hub", "password": PASSWORDS["hub"]}
    assert browser.client.post("/admin/login", data=fields).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "/admin\\..\\", "/adminevil", "javascript:alert(1)",
        "/admin//..//evil\r\nX: y", "/admin?x=<script>", "", "/h/x",
    ],
)  # fmt: skip
def test_the_return_path_stays_inside_the_panel(wanted):
    assert return_path(wanted) == HOME


def test_after_login_one_is_where_one_wanted_to_go(office):
    browser = office.guest()
    number = office.ticket("限高杆").number
    sent = browser.client.get(f"/admin/tickets/{number}")
    assert sent.headers["location"] == f"/admin/login?next=/admin/tickets/{number}"
    assert log_in(browser, next=f"/admin/tickets/{number}").headers["location"] == f"/admin/tickets/{number}"


def _fields(browser, username, password):
    page = browser.client.get("/admin/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return {"csrf_token": token, "username": username, "password": password}


def test_an_administrator_opens_a_locked_account_at_once(office):
    """Reliability 4.2 case 6: from whatever address it was locked; the act is a row of its own."""
    for address in ("198.51.100.4", "203.0.113.9"):
        for _ in range(5):
            log_in(office.guest(address), "hub", "wrong wrong wrong", status=401)
        log_in(office.guest(address), status=429)
    with office.db.reading() as session:
        path = f"/admin/users/{find_user(session, 'hub').id}"
    admin = office.user("admin")
    assert "锁到" in admin.get(path).text
    admin.post(f"{path}/unlock")
    assert "锁到" not in admin.get(path).text
    assert log_in(office.guest(), status=303)
    assert log_in(office.guest("198.51.100.4"), status=303)
    assert [(row.object, row.detail) for row in office.audited("user.unlock")] == [("user:hub", {"count": 2})]
