"""What a ticket promises when it opens, and whom it reaches (C1, A3, design §3)."""

from datetime import date

import pytest
from sqlmodel import col, select

from app.directory.models import Contact, Officer
from app.keyvalue import Counter
from app.tickets.adopting import adopt
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind


def test_numbers_count_on_over_the_days_and_wrap_at_ten_thousand(desk) -> None:
    """Contract: YYYYMMDD-NNNN, NNNN mod 10,000 over the days."""
    assert desk.open().number == "20261120-0001"
    desk.at("2026-11-23 10:00")
    assert desk.open().number == "20261123-0002"
    with desk.database.transaction() as session:
        counter = session.get(Counter, "ticket_number")
        assert counter is not None
        counter.value = 9_999
        session.add(counter)
    assert desk.open().number == "20261123-0000"
    assert desk.open().number == "20261123-0001"


def test_the_number_follows_the_day_in_china(desk) -> None:
    """00:30 in China is still yesterday in UTC."""
    desk.at("2026-11-21 00:30")
    assert desk.open().number.startswith("20261121-")


@pytest.mark.parametrize(
    ("at", "received", "due"),
    [
        ("2026-11-20 16:59", date(2026, 11, 20), date(2026, 12, 1)),
        ("2026-11-20 17:00", date(2026, 11, 23), date(2026, 12, 2)),
        ("2026-10-02 10:00", date(2026, 10, 8), date(2026, 10, 16)),
        ("2026-12-24 10:00", date(2026, 12, 24), date(2027, 1, 5)),
    ],
)
def test_day_zero_and_deadline(desk, at: str, received: date, due: date) -> None:
    """C8: after closing or on an off day it counts from the next working day; 2027 is 暂定."""
    ticket = desk.at(at).open()
    assert (ticket.received_on, ticket.due_on) == (received, due)
    assert ticket.due_is_provisional is (due.year == 2027)


def test_the_ladder_is_kept_as_it_was(desk) -> None:
    """An edit of the profile never moves a promise."""
    ticket = desk.open()
    assert [step["key"] for step in ticket.ladder] == ["local", "department", "hub", "leader", "city"]
    assert ticket.profile_hash == desk.rules.profile.digest
    assert ticket.step == "local"


@pytest.mark.parametrize(
    ("draft", "responsible"),
    [
        ({"enterprise_id": None}, None),
        ({"enterprise_id": 3}, None),
        ({"enterprise_id": 2}, 3),
        ({"is_about_officer": True}, None),
    ],
)
def test_where_nobody_can_be_told_the_hub_has_it(
    desk, draft: dict[str, object], responsible: int | None
) -> None:
    """Unknown caller; no officer; officer without WeChat; complaint about the officer (never told)."""
    ticket = desk.open(**draft)
    assert (ticket.holder_kind, ticket.officer_id, ticket.first_responder_id) == ("hub", None, responsible)
    assert desk.pushed("o-wang") == []


def test_the_stand_in_has_it_while_the_officer_is_away(desk, cast) -> None:
    """A3: and may act on what the officer still holds."""
    before = desk.open()
    with desk.database.transaction() as session:
        wang = session.get(Officer, 1)
        assert wang is not None
        wang.away_from, wang.away_until = date(2026, 11, 20), date(2026, 11, 23)
        session.add(wang)
    ticket = desk.open()
    assert ticket.officer_id == 2
    assert desk.last_push("o-liu")[0] == "ticket_opened_officer"
    assert desk.do(before, Action.ACCEPT, cast.liu).status == "working"


def test_an_officer_is_not_pushed_what_he_wrote_down_himself(desk, cast) -> None:
    """登记: the officer opens it for the enterprise, the answer comes in the conversation."""
    ticket = desk.open(openid=None, channel="走访", opened_by=cast.wang)
    assert ticket.officer_id == 1
    assert desk.pushed("o-wang") == []
    assert desk.events(ticket)[0].actor_name == "王服务"


def test_a_long_story_is_cut_not_refused(desk) -> None:
    """The row holds 4,000 characters; the title is one line."""
    ticket = desk.open("门口\n修路 " * 1000)
    assert len(ticket.content) == 4000
    assert "\n" not in ticket.title
    assert len(ticket.title) <= 60


def contact_of(desk, openid: str = "o-new", enterprise_id: int = 1) -> Contact:
    with desk.database.transaction() as session:
        contact = Contact(
            openid=openid, enterprise_id=enterprise_id, since=desk.now, name="赵小明", phone="13912340001"
        )
        session.add(contact)
    return contact


def adopted(desk, ticket: Ticket, contact: Contact) -> bool:
    with desk.database.transaction() as session:
        found = session.exec(select(Ticket).where(col(Ticket.id) == ticket.id)).one()
        return adopt(session, found, contact, rules=desk.rules, now=desk.now)


def test_the_question_of_an_unknown_person_finds_its_officer_after_binding(desk) -> None:
    """The question is not lost meanwhile: hub's queue first, the officer as soon as the enterprise is known."""
    ticket = desk.open(openid="o-new", enterprise_id=None)
    contact = contact_of(desk)
    assert adopted(desk, ticket, contact)
    moved = desk.ticket(ticket)
    assert (moved.holder_kind, moved.officer_id, moved.enterprise_id) == ("officer", 1, 1)
    assert moved.first_responder_id == 1
    assert moved.contact_phone == "13912340001"
    assert desk.last_push("o-wang")[0] == "ticket_opened_officer"
    assert not adopted(desk, ticket, contact), "a second time changes nothing"
    assert len(desk.pushed("o-wang")) == 1


def test_what_the_hub_has_dispatched_stays_there(desk, cast) -> None:
    """Only an untouched ticket moves; the enterprise is written down all the same."""
    ticket = desk.open(openid="o-new", enterprise_id=None)
    desk.do(ticket, Action.DISPATCH, cast.hub, target="department:1")
    assert not adopted(desk, ticket, contact_of(desk))
    kept = desk.ticket(ticket)
    assert (kept.holder_kind, kept.department_id, kept.enterprise_id) == ("department", 1, 1)


def test_a_draft_of_another_system_keeps_its_number(desk) -> None:
    """C2: channel and external number stay on the ticket; nobody is pushed without a WeChat identity."""
    system = Actor(ActorKind.SYSTEM, "12345", "12345热线")
    ticket = desk.open(openid=None, channel="12345热线", external_number="TJ-1", opened_by=system)
    assert (ticket.channel, ticket.external_number) == ("12345热线", "TJ-1")
    assert desk.last_push("o-wang")[0] == "ticket_opened_officer"
