"""The second factor: enrolled with a first code, each code once, eight on paper, five guesses (§4.1 2FA)."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlmodel import select

from app.clock import real_now
from app.panel.models import RecoveryCode, User
from app.panel.second_factor import fitting_step, seed_of

OLD = "lutai-qiaobei-17"
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def bound(office, log_in, code_of):
    """The hub's account with a second factor: the browser and its eight codes."""
    browser = office.guest()
    log_in(browser, "hub", OLD)
    browser.post("/admin/me/totp/start", current=OLD)
    page = browser.post("/admin/me/totp/confirm", 200, code=code_of("hub", -1))
    codes = re.findall(r"<li>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</li>", page.text)
    assert len(codes) == 8
    return browser, codes


def test_a_login_needs_password_and_code(office, bound, log_in, code_of):
    first = office.guest()
    answer = log_in(first, "hub", OLD)
    assert answer.status_code == 200 and "动态口令" in answer.text
    assert first.client.get("/admin").status_code == 303
    assert log_in(office.guest(), "hub", OLD, code_of("hub")).status_code == 303


def test_a_code_counts_once(office, bound, log_in, code_of):
    """Whoever looked over the shoulder comes too late."""
    code = code_of("hub")
    assert log_in(office.guest(), "hub", OLD, code).status_code == 303
    assert log_in(office.guest(), "hub", OLD, code).status_code == 401


def test_the_enrolment_code_does_not_open_a_login(office, log_in, code_of):
    browser = office.guest()
    log_in(browser, "hub", OLD)
    browser.post("/admin/me/totp/start", current=OLD)
    code = code_of("hub")
    browser.post("/admin/me/totp/confirm", 200, code=code)
    assert log_in(office.guest(), "hub", OLD, code).status_code == 401


def test_each_code_on_paper_counts_once_and_only_its_hash_is_kept(office, bound, log_in):
    _browser, codes = bound
    assert log_in(office.guest(), "hub", OLD, codes[0].upper()).status_code == 303
    assert log_in(office.guest(), "hub", OLD, codes[0]).status_code == 401
    assert log_in(office.guest(), "hub", OLD, codes[1]).status_code == 303
    with office.db.reading() as session:
        rows = session.exec(select(RecoveryCode)).all()
    assert len(rows) == 8 and sum(row.used_at is not None for row in rows) == 2
    raw = office.stored()
    assert not any(code.encode() in raw or code.replace("-", "").encode() in raw for code in codes)


def test_five_guesses_then_even_the_right_code_waits(office, bound, log_in, code_of):
    for _ in range(5):
        assert log_in(office.guest(), "hub", OLD, "000000").status_code == 401
    assert log_in(office.guest("198.51.100.9"), "hub", OLD, code_of("hub")).status_code == 429


def test_the_second_step_belongs_to_browser_account_and_password(office, bound, log_in, fields_of, code_of):
    page = log_in(office.guest(), "hub", OLD).text
    stolen = fields_of(page, "/admin/login/code")
    thief = office.guest()
    own = fields_of(thief.get("/admin/login").text, "/admin/login")
    for fields in (stolen, {**stolen, "csrf_token": own["csrf_token"]}):
        answer = thief.client.post("/admin/login/code", data={**fields, "code": code_of("hub")})
        assert answer.status_code == 403
    with office.db.reading() as session:
        other = session.exec(select(User).where(User.username == "admin")).one().id
    victim = office.guest()
    mine = fields_of(log_in(victim, "hub", OLD).text, "/admin/login/code")
    data = {**mine, "account": str(other), "code": code_of("hub")}
    assert victim.client.post("/admin/login/code", data=data).status_code == 403
    until, _, mac = mine["stage"].partition(".")
    data = {**mine, "stage": f"{int(until) + 3600}.{mac}", "code": code_of("hub")}
    assert victim.client.post("/admin/login/code", data=data).status_code == 403


def test_the_seed_lies_encrypted_and_is_shown_until_it_is_confirmed(office, log_in, account, code_of):
    browser = office.guest()
    log_in(browser, "hub", OLD)
    browser.get("/admin/me/totp/picture.svg", 404)
    browser.post("/admin/me/totp/start", current=OLD)
    picture = browser.get("/admin/me/totp/picture.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and "<svg" in picture.text
    assert picture.headers["cache-control"] == "no-store"
    seed = seed_of(account("hub"), office.deps.signing_key)
    assert re.fullmatch(r"[A-Z2-7]{32}", seed)
    assert seed.encode() not in office.stored()
    assert seed_of(account("hub"), b"another key of this installation") == ""
    browser.post("/admin/me/totp/confirm", 200, code=code_of("hub"))
    browser.get("/admin/me/totp/picture.svg", 404)
    assert seed not in browser.client.get("/admin/me/totp").text.replace(" ", "")


def test_a_seed_moved_to_another_account_opens_nothing(office, bound, account):
    with office.db.transaction() as session:
        stored = session.exec(select(User).where(User.username == "editor")).one()
        stored.totp_seed = account("hub").totp_seed
        session.add(stored)
    assert seed_of(account("editor"), office.deps.signing_key) == ""


def test_enrolling_and_leaving_ask_for_the_password_again(office, bound, account):
    browser, _codes = bound
    office.user("editor").post("/admin/me/totp/start", 400, current="wrong wrong wrong")
    assert account("editor").totp_seed == ""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/admin/me").text)[1]
    browser.csrf_token = token
    browser.post("/admin/me/totp/off", 400, current="wrong wrong wrong")
    browser.post("/admin/me/totp/off", current=OLD)
    assert account("hub").totp_since is None and account("hub").totp_seed == ""


def test_binding_ends_the_other_logins_and_changes_this_one(office, log_in, code_of):
    here, there = office.guest(), office.user("hub")
    log_in(here, "hub", OLD)
    here.post("/admin/me/totp/start", current=OLD)
    answer = here.post("/admin/me/totp/confirm", 200, code=code_of("hub"))
    assert any("qiying_panel=" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert there.client.get("/admin").status_code == 303


def test_an_administrator_helps_who_lost_the_telephone(office, bound, log_in, account):
    browser, _codes = bound
    office.user("admin").post(f"/admin/users/{account('hub').id}/totp/reset")
    assert browser.client.get("/admin").status_code == 303
    assert log_in(office.guest(), "hub", OLD).status_code == 303
    row = office.audited("totp.reset")[-1]
    assert (row.object, row.detail) == ("user:hub", {"before": {"totp": True}, "after": {"totp": False}})


def test_a_role_that_must_have_one_does_nothing_before(stricter, office):
    strict = stricter(totp_roles=frozenset({"admin"}))
    admin = strict.user("admin")
    assert admin.client.get("/admin/users").headers["location"] == "/admin/me/totp"
    admin.post("/admin/users", 403)
    assert "必须用动态口令" in admin.get("/admin/me/totp").text
    assert strict.user("hub").client.get("/admin").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "last", "fits"),
    [
        (0, None, True), (-30, None, True), (30, None, True), (-60, None, False), (60, None, False),
        (0, int(NOON.timestamp()) // 30, False), (0, int(NOON.timestamp()) // 30 - 1, True),
        (-30, int(NOON.timestamp()) // 30 - 1, False),
    ],
)  # fmt: skip
def test_one_half_minute_of_drift_and_never_backwards(seconds, last, fits):
    code = pyotp.TOTP(SEED).at(NOON + timedelta(seconds=seconds))
    assert (fitting_step(SEED, code, last, NOON) is not None) == fits


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 345", "-12345"])
def test_what_is_no_code_fits_nothing(code):
    assert fitting_step(SEED, code, None, NOON) is None
    assert fitting_step("", "123456", None, real_now()) is None


def test_words_typed_before_the_login_ended_go_through_the_second_step_too(office, bound, fields_of, code_of):
    here = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    guest, path = office.guest(), f"/admin/tickets/{office.ticket('限高杆').number}/do/reply"
    page = guest.post(path, 401, here, version="1", note="周三上门").text
    data = {**fields_of(page, "/admin/login"), "username": "hub", "password": OLD}
    page = guest.client.post("/admin/login", data=data, headers=here).text
    wrong = {**fields_of(page, "/admin/login/code"), "code": "000000"}
    page = guest.client.post("/admin/login/code", data=wrong, headers=here).text
    data = {**fields_of(page, "/admin/login/code"), "code": code_of("hub")}
    page = guest.client.post("/admin/login/code", data=data, headers=here).text
    assert fields_of(page, path)["note"] == "周三上门"
