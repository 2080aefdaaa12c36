"""Roles × routes from the route table, and an area leader's data scope (reliability §4.2 cases 1, 2)."""

import re

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from sqlmodel import col, select

from app.directory.models import Area, Officer
from app.errors import ConfigurationError
from app.panel.access import access_of, require_declared
from app.panel.navigation import MENU
from app.panel.roles import Role
from app.panel.router import panel_router
from app.panel.scope import subtree

USERS = {
    Role.HUB: "hub",
    Role.LEADER: "leader",
    Role.DEPARTMENT: "department",
    Role.EDITOR: "editor",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
}
# Which page is for whom: written down once more, so that a slip in the route table is seen.
# (Pages that need more than this office have tests of their own.)
PAGES = {
    "": "hub leader department editor auditor admin",
    "/tickets": "hub leader department auditor admin",
    "/queue": "hub auditor admin",
    "/intake": "hub admin",
    "/meetings": "hub auditor admin",
    "/supervision": "hub leader auditor admin",
    "/campaigns": "hub auditor admin",
    "/callbacks": "hub auditor admin",
    "/answers": "hub editor auditor admin",
    "/enterprises": "hub leader auditor admin",
    "/officers": "hub leader auditor admin",
    "/areas": "hub leader auditor admin",
    "/departments": "hub leader auditor admin",
    "/imports": "hub admin",
    "/reports": "hub leader auditor admin",
    "/outbox": "hub auditor admin",
    "/calendar": "hub auditor admin",
    "/system": "hub auditor admin",
    "/system/profile": "hub auditor admin",
    "/system/backups": "admin",
    "/users": "admin",
    "/keys": "admin",
    "/audit": "auditor admin",
}
MAY_OPEN = {name: {path for path, names in PAGES.items() if name in names.split()} for name in USERS.values()}
MAY_WRITE = {
    "hub": {"reveal", "do", "retry", "invite"},
    "leader": {"reveal", "do"},
    "department": {"reveal", "do"},
    "editor": set(),
    "auditor": set(),
    "admin": {"reveal", "do", "retry", "invite"},
}


@pytest.fixture
def routes(office):
    return [route for route in panel_router(office.deps).routes if isinstance(route, APIRoute)]


def filled(route, number):
    path = (
        route.path.replace("{number}", number).replace("{action}", "tell").replace("{rest:path}", "nowhere")
    )
    return re.sub(r"\{\w+\}", "999999", path)


@pytest.mark.parametrize("role", list(Role))
def test_each_route_lets_in_exactly_the_roles_it_declares(office, routes, role):
    number = office.ticket("限高杆").number
    for route in routes:
        access = access_of(route)
        if access.roles is None or route.path.endswith("/logout"):
            continue
        browser = office.user(USERS[role])
        if "GET" in route.methods:
            status = browser.client.get(filled(route, number)).status_code
        else:
            data = {"csrf_token": browser.csrf_token}
            status = browser.client.post(filled(route, number), data=data).status_code
        assert (status == 403) == (role not in access.roles), (route.path, status)


@pytest.mark.parametrize("username", list(MAY_OPEN))
def test_each_role_opens_its_pages_and_no_others(office, username):
    browser = office.user(username)
    for path in MAY_OPEN["admin"]:
        status = browser.client.get(f"/admin{path}").status_code
        assert status == (200 if path in MAY_OPEN[username] else 403), path


@pytest.mark.parametrize("username", list(MAY_WRITE))
def test_each_role_writes_what_it_may_and_nothing_else(office, routes, username):
    role = next(role for role, name in USERS.items() if name == username)
    names = {
        "reveal": "/tickets/{number}/reveal",
        "do": "/do/{action}",
        "retry": "/outbox/{message_id}/retry",
        "invite": "/invite",
    }
    for name, ending in names.items():
        allowed = [access_of(route).roles for route in routes if route.path.endswith(ending)]
        assert allowed
        assert all((role in roles) == (name in MAY_WRITE[username]) for roles in allowed), name


def test_the_menu_shows_what_the_role_may_open(office):
    for username, paths in MAY_OPEN.items():
        page = office.user(username).get("/admin").text
        shown = {item.path.removeprefix("/admin") for item in MENU if f'<a href="{item.path}"' in page}
        assert shown & set(PAGES) == paths


def test_guests_are_sent_to_the_login_page(office, routes):
    guest = office.guest()
    for route in routes:
        if access_of(route).roles is None:
            continue
        method = guest.client.get if "GET" in route.methods else guest.client.post
        response = method(filled(route, "20261118-0032"))
        assert response.status_code == 303
        assert response.headers["location"].startswith("/admin/login")


def test_a_route_without_a_declared_role_stops_the_start(office):
    router = panel_router(office.deps)
    router.add_api_route("/forgotten", lambda: None, methods=["GET"])
    with pytest.raises(ConfigurationError, match="/admin/forgotten"):
        require_declared(router)


def test_an_area_leader_sees_the_own_area_only(office):
    own, foreign = office.ticket("合作社想在自家地头"), office.ticket("电压不稳")
    browser = office.user("leader")
    browser.get(f"/admin/tickets/{own.number}")
    browser.get(f"/admin/tickets/{foreign.number}", status=404)
    page = browser.get("/admin/tickets?status=all").text
    assert own.number in page and foreign.number not in page
    assert "经济开发区" not in browser.get("/admin/enterprises").text
    assert "NH0035" not in browser.get("/admin/officers").text


def test_an_area_leader_acts_in_the_own_area_only(office):
    foreign = office.ticket("电压不稳")
    browser = office.user("leader")
    browser.post(f"/admin/tickets/{foreign.number}/reveal", status=404)
    browser.post(
        f"/admin/tickets/{foreign.number}/do/tell", status=404, note="x", version=str(foreign.version)
    )


def test_an_area_leader_dispatches_to_own_officers_only(office):
    ticket = office.ticket("合作社想在自家地头")
    with office.db.reading() as session:
        own = session.exec(select(Officer).where(Officer.staff_no == "NH0003")).one()
        foreign = session.exec(select(Officer).where(Officer.staff_no == "NH0035")).one()
    browser = office.user("leader")
    path, version = f"/admin/tickets/{ticket.number}/do/dispatch", str(ticket.version)
    browser.post(path, status=403, target=f"officer:{foreign.id}", version=version)
    browser.post(path, status=403, target="department:1", version=version)
    browser.post(path, target=f"officer:{own.id}", version=version)
    assert office.ticket("合作社想在自家地头").officer_id == own.id


@pytest.mark.parametrize("action", ["resolve", "reply", "extend", "raise", "close", "withdraw", "reopen"])
def test_an_area_leader_has_two_actions_whatever_is_posted(office, action):
    ticket = office.ticket("合作社想在自家地头")
    browser = office.user("leader")
    fields = {"note": "x", "version": str(ticket.version), "days": "2", "step": "hub"}
    browser.post(f"/admin/tickets/{ticket.number}/do/{action}", status=403, **fields)
    assert office.ticket("合作社想在自家地头").version == ticket.version


def test_a_circle_in_the_area_tree_ends(office):
    with office.db.transaction() as session:
        session.execute(update(Area).where(col(Area.code) == "NH01").values(parent_code="NH01-1"))
        assert "NH01-2" in subtree(session, "NH01")
