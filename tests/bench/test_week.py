"""A made-up day in small, through the real doors, and that its report would show what goes wrong (mission A to E)."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.audit import AuditRow
from app.bench.week.checks import findings
from app.bench.week.life import SMALL, Lived, live
from app.bench.week.report import as_text, faults_of, report
from app.bench.week.words import HOURS, moments
from app.clock import real_now
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage, OutboxState
from app.settings import Settings
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket
from app.workdays.store import packaged_calendar
from handbook.service import HandbookService, Sources

KB = Path(__file__).parents[2] / "kb"


class Seen:
    """What the report said, and what it says after each thing was spoilt."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.text = ""
        self.messages = 0
        self.restarts = 0
        self.spoilt: dict[str, set[str]] = {}

    def look(self, lived: Lived) -> None:
        values = report(lived)
        self.faults, self.text = faults_of(values), as_text(values)
        self.messages, self.restarts = len(lived.diary.said), lived.town.restarts
        for name, spoil in SPOILT.items():
            spoil(lived)
            self.spoilt[name] = {item.name for item in findings(lived) if not item.holds}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    profile = load_profile("ninghe")
    folder = tmp_path_factory.mktemp("index")
    handbook = HandbookService(
        Sources(KB, folder, None, "", profile.key, profile.handbook_variables()),
        today=lambda: date(2026, 9, 21),
    )
    settings = Settings(_env_file=None, kb_dir=KB, district="ninghe")
    found = Seen()
    live(
        settings,
        tmp_path_factory.mktemp("week"),
        SMALL,
        found.look,
        tell=lambda _text: None,
        handbook=handbook,
    )
    return found


def _in_database(change: Callable[[Session], None]) -> Callable[[Lived], None]:
    def spoil(lived: Lived) -> None:
        with lived.town.runtime.db.transaction() as session:
            change(session)

    return spoil


def _lose_a_push(lived: Lived) -> None:
    chats = [lived.town.platform.user(one.openid).person.chat for one in lived.cast.officials]
    chat = next(chat for chat in chats if any(line.kind == "template" for line in chat))
    chat.remove(next(line for line in chat if line.kind == "template"))


def _promise_another_day(session: Session) -> None:
    row = session.exec(
        select(Ticket).where(Ticket.holder_kind == "officer", Ticket.channel == "12345热线")
    ).first()
    assert row is not None
    row.due_on += timedelta(days=1)
    session.add(row)


def _forget_a_ticket(session: Session) -> None:
    row = next(row for row in session.exec(select(Ticket)) if row.status in LIVE)
    row.next_step_at, row.number = None, "20260921-9999"
    session.add(row)


def _leave_a_push_behind(session: Session) -> None:
    row = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.SENT)).first()
    assert row is not None
    row.state = OutboxState.DEAD
    session.add(row)


def _slip_in_an_act(session: Session) -> None:
    session.add(
        AuditRow(at=real_now(), actor_kind="hub", actor="somebody else", action="login", object="panel")
    )


SPOILT: dict[str, Callable[[Lived], None]] = {
    "推送不重不漏：手机上看到的就是记着送出的": _lose_a_push,
    "期限数得对（另用手工日历数一遍）": _in_database(_promise_another_day),
    "每张工单都有人拿到单号，不多不少": _in_database(_forget_a_ticket),
    "待发的都发完了，没有放弃的": _in_database(_leave_a_push_behind),
    "操作记录连得上，数据库完好": _in_database(_slip_in_an_act),
}


def test_a_day_of_traffic_leaves_nothing_that_does_not_fit(seen: Seen) -> None:
    """B1, C1, D1, E3: enterprises, officers, the hub, another system, a restart; figures agree with the diary."""
    assert seen.faults == []
    assert seen.messages > 150 and seen.restarts == 1
    assert "收到诉求" in seen.text


@pytest.mark.parametrize("name", list(SPOILT))
def test_the_report_shows_what_was_spoilt(seen: Seen, name: str) -> None:
    """A report that could not fail would prove nothing."""
    assert name in seen.spoilt[name]


def test_people_write_when_people_write() -> None:
    """Two peaks in office hours, few on days off, in order."""
    from random import Random

    found = moments(date(2026, 9, 21), 7, 3000, packaged_calendar(), Random(1))
    hours = [moment.hour for moment in found]
    assert found == sorted(found) and len(HOURS) == 24
    assert hours.count(10) > 2 * hours.count(12) and hours.count(3) < 30
    holiday = sum(moment.date() == date(2026, 9, 25) for moment in found)
    assert holiday < sum(moment.date() == date(2026, 9, 24) for moment in found) / 2
