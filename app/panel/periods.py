"""What happened in a span of days: conditions over tickets, ratings and answers that every database can use.

Days are days in China, both ends included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col, select

from app.clock import SHANGHAI
from app.tickets.campaigns import SATISFIED_FROM
from app.tickets.models import Rating, Ticket

LONGEST = timedelta(days=92)


@dataclass(frozen=True)
class Span:
    """From one day to another, both included."""

    since: date
    until: date

    @property
    def starts_at(self) -> datetime:
        """The first moment."""
        return midnight(self.since)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return midnight(self.until + timedelta(days=1))

    @property
    def label(self) -> str:
        """`11/16`: the first day, short enough for an axis."""
        return f"{self.since.month}/{self.since.day}"

    def days(self) -> Iterator[date]:
        """Every day of it."""
        for number in range((self.until - self.since).days + 1):
            yield self.since + timedelta(days=number)


def midnight(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, datetime.min.time(), SHANGHAI)


def weeks_until(today: date, count: int) -> list[Span]:
    """The last `count` weeks from Monday to Sunday, the running one last."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=number) for number in reversed(range(count))]
    return [Span(start, start + timedelta(days=6)) for start in starts]


def opened_in(span: Span) -> ColumnElement[bool]:
    """Tickets that came in then."""
    return and_(col(Ticket.opened_at) >= span.starts_at, col(Ticket.opened_at) < span.ends_at)


def resolved_in(span: Span) -> ColumnElement[bool]:
    """Tickets that got their result then."""
    return and_(col(Ticket.resolved_at) >= span.starts_at, col(Ticket.resolved_at) < span.ends_at)


def resolved_late_in(span: Span) -> ColumnElement[bool]:
    """Those of them whose promised day was over; counted day by day, the same in every database."""
    span = Span(max(span.since, span.until - LONGEST), span.until)
    return or_(
        *(and_(resolved_in(Span(day, day)), col(Ticket.due_on) < day) for day in span.days()),
    )


def rated_in(span: Span, *, satisfied: bool | None = None) -> ColumnElement[bool]:
    """Tickets whose rating, as it stands, was given then; satisfied is 4 and 5."""
    score: ColumnElement[bool] = true()
    if satisfied is not None:
        is_good = col(Rating.score) >= SATISFIED_FROM
        score = is_good if satisfied else ~is_good
    rated = select(col(Rating.ticket_id)).where(
        col(Rating.is_current), col(Rating.at) >= span.starts_at, col(Rating.at) < span.ends_at, score
    )
    return col(Ticket.id).in_(rated)
