"""What a reader of the ticket list may ask for, and the conditions that follow from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from app.directory.models import Enterprise
from app.panel.conditions import CONDITIONS, Today
from app.panel.periods import LONGEST, opened_in, rated_in, resolved_in, resolved_late_in
from app.panel.scope import subtree, tickets_in
from app.reports.period import Period
from app.tickets.models import Ticket

MOST_WORDS = 6
MOST_FOUND = 2000
EARLIEST = date(2020, 1, 1)
_NUMBER = re.compile(r"[0-9]{4,8}(-[0-9]{0,4})?")
NEWEST_FIRST = frozenset({"all", "closed", "withdrawn", "resolved", "finished"})
SORTS = {
    "due": "期限近的在前",
    "new": "新来的在前",
    "old": "早来的在前",
    "active": "刚有动静的在前",
}
BY_NAMES = {"opened": "收到的日子", "resolved": "办结的日子", "rated": "评价的日子"}
QUALITY_NAMES = {
    "": "不限",
    "in-time": "按时办结的",
    "late": "超期办结的",
    "satisfied": "企业满意的",
    "dissatisfied": "企业不满意的",
}


@dataclass(frozen=True)
class Filters:
    """`condition` is a key of CONDITIONS, `area` a code, `words` a number, a name or words of the request.

    `since` and `until` bound the day named by `by`; `quality` is a key of QUALITY_NAMES.
    """

    condition: str = "live"
    area: str = ""
    words: str = ""
    channel: str = ""
    category: str = ""
    by: str = "opened"
    since: date | None = None
    until: date | None = None
    quality: str = ""
    sort: str = ""

    @property
    def query(self) -> Mapping[str, str]:
        """For links to other pages of the same list, and to save it."""
        return {
            "status": self.condition,
            "area": self.area,
            "q": self.words,
            "channel": self.channel,
            "category": self.category,
            "by": self.by if self.since or self.until else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "quality": self.quality,
            "sort": self.sort,
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the filters that are folded away is in use."""
        return bool(self.channel or self.category or self.since or self.until or self.quality)


def matching(
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None
) -> ColumnElement[bool]:
    """The tickets a reader confined to `codes` asked for; over the ticket table alone, so that it counts fast."""
    conditions = [tickets_in(codes), CONDITIONS[filters.condition][1](today)]
    if filters.area:
        conditions.append(tickets_in(subtree(session, filters.area)))
    if filters.channel:
        conditions.append(col(Ticket.channel) == filters.channel)
    if filters.category:
        conditions.append(col(Ticket.category) == filters.category)
    if filters.words:
        conditions.append(_containing(session, filters.words))
    return and_(*conditions, *_period(filters, today))


def ordering(filters: Filters) -> tuple[Any, ...]:
    """The order asked for; else by deadline while live, newest first once done."""
    sort = filters.sort or ("new" if filters.condition in NEWEST_FIRST else "due")
    if filters.words and sort == "new":
        # Reading every request for its words is quickest in the order in which they lie.
        return (col(Ticket.id).desc(),)
    orders: dict[str, tuple[Any, ...]] = {
        "due": (col(Ticket.due_on), col(Ticket.id)),
        "new": (col(Ticket.opened_at).desc(), col(Ticket.id).desc()),
        "old": (col(Ticket.opened_at), col(Ticket.id)),
        "active": (col(Ticket.last_activity_at).desc(), col(Ticket.id).desc()),
    }
    return orders[sort]


def sort_of(filters: Filters) -> str:
    """The key of the order in use."""
    return filters.sort or ("new" if filters.condition in NEWEST_FIRST else "due")


def _period(filters: Filters, today: Today) -> list[ColumnElement[bool]]:
    if not (filters.since or filters.until or filters.quality):
        return []
    until = filters.until or today.day
    is_bounded = filters.since is not None or filters.quality in ("in-time", "late")
    since = filters.since or (until - LONGEST if is_bounded else EARLIEST)
    span = Period(min(since, until), until)
    if filters.quality in ("satisfied", "dissatisfied"):
        return [rated_in(span, satisfied=filters.quality == "satisfied")]
    if filters.quality:
        span = Period(max(span.since, span.until - LONGEST), span.until)
        was_late = resolved_late_in(span)
        return [resolved_in(span), was_late if filters.quality == "late" else ~was_late]
    return [{"opened": opened_in, "resolved": resolved_in, "rated": rated_in}[filters.by](span)]


def _containing(session: Session, words: str) -> ColumnElement[bool]:
    """A number or a piece of one finds by number; each other word must be in the request or in a name."""
    if is_number(words):
        numbered = select(col(Ticket.id)).where(col(Ticket.number).contains(words, autoescape=True))
        outside = select(col(Ticket.id)).where(col(Ticket.external_number) == words)
        found = session.scalars(numbered.order_by(col(Ticket.number).desc()).limit(MOST_FOUND)).all()
        return col(Ticket.id).in_([*found, *session.scalars(outside.limit(MOST_FOUND)).all()])
    return and_(*(_word(word) for word in words.split()[:MOST_WORDS]))


def is_number(words: str) -> bool:
    """Whether a number or a piece of one was typed: found by index, not by reading every request."""
    return _NUMBER.fullmatch(words) is not None


def _word(word: str) -> ColumnElement[bool]:
    named = select(col(Enterprise.id)).where(col(Enterprise.name).contains(word, autoescape=True))
    columns = (col(Ticket.content), col(Ticket.contact_name))
    return or_(
        *(column.contains(word, autoescape=True) for column in columns),
        col(Ticket.external_number) == word,
        col(Ticket.enterprise_id).in_(named),
    )
