"""Who sees which ticket, how four digits name one, and what the timeline shows to whom (D5, design §3)."""

import pytest

from app.keyvalue import Counter
from app.tickets import reading, transferring
from app.tickets.events import write_event
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket


def numbers(desk, text: str, actor) -> list[str]:
    with desk.database.reading() as session:
        return [ticket.number for ticket in reading.find_by_suffix(session, text, actor=actor, now=desk.now)]


def turn_counter(desk, value: int) -> None:
    with desk.database.transaction() as session:
        counter = session.get(Counter, "ticket_number")
        counter.value = value
        session.add(counter)


@pytest.mark.parametrize("text", ["0001", "1", "01", " 0001 ", "20261120-0001"])
def test_a_number_in_the_ways_people_write_it(desk, cast, text: str) -> None:
    desk.open()
    assert numbers(desk, text, cast.boss) == ["20261120-0001"]


@pytest.mark.parametrize("text", ["", "00001", "abcd", "2026112-0001", "%", "0002", "٠٠٠١x"])
def test_what_names_no_ticket(desk, cast, text: str) -> None:
    desk.open()
    assert numbers(desk, text, cast.boss) == []


def test_only_those_concerned_find_it(desk, cast) -> None:
    """Opener, verified colleague, holder, hub; not strangers, unverified contacts, other officers."""
    ticket = desk.open()
    for name in ("boss", "clerk", "wang", "hub"):
        assert numbers(desk, "0001", getattr(cast, name)) == ["20261120-0001"], name
    for name in ("stranger", "unverified", "liu", "li"):
        assert numbers(desk, "0001", getattr(cast, name)) == [], name
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    assert numbers(desk, "0001", cast.li) == ["20261120-0001"]
    assert numbers(desk, "0001", cast.wang) == ["20261120-0001"], "the first responder keeps following"
    assert numbers(desk, "0001", cast.zhou) == []


def test_a_colleague_does_not_see_what_an_unverified_person_opened(desk, cast) -> None:
    """Both must be verified: anybody can claim a credit code."""
    desk.open(openid="o-unverified")
    assert numbers(desk, "0001", cast.boss) == []
    assert numbers(desk, "0001", cast.unverified) == ["20261120-0001"]


def test_a_complaint_about_the_officer_stays_hidden_from_him(desk, cast) -> None:
    desk.open(is_about_officer=True)
    assert numbers(desk, "0001", cast.wang) == []
    assert numbers(desk, "0001", cast.hub) == ["20261120-0001"]


def test_live_tickets_win_over_settled_ones_and_two_live_ones_ask(desk, cast) -> None:
    """The four digits come round after ten thousand tickets."""
    first = desk.open()
    desk.at("2026-11-23 10:00")
    turn_counter(desk, 10_000)
    second = desk.open()
    assert set(numbers(desk, "0001", cast.boss)) == {first.number, second.number}
    desk.do(first, Action.WITHDRAW, cast.boss)
    assert numbers(desk, "0001", cast.boss) == [second.number]
    desk.do(second, Action.WITHDRAW, cast.boss)
    assert len(numbers(desk, "0001", cast.boss)) == 2, "both settled: ask which"


def test_todo_is_ordered_by_deadline(desk, cast) -> None:
    """Officer: what he holds and what he follows; hub: its queue and the higher rungs."""
    late, early = desk.open(), desk.open()
    desk.do(late, Action.EXTEND, cast.wang, days=5, note="等材料")
    desk.open(enterprise_id=None)
    done = desk.open()
    desk.do(done, Action.RESOLVE, cast.wang, note="好了")
    with desk.database.reading() as session:
        assert [t.id for t in reading.todo(session, cast.wang, desk.now)] == [early.id, late.id]
        assert len(reading.todo(session, cast.hub, desk.now)) == 1
        assert reading.todo(session, cast.li, desk.now) == []


def test_progress_lists_live_tickets_first(desk, cast) -> None:
    first, second = desk.open(), desk.open()
    desk.do(second, Action.WITHDRAW, cast.boss)
    with desk.database.reading() as session:
        found = [t.id for t in reading.tickets_of(session, "o-boss", now=desk.now)]
        assert found == [first.id, second.id]
        assert reading.tickets_of(session, "o-stranger", now=desk.now) == []


def test_the_public_timeline_leaves_out_inside_business(desk, cast) -> None:
    """The enterprise reads replies and results, not why offices passed it around or sent it back."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委", note="内部：归住建")
    desk.do(ticket, Action.RETURN, cast.li, note="内部：不归我们")
    desk.do(ticket, Action.REPLY, cast.wang, note="正在协调")
    with desk.database.reading() as session:
        public = reading.timeline(session, ticket, is_public=True)
        inside = reading.timeline(session, ticket)
    assert [(entry.title, entry.note) for entry in public] == [
        ("提交诉求", ""),
        ("吹哨", ""),
        ("回复", "正在协调"),
    ]
    assert [entry.title for entry in inside] == ["提交诉求", "吹哨", "退回", "回复"]
    assert inside[2].note == "内部：不归我们"
    assert public[0].who == "企业"


def test_every_kind_of_event_can_be_read(desk, cast) -> None:
    """A handover of the first responder and a call-back are on the timeline; the enterprise does not see them."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    with desk.database.transaction() as session:
        transferring.transfer_officer(session, 1, 2, leaves=True, by=cast.hub, rules=desk.rules, now=desk.now)
        row = session.get(Ticket, ticket.id)
        for kind in ("surveyed", "listed", "joined", "told"):
            write_event(session, row, kind, cast.hub, desk.now, is_public=False)
    with desk.database.reading() as session:
        row = session.get(Ticket, ticket.id)
        titles = [entry.title for entry in reading.timeline(session, row)]
        public = [entry.title for entry in reading.timeline(session, row, is_public=True)]
    assert titles[-5:] == ["首问责任移交", "电话回访", "列入问题清单", "并入同一事项", "已告知"]
    assert not {"首问责任移交", "电话回访", "列入问题清单"} & set(public)
