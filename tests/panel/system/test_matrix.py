"""Every form of the panel, from the route table: one audit row each, never without the token (§4.2 cases 5, 14)."""

import re

import pytest
from fastapi.routing import APIRoute
from sqlmodel import col, select

from app.audit import AuditRow
from app.panel.access import access_of
from app.panel.router import panel_router

WHO = ("admin", "editor", "leader")
NO_FORM = {"/admin/logout"}
SYSTEM_PAGES = tuple(
    f"/admin/{name}" for name in ("me", "users", "sessions", "calendar", "outbox", "system", "keys", "audit")
)


def forms(office):
    """(path, action, somebody who may) of every form."""
    found = []
    for route in panel_router(office.deps).routes:
        access = access_of(route) if isinstance(route, APIRoute) else None
        if access is None or access.roles is None or "POST" not in route.methods or route.path in NO_FORM:
            continue
        path = route.path.replace("{number}", "20261118-0032").replace("{action}", "tell")
        path = re.sub(r"\{(slug|folder|name|system|code|key|act)\}", "nothing", path)
        roles = {role.value for role in access.roles}
        who = "admin" if "admin" in roles else sorted(roles)[0]
        found.append((re.sub(r"\{\w+\}", "999999", path), access.action, who))
    assert len(found) > 40
    return found


def rows(office, since=0):
    with office.db.reading() as session:
        return session.exec(select(AuditRow).where(col(AuditRow.id) > since).order_by(col(AuditRow.id))).all()


def test_every_form_whatever_becomes_of_it_leaves_one_row_of_its_own(office):
    """Actor, address, act, object and outcome: also where it failed."""
    for path, action, who in forms(office):
        browser = office.user(who)
        last = max((row.id for row in rows(office)), default=0)
        response = browser.client.post(path, data={"csrf_token": browser.csrf_token})
        assert response.status_code < 500, (path, response.status_code)
        fresh = [row for row in rows(office, last) if row.actor_kind == "user"]
        assert [row.action for row in fresh] == [action], path
        row = fresh[0]
        assert (row.actor, row.address) == (who, "203.0.113.9") and row.object
        assert row.succeeded == (response.status_code < 400), (path, response.status_code)


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("0" * 43, {}),
        ("other", {}),
        ("own", {"sec-fetch-site": "cross-site"}),
        ("own", {"sec-fetch-site": "same-site"}),
        ("own", {"origin": "https://evil.example"}),
        ("own", {"referer": "https://evil.example/admin/users"}),
    ],
)
def test_no_form_is_taken_without_our_token_or_from_elsewhere(office, token, headers):
    other = office.user("admin").csrf_token
    logins = {who: office.user(who) for who in WHO}
    for path, _action, who in forms(office):
        browser = logins.setdefault(who, office.user(who) if who not in logins else logins[who])
        sent = {"own": browser.csrf_token, "other": other}.get(token, token)
        response = browser.client.post(path, data={"csrf_token": sent}, headers=headers)
        assert response.status_code == 403, (path, response.status_code)
        assert re.search("放得太久|不是从本页面", response.text), path
    assert all(not row.succeeded for row in rows(office) if row.actor_kind == "user")


def test_no_page_is_changed_by_reading_it(office):
    """A GET leaves no audit row and writes nothing: a picture on another site can do no harm."""
    admin, before = office.user("admin"), len(rows(office))
    for route in panel_router(office.deps).routes:
        access = access_of(route) if isinstance(route, APIRoute) else None
        if access is not None and access.roles and "GET" in route.methods and "admin" in access.roles:
            path = route.path.replace("{number}", "20261118-0032")
            admin.client.get(re.sub(r"\{[\w:]+\}", "999999", path))
    assert len(rows(office)) == before


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_no_header_of_a_stranger_gets_into_a_link_a_redirect_or_the_trail(office, name):
    """Case 12: addresses come from the connection; the server is told which proxy to believe."""
    guest = office.guest("198.51.100.7")
    sent = guest.client.get("/admin/tickets", headers={name: "evil.example"})
    assert sent.headers["location"].startswith("/admin/login")
    page = office.user("hub").client.get("/admin", headers={name: "evil.example"})
    assert "evil.example" not in page.text and "evil.example" not in str(page.headers)
    hub = office.user("hub")
    headers = {name: "198.51.100.250"} if name != "Host" else {}
    hub.client.post("/admin/logout", data={"csrf_token": hub.csrf_token}, headers=headers)
    assert rows(office)[-1].address == "203.0.113.9"


def test_the_system_pages_of_every_role_are_well_made_and_lead_nowhere_dead(office, links_of):
    """One heading, labels, unique ids, nothing inline: checked on every fetch; and no link a role may not follow."""
    for who in ("hub", "leader", "department", "editor", "auditor", "admin"):
        browser, seen = office.user(who), set()
        waiting = ["/admin/me", "/admin/me/password", "/admin/me/totp"]
        while waiting:
            path = waiting.pop(0)
            if path in seen or not path.startswith(SYSTEM_PAGES):
                continue
            seen.add(path)
            waiting += [link for link in links_of(browser.get(path).text) if "?" not in link]
        assert len(seen) >= {"admin": 14, "hub": 6, "auditor": 8}.get(who, 3), who
