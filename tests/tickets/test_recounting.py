"""Next year's holidays arrive: open deadlines move once, in one transaction, with audit and one notice a side."""

from datetime import date

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.tickets import calendar_entry, recounting
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules
from app.workdays.notice import read_notice
from app.workdays.store import load_calendar, packaged_calendar

CLERK = Actor(ActorKind.HUB, "1", "中枢值班")
# An invented notice: 4 January is off as well, Sunday 10 January is worked.
NOTICE = read_notice(
    "2027年元旦：1月1日至4日放假，1月10日上班。劳动节5月1日至5日放假，5月8日上班。国庆节10月1日至7日放假。"
)


def enter(desk, notice=NOTICE):
    with desk.database.transaction() as session:
        return calendar_entry.import_notice(
            session, notice, source="国办发明电〔2026〕1号", by=CLERK, rules=desk.rules, now=desk.now
        )


def with_new_calendar(desk) -> None:
    with desk.database.reading() as session:
        desk.rules = Rules(desk.rules.profile, load_calendar(session), desk.rules.signing_key)


def audits(desk) -> list[AuditRow]:
    with desk.database.reading() as session:
        return list(session.exec(select(AuditRow).where(col(AuditRow.action).startswith("calendar."))))


def test_a_moved_deadline_is_written_audited_and_told_once(desk, cast) -> None:
    desk.at("2026-12-24 10:00")
    ticket = desk.open()
    assert (ticket.due_on, ticket.due_is_provisional) == (date(2027, 1, 5), True)
    found = enter(desk)
    assert [(item.number, item.was, item.due_on) for item in found.recounts] == [
        (ticket.number, date(2027, 1, 5), date(2027, 1, 6))
    ]
    moved = desk.ticket(ticket)
    assert (moved.due_on, moved.due_is_provisional) == (date(2027, 1, 6), False)
    assert desk.last_push("o-boss") == (
        "ticket_extended",
        "0001 因放假安排公布，办结时限按工作日重新计算：最晚 1月6日办结。\n〔查进度〕",
    )
    assert "【时限重算】" in desk.last_push("o-wang")[1]
    assert desk.events(ticket)[-1].data == {"was": "2027-01-05", "due_on": "2027-01-06"}
    actions = [(row.action, row.object) for row in audits(desk)]
    assert actions == [
        ("calendar.enter", "国办发明电〔2026〕1号"),
        ("calendar.recount", "国办发明电〔2026〕1号"),
    ]


def test_the_same_notice_again_changes_nothing(desk, cast) -> None:
    ticket = desk.at("2026-12-24 10:00").open()
    enter(desk)
    before = (desk.ticket(ticket), desk.pushed("o-boss"), len(desk.events(ticket)))
    again = enter(desk)
    assert again.diff.is_empty
    assert again.recounts == []
    assert (desk.ticket(ticket), desk.pushed("o-boss"), len(desk.events(ticket))) == before


def test_a_date_that_becomes_certain_without_moving_is_not_announced(desk, cast) -> None:
    """暂定 goes, nobody is disturbed."""
    ticket = desk.at("2026-12-22 10:00").open()
    assert (ticket.due_on, ticket.due_is_provisional) == (date(2026, 12, 31), False)
    edge = desk.at("2026-12-23 10:00").open("另一件")
    assert (edge.due_on, edge.due_is_provisional) == (date(2027, 1, 4), True)
    enter(desk, read_notice("2027年元旦1月1日至3日放假。劳动节5月1日至5日放假。国庆节10月1日至7日放假。"))
    settled = desk.ticket(edge)
    assert (settled.due_on, settled.due_is_provisional) == (date(2027, 1, 4), False)
    assert desk.pushed("o-boss") == []
    assert [event.kind for event in desk.events(ticket)] == ["opened"]


def test_closed_and_resolved_tickets_stay(desk, cast) -> None:
    desk.at("2026-12-24 10:00")
    gone, done, live = desk.open(), desk.open("二"), desk.open("三")
    desk.do(gone, Action.WITHDRAW, cast.boss)
    desk.do(done, Action.RESOLVE, cast.wang, note="好了")
    found = enter(desk)
    assert [item.ticket_id for item in found.recounts] == [live.id]
    assert desk.ticket(done).due_on == date(2027, 1, 5)


def test_pause_extension_reopening_and_a_meetings_day_are_counted_again_rightly(desk, cast) -> None:
    """due_on is always due_days working days after due_from; a decided day stays the decided day."""
    desk.at("2026-12-21 10:00")
    paused, extended, again, decided = (desk.open(text) for text in ("停", "延", "重", "会"))
    desk.do(paused, Action.REQUEST_INFO, cast.wang, note="图纸")
    desk.do(extended, Action.EXTEND, cast.wang, days=3, note="等专家")
    desk.do(again, Action.RESOLVE, cast.wang, note="好了")
    desk.do(decided, Action.CONVENE, cast.hub, note="疑难")
    desk.do(
        decided, Action.DECIDE, cast.hub, target="住建委", note="定", details={"due_on": date(2027, 1, 8)}
    )
    desk.at("2026-12-24 10:00")
    desk.do(paused, Action.SUPPLEMENT, cast.boss, note="图纸已发")
    desk.deliver()
    desk.do(again, Action.RATE, cast.boss, score=1, note="没好")
    due = {item.id: desk.ticket(item).due_on for item in (paused, extended, again, decided)}
    assert due == {
        paused.id: date(2027, 1, 5),
        extended.id: date(2027, 1, 5),
        again.id: date(2027, 1, 5),
        decided.id: date(2027, 1, 8),
    }
    enter(desk)
    new = {item.id: desk.ticket(item).due_on for item in (paused, extended, again, decided)}
    assert set(new.values()) == {date(2027, 1, 6), date(2027, 1, 8)}
    assert new[decided.id] == date(2027, 1, 8)
    with_new_calendar(desk)
    with desk.database.reading() as session:
        for ticket in session.exec(select(Ticket)):
            assert ticket.due_on == desk.rules.calendar.add(ticket.due_from, ticket.due_days)


def test_the_promise_to_call_moves_too(make_desk, cast) -> None:
    desk = make_desk("tpftz").at("2026-12-31 10:00")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    assert desk.ticket(ticket).contact_due_on == date(2027, 1, 5)
    enter(desk)
    held = desk.ticket(ticket)
    assert (held.contact_due_on, held.progress_due_on) == (date(2027, 1, 6), date(2027, 1, 12))


def test_the_dry_run_says_the_same_and_writes_nothing(desk, cast) -> None:
    ticket = desk.at("2026-12-24 10:00").open()
    with desk.database.reading() as session:
        preview = calendar_entry.preview_notice(session, NOTICE, rules=desk.rules)
    assert desk.ticket(ticket).due_on == date(2027, 1, 5)
    assert audits(desk) == []
    found = enter(desk)
    assert preview == found


def test_a_snow_day_moves_what_crosses_it_and_can_be_taken_back(desk, cast) -> None:
    """An override beats notice and packaged data (reliability §5.1)."""
    ticket = desk.open()
    assert ticket.due_on == date(2026, 12, 1)

    def say(is_workday: bool | None) -> None:
        with desk.database.transaction() as session:
            calendar_entry.override_day(
                session,
                date(2026, 11, 25),
                is_workday,
                reason="大雪",
                by=CLERK,
                rules=desk.rules,
                now=desk.now,
            )

    say(False)
    assert desk.ticket(ticket).due_on == date(2026, 12, 2)
    say(None)
    assert desk.ticket(ticket).due_on == date(2026, 12, 1)
    assert [kind for kind, _ in desk.pushed("o-boss")] == ["ticket_extended", "ticket_extended"]


def test_who_is_near_unpublished_days(desk, cast) -> None:
    """The hard alarm: deadlines less than twenty working days from the unknown."""
    ticket = desk.at("2026-12-04 10:00").open()
    with desk.database.reading() as session:
        assert recounting.near_unpublished(session, packaged_calendar()) == [ticket.number]
    early = desk.at("2026-11-02 10:00").open("早")
    assert early.due_on == date(2026, 11, 11)
    with desk.database.reading() as session:
        assert recounting.near_unpublished(session, packaged_calendar()) == [ticket.number]


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 10, 1)])
def test_an_entry_typed_wrong_is_corrected_by_entering_it_again(desk, cast, day: date) -> None:
    enter(desk)
    corrected = read_notice(
        "2027年元旦：1月1日至3日放假。劳动节5月1日至5日放假，5月8日上班。国庆节10月1日至7日放假。"
    )
    diff = enter(desk, corrected).diff
    assert diff.removed == (date(2027, 1, 4), date(2027, 1, 10))
    with desk.database.reading() as session:
        calendar = load_calendar(session)
    assert not calendar.is_workday(day)
    assert calendar.is_workday(date(2027, 1, 4))
