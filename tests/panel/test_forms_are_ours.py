"""CSRF: each form needs this login's token and must come from our own pages (reliability §4.2 case 5)."""

import pytest
from sqlmodel import select

from app.outbox.models import OutboxMessage, OutboxState

FAILED = "outbox.retry"


@pytest.fixture
def dead(office):
    """A dead letter's retry address."""
    with office.db.reading() as session:
        row = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)).one()
    return f"/admin/outbox/{row.id}/retry"


def state_of(office, address):
    with office.db.reading() as session:
        return session.get_one(OutboxMessage, int(address.split("/")[3])).state


def test_the_right_token_works_without_any_header(office, dead):
    """Old browsers in government offices send neither Origin nor Fetch Metadata."""
    office.user("hub").post(dead)
    assert state_of(office, dead) == OutboxState.NEW


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://testserver"},
        {"referer": "http://testserver/admin/outbox"},
        {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
    ],
)
def test_our_own_pages_may_post(office, dead, headers):
    office.user("hub").post(dead, headers=headers)
    assert state_of(office, dead) == OutboxState.NEW


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://sub.testserver"},
        {"referer": "https://evil.example/admin/outbox"},
    ],
)
def test_other_sites_may_not_even_with_the_token(office, dead, headers):
    office.user("hub").post(dead, status=403, headers=headers)
    assert state_of(office, dead) == OutboxState.DEAD


@pytest.mark.parametrize("token", ["", "wrong", "0" * 43])
def test_no_form_without_the_token(office, dead, token):
    browser = office.user("hub")
    browser.csrf_token = token
    browser.post(dead, status=403)
    assert state_of(office, dead) == OutboxState.DEAD


def test_the_token_of_another_login_does_not_fit(office, dead):
    browser = office.user("hub")
    browser.csrf_token = office.user("admin").csrf_token
    browser.post(dead, status=403)
    assert state_of(office, dead) == OutboxState.DEAD


def test_a_refused_form_leaves_one_audit_row(office, dead):
    browser = office.user("hub")
    browser.csrf_token = "wrong"
    browser.post(dead, status=403)
    rows = office.audited(FAILED)
    assert [(row.actor, row.succeeded, row.address) for row in rows] == [("hub", False, "203.0.113.9")]


def test_a_form_of_somebody_who_is_not_logged_in_goes_to_the_login_page(office, dead):
    response = office.guest().client.post(dead, data={"csrf_token": "x"})
    assert (response.status_code, response.headers["location"]) == (303, "/admin/login")
    assert state_of(office, dead) == OutboxState.DEAD


def test_a_body_over_64_kib_is_refused(office, dead):
    browser = office.user("hub")
    browser.post(dead, status=400, note="长" * 40_000)
    assert state_of(office, dead) == OutboxState.DEAD


def test_every_form_on_every_page_carries_the_token(office, links_of):
    browser = office.user("admin")
    number = office.ticket("限高杆").number
    for path in ("/admin", "/admin/outbox", "/admin/officers", f"/admin/tickets/{number}"):
        page = browser.get(path).text
        assert (
            page.count('method="post"') == page.count(f'name="csrf_token" value="{browser.csrf_token}"') > 0
        )
