"""How it goes, week by week: answered by the machine, done on time, satisfied (mission E3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select
from sqlmodel import Session, col

from app.conversations.models import Answer
from app.panel.charts import Chart, Point, bar_chart, line_chart
from app.panel.conditions import Today
from app.panel.periods import resolved_late_in, weeks_until
from app.panel.scope import tickets_in
from app.reports.period import Period
from app.tickets.models import Rating, Ticket
from app.tickets.values import SATISFIED_FROM
from handbook.entry import Decision

WEEKS = 8
FULL = 100.0


@dataclass(frozen=True)
class Trend:
    """A chart with the latest week's figure in words."""

    chart: Chart
    latest: str
    note: str


@dataclass(frozen=True)
class Series:
    """What a chart counts in each week that `moment` lies in: all rows that fit, and those of them of the part."""

    name: str
    moment: Any
    everything: ColumnElement[bool]
    part: ColumnElement[bool]


def on_time(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """Of the tickets that got their result in a week, those by the promised day; a link leads to the late ones."""
    weeks = weeks_until(today.day, WEEKS)
    late = resolved_late_in(Period(weeks[0].since, weeks[-1].until))
    series = Series("on-time", col(Ticket.resolved_at), tickets_in(codes), late)
    counts = _by_week(session, today, series, codes)
    points = [
        _share(week, done - late, done, _tickets(week, "resolved", "late" if late else ""), "件按时")
        for week, (done, late) in zip(weeks, counts, strict=True)
    ]
    return _trend("on-time", "按时办结率", points, "按收到结果的那一周算；点数字看超期的单子")


def satisfaction(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """Of the ratings of a week, those of 4 and 5; a link leads to the others."""
    weeks = weeks_until(today.day, WEEKS)
    rated: list[ColumnElement[bool]] = [col(Rating.is_current).is_(True)]
    if codes is not None:
        own = select(col(Ticket.id)).where(tickets_in(codes), col(Ticket.id) == col(Rating.ticket_id))
        rated.append(own.correlate(Rating).exists())
    series = Series("satisfaction", col(Rating.at), and_(*rated), col(Rating.score) < SATISFIED_FROM)
    counts = _by_week(session, today, series, codes)
    points = [
        _share(week, count - bad, count, _tickets(week, "rated", "unsatisfied" if bad else ""), "家满意")
        for week, (count, bad) in zip(weeks, counts, strict=True)
    ]
    return _trend("satisfaction", "满意率", points, "4 分和 5 分算满意；点数字看 1 到 3 分的单子")


def self_service(session: Session, today: Today) -> Trend:
    """Of the questions of a week, those that the handbook answered and nobody called unsolved."""
    weeks = weeks_until(today.day, WEEKS)
    asked = or_(col(Answer.decision).in_([Decision.ANSWER, Decision.NONE]), col(Answer.is_solved).is_(False))
    series = Series("self-service", col(Answer.at), asked, in_vain())
    counts = _by_week(session, today, series, None)
    points = [
        _share(week, count - vain, count, _vain(week), "问当场答上")
        for week, (count, vain) in zip(weeks, counts, strict=True)
    ]
    return _trend("self-service", "自助解决率", points, "机器人当场答上、企业也没说没解决；点数字看没答上的")


def arrivals(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """How many tickets came in each week."""
    weeks = weeks_until(today.day, WEEKS)
    series = Series("arrivals", col(Ticket.opened_at), tickets_in(codes), false())
    counts = _by_week(session, today, series, codes)
    points = [
        Point(_axis(week), count, _arrived(week)) for week, (count, _) in zip(weeks, counts, strict=True)
    ]
    chart = bar_chart("arrivals", "每周新收诉求", points, unit=" 件")
    return Trend(chart, chart.text(points[-1].value), "周一到周日；最后一周还没过完")


def in_vain() -> ColumnElement[bool]:
    """No entry fitted, or the person said that the answer did not help."""
    return or_(col(Answer.decision) == Decision.NONE, col(Answer.is_solved).is_(False))


def _by_week(
    session: Session, today: Today, series: Series, codes: frozenset[str] | None
) -> list[tuple[int, int]]:
    """All rows and those of the part, week by week; as they were half a minute ago where they are many."""
    weeks = weeks_until(today.day, WEEKS)
    asked = (series.name, weeks[-1], codes)
    return today.counts.of(asked, today.now, lambda: _counted(session, series, weeks), size=_rows)


def _rows(counts: Sequence[tuple[int, int]]) -> int:
    return sum(count for count, _ in counts)


def _counted(session: Session, series: Series, weeks: Sequence[Period]) -> list[tuple[int, int]]:
    """Read once for all weeks."""
    during = and_(series.moment >= weeks[0].starts_at, series.moment < weeks[-1].ends_at)
    number = _number(series.moment, weeks, 0).label("week")
    part = case((series.part, 1), else_=0).label("part")
    found = select(number, part).where(during, series.everything).subquery()
    statement = select(found.c.week, func.count(), func.sum(found.c.part)).group_by(found.c.week)
    counts = {week: (count, of_part) for week, count, of_part in session.execute(statement).all()}
    return [counts.get(index, (0, 0)) for index in range(len(weeks))]


def _number(moment: Any, weeks: Sequence[Period], first: int) -> ColumnElement[int]:
    """Which of the weeks a moment lies in, looked for by halving."""
    if len(weeks) == 1:
        return literal(first)
    half = len(weeks) // 2
    is_before = moment < weeks[half].starts_at
    return case(
        (is_before, _number(moment, weeks[:half], first)), else_=_number(moment, weeks[half:], first + half)
    )


def _axis(week: Period) -> str:
    """`11/16`: the first day, short enough for an axis."""
    return f"{week.since.month}/{week.since.day}"


def _share(week: Period, good: int, count: int, link: str, words: str) -> Point:
    value = round(FULL * good / count, 1) if count else None
    return Point(_axis(week), value, link if count else "", f"{count} 中 {good} {words}" if count else "没有")


def _tickets(week: Period, by: str, quality: str) -> str:
    status = "finished" if by == "resolved" else "all"
    kept = f"&quality={quality}" if quality else ""
    return f"/admin/tickets?status={status}&by={by}&since={week.since}&until={week.until}{kept}"


def _arrived(week: Period) -> str:
    return f"/admin/tickets?status=all&by=opened&since={week.since}&until={week.until}"


def _vain(week: Period) -> str:
    return f"/admin/answers?show=vain&since={week.since}&until={week.until}"


def _trend(key: str, title: str, points: Sequence[Point], note: str) -> Trend:
    chart = line_chart(key, title, points, unit="%", top=FULL)
    latest = chart.latest
    said = chart.text(latest.value if latest else None)
    if latest is not None and latest is not points[-1]:
        said = f"{said}（{latest.label} 那周）"  # nothing to measure since: not taken for this week's
    return Trend(chart, said, note)
