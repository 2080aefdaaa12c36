"""Accounts: made with a password for one time, narrowed to a scope, closed, never without an administrator (E6)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.clock import real_now
from app.directory.models import Coordinator
from app.panel.models import User

NEW = {"username": "zhang", "name": "张测试", "role": "editor", "area_code": "", "coordinator_id": ""}


def shown_password(page):
    return re.search(r'aria-label="口令">([^<]+)<', page.text)[1]


def sees(browser, path="/admin"):
    return browser.client.get(path).status_code


def test_a_new_account_gets_a_password_that_is_shown_once_and_must_be_replaced(office, log_in, account):
    page = office.user("admin").post("/admin/users", 200, **NEW)
    password = shown_password(page)
    raw = office.stored()
    assert password.encode() not in raw
    fresh = office.guest()
    assert log_in(fresh, "zhang", password).headers["location"] == "/admin"
    assert fresh.client.get("/admin").headers["location"] == "/admin/me/password"
    assert fresh.client.get("/admin/handbook").headers["location"] == "/admin/me/password"
    fresh.get("/admin/me")
    change = {"current": password, "password": "another long sentence", "again": "another long sentence"}
    assert fresh.post("/admin/me/password", **change).headers["location"].startswith("/admin/me")
    assert sees(fresh) == 200
    assert account("zhang").must_change_password is False


def test_who_has_to_change_the_password_may_post_nothing_else(office, log_in):
    password = shown_password(office.user("admin").post("/admin/users", 200, **{**NEW, "role": "hub"}))
    fresh = office.guest()
    log_in(fresh, "zhang", password)
    fresh.post("/admin/calendar/day", 403, day="2026-12-01", kind="off", reason="x")


def test_creating_and_changing_is_audited_with_before_and_after(office, account):
    admin = office.user("admin")
    admin.post("/admin/users", 200, **NEW)
    number = account("zhang").id
    admin.post(f"/admin/users/{number}", name="张测试", role="officer-leader", area_code="NH01")
    created, changed = office.audited("user.create")[-1], office.audited("user.update")[-1]
    assert (created.object, created.detail["after"]["role"]) == ("user:zhang", "editor")
    assert changed.detail["before"] == {"name": "张测试", "role": "editor", "area": "", "coordinator": None}
    assert changed.detail["after"]["role"] == "officer-leader" and changed.detail["after"]["area"] == "NH01"


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "emperor"}, {"role": ""}, {"name": ""}, {"username": "X"}, {"username": "hub"},
        {"role": "officer-leader"}, {"role": "officer-leader", "area_code": "NOWHERE"},
        {"role": "department"}, {"role": "department", "coordinator_id": "999999"},
    ],
)  # fmt: skip
def test_a_wrong_form_comes_back_with_what_was_typed(office, account, fields):
    response = office.user("admin").client.post(
        "/admin/users", data={"csrf_token": (admin := office.user("admin")).csrf_token, **NEW, **fields}
    )
    assert response.status_code == 403
    response = admin.client.post("/admin/users", data={"csrf_token": admin.csrf_token, **NEW, **fields})
    assert response.status_code in (400, 409) and office.check(response.text) == []
    assert account("zhang") is None


def test_other_rights_end_every_login_a_new_name_does_not(office, account):
    """Rotation at a change of privilege (reliability §4.2 case 4)."""
    admin, hub = office.user("admin"), office.user("hub")
    number = account("hub").id
    admin.post(f"/admin/users/{number}", name="新名字", role="hub")
    assert sees(hub) == 200
    admin.post(f"/admin/users/{number}", name="新名字", role="editor")
    assert sees(hub) == 303


def test_a_closed_account_is_out_at_once_and_comes_back_when_opened(office, account, log_in):
    admin, hub = office.user("admin"), office.user("hub")
    number = account("hub").id
    admin.post(f"/admin/users/{number}/active", active="no")
    assert sees(hub) == 303 and not account("hub").is_active
    assert log_in(office.guest(), "hub", "lutai-qiaobei-17").status_code == 401
    admin.post(f"/admin/users/{number}/active", active="yes")
    assert log_in(office.guest(), "hub", "lutai-qiaobei-17").status_code == 303
    assert [row.detail["after"]["active"] for row in office.audited("user.active")] == [False, True]


@pytest.mark.parametrize("path,fields", [("/active", {"active": "no"}), ("", {"name": "x", "role": "hub"})])
def test_the_last_administrator_stays(office, account, path, fields):
    admin = office.user("admin")
    admin.post(f"/admin/users/{account('admin').id}{path}", 409, **fields)
    assert account("admin").is_active and account("admin").role == "admin"


def test_with_a_second_administrator_the_first_may_go(office, account):
    admin = office.user("admin")
    admin.post("/admin/users", 200, **{**NEW, "role": "admin"})
    admin.post(f"/admin/users/{account('admin').id}/active", active="no")
    assert not account("admin").is_active


def test_a_reset_password_ends_the_logins_and_opens_no_closed_account(office, account, log_in):
    admin, hub = office.user("admin"), office.user("hub")
    page = admin.post(f"/admin/users/{account('hub').id}/password", 200)
    password = shown_password(page)
    assert sees(hub) == 303
    assert log_in(office.guest(), "hub", "lutai-qiaobei-17").status_code == 401
    assert log_in(office.guest(), "hub", password).status_code == 303
    admin.post(f"/admin/users/{account('editor').id}/active", active="no")
    admin.post(f"/admin/users/{account('editor').id}/password", 200)
    assert not account("editor").is_active


def test_who_has_not_logged_in_for_ninety_days_is_named(office):
    with office.db.transaction() as session:
        long_ago = real_now() - timedelta(days=91)
        session.execute(update(User).values(last_login_at=real_now()))
        session.execute(update(User).where(col(User.username) == "leader").values(last_login_at=long_ago))
    page = office.user("admin").get("/admin/users?show=stale").text
    assert "/admin/users/" in page and ">leader<" in page and ">hub<" not in page


def test_one_account_for_one_person_of_a_department(office, account):
    admin = office.user("admin")
    with office.db.reading() as session:
        taken = account("department").coordinator_id
        other = session.exec(select(Coordinator.id).where(Coordinator.id != taken)).first()
    admin.post("/admin/users", 409, **{**NEW, "role": "department", "coordinator_id": str(taken)})
    admin.post("/admin/users", 200, **{**NEW, "role": "department", "coordinator_id": str(other)})
    assert account("zhang").coordinator_id == other


def test_only_who_has_no_account_yet_is_offered_and_the_hub_sees_who_has_one(office, account):
    """Accounts are the administrator's (GB/T 22239 L3-CES1-07); the hub knows whom to ask for."""
    taken = account("department")
    option = f'<option value="{taken.coordinator_id}"'
    admin, hub = office.user("admin"), office.user("hub")
    assert option not in admin.get("/admin/users").text
    assert f"{option} selected" in admin.get(f"/admin/users/{taken.id}").text
    assert hub.get("/admin/departments").text.count("有后台账号") == 1
    assert "有后台账号" not in office.user("leader").get("/admin/departments").text


@pytest.mark.parametrize("username", ["hub", "leader", "department", "editor", "auditor"])
def test_nobody_else_touches_accounts(office, account, username):
    browser, number = office.user(username), account("admin").id
    browser.get("/admin/users", 403)
    for path in ("", f"/{number}", f"/{number}/password", f"/{number}/active", f"/{number}/totp/reset"):
        browser.post(f"/admin/users{path}", 403, **NEW, active="no")
    assert account("admin").is_active


def test_a_page_that_was_open_meanwhile_gives_no_rights_back(office, account):
    """Two tabs: one takes a role away, the other, opened before, only meant to correct the name."""
    admin, number = office.user("admin"), account("hub").id
    old = re.search(r'name="seen" value="([^"]*)"', admin.page(f"/admin/users/{number}"))[1]
    admin.post(f"/admin/users/{number}", name="示例甲", role="auditor", seen=old)
    late = admin.post(f"/admin/users/{number}", 409, name="示例乙", role="hub", seen=old)
    assert "别人改过这个账号" in late.text
    assert account("hub").role == "auditor"
    fresh = re.search(r'name="seen" value="([^"]*)"', late.text)[1]
    admin.post(f"/admin/users/{number}", name="示例乙", role="hub", seen=fresh)
    assert account("hub").role == "hub"
