"""The worker's tick: inside office hours, once, and never twice for two workers (C9, E7)."""

from sqlmodel import col, select

from app.directory.models import Officer
from app.tickets import reminding, repository
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket


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
