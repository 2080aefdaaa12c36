"""清零: of the orders that were open on one day, how many were settled by another, unit by unit (BH 2(2)4).

Counted from the timelines, so that the report of last October says in December what it said then.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.clock import local_date
from app.reports.book import Table
from app.reports.gathering import Names, names, stories
from app.reports.history import Story
from app.reports.period import Period
from app.tickets.lifecycle import STATUS_NAMES
from app.tickets.models import Ticket

HEADS = ("承办", "当日未办结", "已办结", "未办结", "其中超期", "企业已评价", "清零率（%）")
OPEN_HEADS = ("单号", "外部单号", "收到日期", "承办", "办结期限", "是否超期", "是否督办", "状态")


@dataclass(frozen=True)
class UnitLine:
    """One unit that held orders on the day: how many it held, and what became of those."""

    unit: str
    was_open: int
    settled: int
    late: int
    rated: int

    @property
    def still_open(self) -> int:
        """Not settled by the second day."""
        return self.was_open - self.settled

    @property
    def percent(self) -> float:
        """Settled ones of all, in per cent."""
        return round(100 * self.settled / self.was_open, 1)


@dataclass(frozen=True)
class Clearance:
    """The report. `left` are the stories of what is still open, the most overdue first."""

    channel: str
    open_on: date
    settled_by: date
    lines: Sequence[UnitLine]
    total: UnitLine | None
    left: Sequence[Story]
    known: Names


def clearance(
    session: Session, *, channel: str, open_on: date, settled_by: date, now: datetime, hub: str
) -> Clearance:
    """Who held what on the evening of `open_on`, and what of it was settled by the evening of `settled_by`.

    `hub` is what the district calls the body that works as one.
    """
    scope = col(Ticket.channel) == channel if channel else None
    before = [story for story in stories(session, Period(open_on, open_on), now, scope) if story.is_live]
    after = {story.basis.id: story for story in stories(session, Period(open_on, settled_by), now, scope)}
    known = names(session, hub)
    groups: dict[str, list[Story]] = defaultdict(list)
    for story in before:
        groups[known.party(story.party)].append(after[story.basis.id])
    day = min(settled_by, local_date(now))
    lines = [_line(unit, found, day) for unit, found in sorted(groups.items())]
    everything = [story for found in groups.values() for story in found]
    left = sorted((story for story in everything if story.is_live), key=lambda story: story.due_on)
    total = _line("合计", everything, day) if everything else None
    return Clearance(channel, open_on, settled_by, lines, total, left, known)


def tables(session: Session, report: Clearance) -> list[tuple[str, Table]]:
    """Two sheets: unit by unit, and what is still open by number."""
    lines = [*report.lines, *([report.total] if report.total else [])]
    under = f"{report.open_on:%Y-%m-%d} 未办结的{report.channel or '全部渠道'}工单，截至 {report.settled_by:%Y-%m-%d}"
    notes = ("按当日承办单位统计；已办结指有办理结果，重办后还没有结果的算未办结。",)
    units = [
        (line.unit, line.was_open, line.settled, line.still_open, line.late, line.rated, line.percent)
        for line in lines
    ]
    numbers = _outside_numbers(session, report.left)
    open_rows = [
        (
            story.basis.number,
            numbers.get(story.basis.id, ""),
            local_date(story.basis.opened_at),
            report.known.party(story.party),
            story.due_on,
            "是" if story.is_late_on(report.settled_by) else "否",
            "是" if story.is_supervised else "否",
            STATUS_NAMES[story.status],
        )
        for story in report.left
    ]
    return [
        ("清零情况", Table("工单清零情况", under, HEADS, units, notes)),
        ("未办结明细", Table("未办结工单明细", under, OPEN_HEADS, open_rows, is_list=True)),
    ]


def _line(unit: str, found: Sequence[Story], day: date) -> UnitLine:
    return UnitLine(
        unit=unit,
        was_open=len(found),
        settled=sum(not story.is_live for story in found),
        late=sum(story.is_late_on(day) for story in found),
        rated=sum(story.rating is not None for story in found),
    )


def _outside_numbers(session: Session, found: Sequence[Story]) -> dict[int, str]:
    ids = [story.basis.id for story in found]
    numbers: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        statement = select(Ticket.id, Ticket.external_number).where(
            col(Ticket.id).in_(ids[start : start + 500])
        )
        numbers |= {
            ticket_id: number for ticket_id, number in session.exec(statement) if ticket_id is not None
        }
    return numbers
