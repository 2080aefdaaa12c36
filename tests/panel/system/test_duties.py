"""Where duties are separate, an administrator keeps accounts and the system and sees no case (L3-CES1-08)."""

import pytest
from fastapi.routing import APIRoute

from app.panel.access import access_of
from app.panel.policy import Policy, totp_roles_of
from app.panel.roles import EVERYONE, Role, may_open
from app.panel.router import panel_router
from app.settings import Settings

SYSTEM = ("", "/me", "/users", "/sessions", "/calendar", "/outbox", "/system", "/keys", "/logout")


@pytest.fixture
def strict(stricter):
    return stricter(separates_duties=True)


def test_the_administrator_opens_system_pages_and_nothing_else(office, strict):
    admin, number = strict.user("admin"), office.ticket("限高杆").number
    for path in (
        "",
        "/users",
        "/sessions",
        "/keys",
        "/calendar",
        "/system",
        "/system/backups",
        "/outbox",
        "/me",
    ):
        admin.get(f"/admin{path}")
    for path in (
        "/tickets",
        f"/tickets/{number}",
        "/enterprises",
        "/officers",
        "/answers",
        "/audit",
        "/queue",
    ):
        admin.get(f"/admin{path}", 403)
    admin.post(f"/admin/tickets/{number}/reveal", 403)


def test_every_other_route_is_closed_to_the_administrator(strict):
    """Whatever page is added later: closed until it is named as the system's."""
    for route in panel_router(strict.deps).routes:
        access = access_of(route) if isinstance(route, APIRoute) else None
        if access is None or access.roles is None or Role.ADMIN not in access.roles:
            continue
        inner = route.path.removeprefix("/admin")
        is_system = any(inner == own or (own and inner.startswith(f"{own}/")) for own in SYSTEM)
        is_open = may_open(Role.ADMIN, access.roles, route.path, separates_duties=True)
        assert is_open == is_system, route.path


def test_the_menu_and_the_first_screen_lead_nowhere_closed(strict, links_of):
    admin = strict.user("admin")
    page = admin.get("/admin").text
    assert "/admin/tickets" not in page
    for link in links_of(page):
        assert admin.client.get(link).status_code == 200, link


@pytest.mark.parametrize("username", ["hub", "leader", "department", "editor", "auditor"])
def test_the_other_roles_are_as_they_were(office, strict, username):
    for path in ("/tickets", "/answers", "/audit", "/users", "/calendar"):
        assert (
            strict.user(username).client.get(f"/admin{path}").status_code
            == office.user(username).client.get(f"/admin{path}").status_code
        )


def test_an_installation_separates_duties_and_changes_passwords_unless_told_otherwise():
    fields = Settings.model_fields
    assert fields["separate_duties"].default is True and fields["password_days"].default == 90
    assert Policy() == Policy(0, frozenset(), False)


def test_the_roles_of_a_setting():
    assert totp_roles_of("admin, hub，editor") == (frozenset({Role.ADMIN, Role.HUB, Role.EDITOR}), [])
    assert totp_roles_of("admin,emperor") == (frozenset({Role.ADMIN}), ["emperor"])
    assert totp_roles_of("") == (frozenset(), [])
    assert may_open(Role.HUB, EVERYONE, "/admin/tickets", separates_duties=True)
