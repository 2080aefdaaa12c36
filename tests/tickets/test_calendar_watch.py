"""The calendar runs out (reliability §5.5) and changes under a running process (§5.4)."""

from datetime import date

import pytest
from sqlmodel import col, select

from app.bootstrap import RulesSource
from app.errors import Conflict
from app.tickets import calendar_entry
from app.tickets.calendar_watch import calendar_warning, catch_up, missing_year
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind
from app.workdays.calendar import WorkCalendar
from app.workdays.notice import read_notice
from app.workdays.store import load_calendar, packaged_calendar

NOTICE = read_notice(
    "2027年元旦：1月1日至4日放假，1月10日上班。劳动节5月1日至5日放假。国庆节10月1日至7日放假。"
)
ANNA, BERT = (Actor(ActorKind.HUB, n, name) for n, name in (("8", "测试甲"), ("9", "测试乙")))


def warning(desk, moment: str):
    desk.at(moment)
    with desk.database.reading() as session:
        return calendar_warning(session, load_calendar(session), desk.now)


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 10, 24), None),
        (date(2026, 10, 25), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 4), 2027),
        (date(2025, 12, 1), None),
    ],
)
def test_next_year_counts_from_25_october(today: date, year: int | None) -> None:
    assert missing_year(packaged_calendar(), today) == year
    assert missing_year(WorkCalendar(packaged_years=frozenset(range(2020, 2040))), today) is None


def test_red_in_the_season_and_an_alarm_near_the_unknown(desk) -> None:
    """From 25 October red; hard where an open deadline is less than twenty working days from 2027."""
    assert warning(desk, "2026-10-23 10:00") is None
    red = warning(desk, "2026-10-26 10:00")
    assert (red.year, red.is_alarm, red.tickets) == (2027, False, ())
    ticket = desk.at("2026-12-01 10:00").open()
    alarm = warning(desk, "2026-12-01 10:00")
    assert (alarm.is_alarm, alarm.tickets) == (True, (ticket.number,))
    assert ticket.number in alarm.text and "不足 20 个工作日" in alarm.text


def test_a_confirmed_notice_ends_the_warning(desk) -> None:
    desk.at("2026-12-01 10:00").open()
    with desk.database.transaction() as session:
        row = calendar_entry.propose_notice(session, NOTICE, source="通知", by=ANNA, now=desk.now)
    assert warning(desk, "2026-12-01 11:00") is not None, "entered is not yet confirmed"
    with desk.database.transaction() as session:
        with pytest.raises(Conflict, match="另一位同事"):
            calendar_entry.confirm_notice(session, row.id, by=ANNA, rules=desk.rules, now=desk.now)
        calendar_entry.confirm_notice(session, row.id, by=BERT, rules=desk.rules, now=desk.now)
    assert warning(desk, "2026-12-01 12:00") is None


def test_a_running_process_sees_the_notice_at_once(desk) -> None:
    """What another process entered holds for the very next request: nothing is promised by the old calendar."""
    source = RulesSource(desk.rules.profile, b"key")
    with desk.database.reading() as session:
        before = source(session).calendar
        assert source(session).calendar is before, "and is kept in memory while nothing changed"
    with desk.database.transaction() as session:
        calendar_entry.import_notice(session, NOTICE, source="通知", by=ANNA, rules=desk.rules, now=desk.now)
    with desk.database.reading() as session:
        assert not before.is_published(2027)
        assert source(session).calendar.is_published(2027)


def test_a_request_opened_in_the_same_moment_is_caught_up(desk) -> None:
    """On PostgreSQL a recount cannot see a ticket that is not committed yet; the next check finds it, once."""
    stale = desk.rules
    with desk.database.transaction() as session:
        calendar_entry.import_notice(session, NOTICE, source="通知", by=ANNA, rules=stale, now=desk.now)
    ticket = desk.at("2026-12-28 10:00").open()
    assert ticket.due_is_provisional
    with desk.database.transaction() as session:
        source = RulesSource(stale.profile, b"key")
        assert catch_up(session, rules=source(session), now=desk.now) == 1
        assert catch_up(session, rules=source(session), now=desk.now) == 0
    with desk.database.reading() as session:
        kept = session.exec(select(Ticket).where(col(Ticket.id) == ticket.id)).one()
        assert (kept.due_on, kept.due_is_provisional) == (date(2027, 1, 8), False)
    assert len([1 for kind, _ in desk.pushed("o-boss") if kind == "ticket_extended"]) == 1
