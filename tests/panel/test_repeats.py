"""A double click on a slow machine: one ticket, one visit, one reply, and the page that the first click led to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import func, select

from app.directory.models import Visit
from app.outbox.models import OutboxMessage
from app.panel import repeats
from app.panel.calls import SentFile, form_of
from app.tickets.models import Ticket

INTAKE = {
    "unlisted": "yes",
    "content": "门口路灯坏了半个月没人修",
    "channel": "电话",
    "do": "sure",
    "contact_phone": "13900009999",
}


def count(office, table):
    with office.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_request_registered_by_two_clicks_is_one_ticket(office):
    """Also where the clerk has said that it is another matter than the open one."""
    hub, before = office.user("hub"), count(office, Ticket)
    with ThreadPoolExecutor(2) as clicks:
        answers = list(clicks.map(lambda _: hub.client.post("/admin/intake", data=_sent(hub)), range(2)))
    assert count(office, Ticket) == before + 1
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert [row.detail for row in office.audited("ticket.register")][-1] == {"repeated": "只办一次"}


def test_a_reply_sent_twice_is_one_message_and_no_fault(office):
    """The second click must not say that somebody else was faster."""
    ticket, hub = office.ticket("限高杆"), office.user("hub")
    path = f"/admin/tickets/{ticket.number}/do/reply"
    counts = [count(office, OutboxMessage)]
    for _ in range(2):
        hub.post(path, version=str(ticket.version), note="已约周三上门")
        counts.append(count(office, OutboxMessage))
    assert counts[0] < counts[1] == counts[2]
    hub.post(path, 409, version=str(ticket.version), note="换一句话就不是同一次了")


def test_a_visit_logged_twice_by_a_double_click_is_one(office):
    hub, before = office.user("hub"), count(office, Visit)
    path = f"/admin/enterprises/{office.enterprise(2).credit_code}/contact"
    for _ in range(2):
        hub.post(path, channel="电话", note="问了近况")
    assert count(office, Visit) == before + 1


def test_the_same_words_later_or_from_somebody_else_are_new(office, monkeypatch):
    hub, before = office.user("hub"), count(office, Ticket)
    hub.client.post("/admin/intake", data=_sent(hub))
    admin = office.user("admin")
    admin.client.post("/admin/intake", data=_sent(admin))
    monkeypatch.setattr(repeats, "WITHIN", timedelta(seconds=-1))
    hub.client.post("/admin/intake", data=_sent(hub))
    assert count(office, Ticket) == before + 3


def test_what_is_done_again_after_something_else_is_done(office):
    """A key taken back, made anew and taken back again: the second time is meant."""
    admin = office.user("admin")
    fields = {"system": "hotline-12345", "scopes": "tickets"}
    for _ in range(2):
        admin.post("/admin/keys", 200, **fields)
        admin.post("/admin/keys/hotline-12345/revoke")
    assert [row.succeeded for row in office.audited("api-key.revoke")] == [True, True]
    assert "repeated" not in str([row.detail for row in office.audited("api-key.revoke")])


@pytest.mark.parametrize(
    ("path", "pairs", "file"),
    [
        ("/b", [("a", "1")], None),
        ("/a", [("a", "2")], None),
        ("/a", [("a", "1"), ("a", "1")], None),
        ("/a", [("a", "1")], SentFile("x.csv", b"1")),
    ],
)
def test_any_difference_makes_another_form(path, pairs, file):
    plain = repeats.fingerprint("/a", form_of([("a", "1")]))
    assert repeats.fingerprint("/a", form_of([("a", "1")])) == plain
    assert repeats.fingerprint(path, form_of(pairs, file)) != plain


def _sent(browser):
    return {**INTAKE, "csrf_token": browser.csrf_token}
