"""What happened in a span of days: conditions over tickets, ratings and answers that every database can use.

Days are days in China, both ends included.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal_column, select
from sqlmodel import col

from app.reports.period import Period, midnight, week_of
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
    """Those of the tickets with a result in the span whose promised day was over; compared with the day of the
    result, which is looked for by halving, the same in every database."""
    since = max(span.since, span.until - LONGEST)
    return _late([since + timedelta(days=number) for number in range((span.until - since).days + 1)])


def _late(days: Sequence[date]) -> ColumnElement[bool]:
    if len(days) == 1:
        return col(Ticket.due_on) < days[0]
    half = len(days) // 2
    is_before = col(Ticket.resolved_at) < midnight(days[half])
    return case((is_before, _late(days[:half])), else_=_late(days[half:]))


def rated_in(span: Period, scores: Collection[int] = ()) -> Select[int]:
    """Ids of tickets whose rating, as it stands, was given then; only those of these points, if any are named."""
    rated = select(col(Rating.ticket_id)).where(
        CURRENT, col(Rating.at) >= span.starts_at, col(Rating.at) < span.ends_at
    )
    return rated.where(col(Rating.score).in_(scores)) if scores else rated


def is_among(rated: Select[int], ticket: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """The same of one ticket, as a condition; `ticket` is its id, where that is not the ticket table's own."""
    of_ticket = rated.where(col(Rating.ticket_id) == (col(Ticket.id) if ticket is None else ticket))
    return of_ticket.correlate_except(Rating).exists()
