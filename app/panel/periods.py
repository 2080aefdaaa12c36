"""What happened in a span of days: conditions over tickets, ratings and answers that every database can use.

Days are days in China, both ends included.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, literal_column, or_, true
from sqlmodel import col, select

from app.reports.period import Period, week_of
from app.tickets.campaigns import SATISFIED_FROM
from app.tickets.models import Rating, Ticket

LONGEST = timedelta(days=92)
CURRENT: ColumnElement[bool] = literal_column("rating.is_current")  # as the indexes of current ratings say it


def weeks_until(today: date, count: int) -> list[Period]:
    """The last `count` weeks from Monday to Sunday, the running one last."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=number) for number in reversed(range(count))]
    return [week_of(start) for start in starts]


def opened_in(span: Period) -> ColumnElement[bool]:
    """Tickets that came in then."""
    return and_(col(Ticket.opened_at) >= span.starts_at, col(Ticket.opened_at) < span.ends_at)


def resolved_in(span: Period) -> ColumnElement[bool]:
    """Tickets that got their result then."""
    return and_(col(Ticket.resolved_at) >= span.starts_at, col(Ticket.resolved_at) < span.ends_at)


def resolved_late_in(span: Period) -> ColumnElement[bool]:
    """Those of them whose promised day was over; counted day by day, the same in every database."""
    since = max(span.since, span.until - LONGEST)
    days = [since + timedelta(days=number) for number in range((span.until - since).days + 1)]
    return or_(*(and_(resolved_in(Period(day, day)), col(Ticket.due_on) < day) for day in days))


def rated_in(span: Period, *, satisfied: bool | None = None, in_bulk: bool = False) -> ColumnElement[bool]:
    """Tickets whose rating, as it stands, was given then; satisfied is 4 and 5. `in_bulk`: see `scope.tickets_in`."""
    score: ColumnElement[bool] = true()
    if satisfied is not None:
        is_good = col(Rating.score) >= SATISFIED_FROM
        score = is_good if satisfied else ~is_good
    rated = select(col(Rating.ticket_id)).where(
        CURRENT, col(Rating.at) >= span.starts_at, col(Rating.at) < span.ends_at, score
    )
    if in_bulk:
        return col(Ticket.id).in_(rated)
    return rated.where(col(Rating.ticket_id) == col(Ticket.id)).correlate(Ticket).exists()
