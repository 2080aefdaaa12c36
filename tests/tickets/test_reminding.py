"""The worker's tick: inside office hours, once, and never twice for two workers (C9, E7)."""

from datetime import date

import pytest
from sqlmodel import col, select

from app.directory.models import Coordinator, Department, Officer
from app.errors import Forbidden
from app.tickets import reading, reminding, repository
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind


def test_reminders_keep_office_hours(desk, cast) -> None:
    """Due on Wednesday evening: said on Thursday morning, not at night."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    count = len(desk.pushed("o-wang"))
    for moment in ("2026-11-27 08:59", "2026-11-27 17:00", "2026-11-28 10:00"):
        assert desk.at(moment).tick() == 0
    assert len(desk.pushed("o-wang")) == count
    assert desk.at("2026-11-30 09:00").tick() == 1
    assert desk.last_push("o-wang")[0] == "ticket_reminder"


def test_one_ticket_overdue_from_first_to_last(desk, cast) -> None:
    """Before, on and after the deadline; then silence, for it is on the hub's list."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    for moment in (
        "2026-11-26 09:00",
        "2026-11-27 09:00",
        "2026-11-27 14:00",
        "2026-12-01 09:00",
        "2026-12-02 09:00",
        "2026-12-03 09:00",
        "2026-12-04 09:00",
    ):
        desk.at(moment).tick()
    said = [text.split("\n")[0] for _, text in desk.pushed("o-wang")[1:]]
    assert said == [
        "【将到期】0001 剩 2 个工作日（12月1日前），办不完请延期并写明理由。",
        "【将到期】0001 今天到期（12月1日前），办不完请延期并写明理由。",
        "【超期】0001 超期 1 个工作日（12月1日前），现由芦台街道一片 王服务办理。再不办结将列入区委督查室督办清单。",
        "【督办】0001 超期 2 个工作日（12月1日前），已列入区委督查室督办清单。",
    ]
    assert desk.ticket(ticket).next_step_at is None


def test_the_supervision_mark_goes_with_the_result(desk, cast) -> None:
    ticket = desk.open()
    desk.at("2026-12-03 09:00").tick()
    assert desk.ticket(ticket).supervised_at is not None
    assert desk.do(ticket, Action.RESOLVE, cast.wang, note="好了").supervised_at is None


def test_a_department_is_reminded_through_its_coordinator_and_the_responder_hears(desk, cast) -> None:
    """The promise to call within two working days is nearly broken: both are told."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.ACCEPT, cast.li)
    desk.at("2026-11-24 09:00").tick()
    assert "请联系企业" in desk.last_push("o-li")[1]
    assert "请联系企业" in desk.last_push("o-wang")[1]


def test_the_stand_in_is_reminded_while_the_officer_is_away(desk, cast) -> None:
    """A reminder to somebody on leave helps nobody."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.at("2026-11-27 09:00")
    with desk.database.transaction() as session:
        wang = session.get(Officer, 1)
        wang.away_from = desk.now.date()
        session.add(wang)
    desk.tick()
    assert desk.last_push("o-liu")[0] == "ticket_reminder"


def test_two_workers_at_one_ticket(desk, cast) -> None:
    """Whoever clears the mark first has it: one event, one push (several processes on PostgreSQL)."""
    desk.open()
    desk.at("2026-11-23 09:00")
    with desk.database.reading() as session:
        seen = repository.due_tickets(session, desk.now, 10)
    assert len(seen) == 1
    with desk.database.transaction() as session:
        stale = session.merge(seen[0], load=False)
        assert desk_claim(session, stale)
    with desk.database.transaction() as session:
        again = session.merge(seen[0], load=False)
        assert not desk_claim(session, again)


def desk_claim(session, ticket: Ticket) -> bool:
    return reminding._claim(session, ticket)


def test_a_long_list_is_taken_in_batches(desk) -> None:
    """`limit` tickets a call, the longest waiting first, until none is left."""
    for _ in range(5):
        desk.open()
    desk.at("2026-11-23 09:00")
    with desk.database.transaction() as session:
        assert reminding.escalate_due(session, desk.rules, desk.now, limit=3) == 3
    with desk.database.transaction() as session:
        assert reminding.escalate_due(session, desk.rules, desk.now, limit=3) == 2
    with desk.database.transaction() as session:
        assert reminding.escalate_due(session, desk.rules, desk.now, limit=3) == 0
        waiting = session.exec(select(Ticket).where(col(Ticket.next_step_at) <= desk.now)).all()
        assert list(waiting) == []


def test_whoever_is_reminded_in_the_place_of_two_absent_people_may_act(desk, cast) -> None:
    """A3: 王服务 is away, and so is his stand-in 刘服务: the third is told, may act, and sees it in 待办."""
    ticket = desk.open()
    with desk.database.transaction() as session:
        for officer_id, stand_in_id in ((1, 2), (2, 3)):
            officer = session.get(Officer, officer_id)
            officer.away_from, officer.stand_in_id = desk.now.date(), stand_in_id
            session.add(officer)
        session.get(Officer, 3).openid = "o-zhao"
    desk.at("2026-11-23 09:00").tick()
    assert desk.last_push("o-zhao")[0] == "ticket_reminder"
    zhao = Actor(ActorKind.OFFICER, "3", "赵服务")
    with desk.database.reading() as session:
        assert [item.number for item in reading.todo(session, zhao, desk.now)] == [ticket.number]
    assert desk.do(ticket, Action.ACCEPT, zhao).status == "working"
    with desk.database.transaction() as session:
        session.get(Officer, 2).away_from = None
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.REPLY, zhao, note="我来")


@pytest.mark.parametrize("who", ["wang", "zhou", "hub"])
def test_somebody_elses_word_does_not_take_it_up_for_the_department(make_desk, cast, who) -> None:
    """FT 三(二)2 接单后2个工作日内与企业对接, C4, C9: the first responder, a helper or the hub writes to the enterprise; the
    department that has it is reminded of taking it up and of calling all the same."""
    desk = make_desk("tpftz")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.ENGAGE, cast.hub, target="区交通局")
    after = desk.do(ticket, Action.REPLY, getattr(cast, who), note="已转住建委，请放心")
    assert (after.status, after.accepted_at, after.contact_due_on) == ("pending", None, date(2026, 11, 24))
    assert "已转住建委，请放心" in desk.last_push("o-boss")[1]
    desk.at("2026-11-24 09:00").tick()
    said = [text for _, text in desk.pushed("o-li")]
    assert any("没有接单" in text for text in said)
    assert any("最后一天：" in text for text in said)
    taken = desk.do(ticket, Action.REPLY, cast.li, note="下午到现场")
    assert (taken.status, taken.contact_due_on) == ("working", None)


def test_what_waits_for_the_hub_stays_in_its_queue_when_the_officer_writes(desk, cast) -> None:
    """NH 附件三(三), C4: raised, and the officer says so to the enterprise: the hub still has to take it up."""
    ticket = desk.open()
    desk.do(ticket, Action.RAISE, cast.wang, note="协调不下来")
    assert desk.do(ticket, Action.REPLY, cast.wang, note="已报区里协调").status == "pending"
    assert desk.do(ticket, Action.REPLY, cast.hub, note="明天会商").status == "working"


def test_the_hub_hears_once_what_came_onto_its_list(desk, cast) -> None:
    """C9 到期、超期逐级报到中枢; E1: its people are the coordinators of the bodies the profile names; one message."""
    with desk.database.transaction() as session:
        session.add(Department(id=9, name="政务服务办"))
        session.flush()
        session.add(Coordinator(id=9, department_id=9, name="钱专员", openid="o-hub"))
    first, second = desk.open(), desk.open("第二件", enterprise_id=3)
    desk.do(second, Action.DISPATCH, cast.hub, target="officer:2")
    desk.at("2026-11-24 09:00").tick()
    (told,) = desk.pushed("o-hub")
    assert told[0] == "ticket_escalated"
    assert told[1].startswith("【督办】新列入区委督查室督办清单 2 件：0001、0002。")
    desk.do(first, Action.ACCEPT, cast.wang)
    desk.at("2026-12-03 09:00").tick()
    assert len(desk.pushed("o-hub")) == 1, "what is on the list already is no news"
