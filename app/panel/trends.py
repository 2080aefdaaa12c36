"""How it goes, week by week: answered by the machine, done on time, satisfied (mission E3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from app.conversations.models import Answer
from app.panel.charts import Chart, Point, bar_chart, line_chart
from app.panel.conditions import Today
from app.panel.periods import opened_in, resolved_in, resolved_late_in, weeks_until
from app.panel.scope import tickets_in
from app.reports.period import Period
from app.tickets.campaigns import SATISFIED_FROM
from app.tickets.models import Rating, Ticket
from handbook.entry import Decision

WEEKS = 8
FULL = 100.0


@dataclass(frozen=True)
class Trend:
    """A chart with the latest week's figure in words."""

    chart: Chart
    latest: str
    note: str


def on_time(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """Of the tickets that got their result in a week, those by the promised day; a link leads to the late ones."""
    points = []
    for week in weeks_until(today.day, WEEKS):
        done, late = _two_counts(
            session, Ticket, and_(resolved_in(week), tickets_in(codes)), resolved_late_in(week)
        )
        link = _tickets(week, "resolved", "late" if late else "")
        points.append(_share(week, done - late, done, link, "件按时"))
    return _trend("on-time", "按时办结率", points, "按收到结果的那一周算；点数字看超期的单子")


def satisfaction(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """Of the ratings of a week, those of 4 and 5; a link leads to the dissatisfied ones."""
    of_rating = col(Ticket.id) == col(Rating.ticket_id)
    own = select(col(Ticket.id)).where(tickets_in(codes), of_rating).correlate(Rating).exists()
    points = []
    for week in weeks_until(today.day, WEEKS):
        rated = [col(Rating.is_current), col(Rating.at) >= week.starts_at, col(Rating.at) < week.ends_at]
        if codes is not None:
            rated.append(own)
        count, bad = _two_counts(session, Rating, and_(*rated), col(Rating.score) < SATISFIED_FROM)
        link = _tickets(week, "rated", "dissatisfied" if bad else "")
        points.append(_share(week, count - bad, count, link, "家满意"))
    return _trend("satisfaction", "满意率", points, "4 分和 5 分算满意；点数字看不满意的单子")


def self_service(session: Session, today: Today) -> Trend:
    """Of the questions of a week, those that the handbook answered and nobody called unsolved."""
    points = []
    asked = or_(col(Answer.decision).in_([Decision.ANSWER, Decision.NONE]), col(Answer.is_solved).is_(False))
    for week in weeks_until(today.day, WEEKS):
        during = and_(col(Answer.at) >= week.starts_at, col(Answer.at) < week.ends_at, asked)
        count, vain = _two_counts(session, Answer, during, in_vain())
        link = f"/admin/answers?show=vain&since={week.since}&until={week.until}"
        points.append(_share(week, count - vain, count, link, "问当场答上"))
    return _trend("self-service", "自助解决率", points, "机器人当场答上、企业也没说没解决；点数字看没答上的")


def arrivals(session: Session, today: Today, codes: frozenset[str] | None) -> Trend:
    """How many tickets came in each week."""
    points = []
    for week in weeks_until(today.day, WEEKS):
        statement = select(func.count()).select_from(Ticket).where(opened_in(week), tickets_in(codes))
        link = f"/admin/tickets?status=all&by=opened&since={week.since}&until={week.until}"
        points.append(Point(_axis(week), session.scalar(statement) or 0, link))
    chart = bar_chart("arrivals", "每周新收诉求", points, unit=" 件")
    return Trend(chart, chart.text(points[-1].value), "周一到周日；最后一周还没过完")


def in_vain() -> ColumnElement[bool]:
    """No entry fitted, or the person said that the answer did not help."""
    return or_(col(Answer.decision) == Decision.NONE, col(Answer.is_solved).is_(False))


def _two_counts(
    session: Session,
    table: type[Ticket] | type[Rating] | type[Answer],
    everything: ColumnElement[bool],
    part: ColumnElement[bool],
) -> tuple[int, int]:
    """All rows that fit, and how many of them are of the part."""
    statement = select(func.count(), func.count().filter(part)).select_from(table).where(everything)
    row = session.execute(statement).one()
    return int(row[0]), int(row[1])


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


def _trend(key: str, title: str, points: Sequence[Point], note: str) -> Trend:
    chart = line_chart(key, title, points, unit="%", top=FULL)
    latest = chart.latest
    return Trend(chart, chart.text(latest.value if latest else None), note)
