"""What a reader of the ticket list may ask for, and the conditions that follow from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlmodel import Session, col

from app.directory.models import Enterprise
from app.panel.conditions import CONDITIONS, Today
from app.panel.paging import MOST_FOUND, By
from app.panel.periods import LONGEST, opened_in, rated_in, resolved_in, resolved_late_in
from app.panel.scope import subtree, tickets_in
from app.reports.period import Period
from app.tickets.models import Ticket

MOST_WORDS = 6
EARLIEST = date(2020, 1, 1)
_NUMBER = re.compile(r"[0-9]{4,8}(-[0-9]{0,4})?")
NEWEST_FIRST = frozenset({"all", "closed", "withdrawn", "resolved", "finished"})
WIDE = frozenset({"all", "closed", "finished", "withdrawn"})
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
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None, *, in_bulk: bool = False
) -> ColumnElement[bool]:
    """The tickets a reader confined to `codes` asked for, whatever their words; over the ticket table alone.

    `in_bulk`: to count or sort all of them; otherwise for whoever looks at some of them, one by one.
    """
    conditions = [tickets_in(codes, in_bulk=in_bulk), CONDITIONS[filters.condition][1](today)]
    if filters.area:
        conditions.append(tickets_in(subtree(session, filters.area), in_bulk=in_bulk))
    if filters.channel:
        conditions.append(col(Ticket.channel) == filters.channel)
    if filters.category:
        conditions.append(col(Ticket.category) == filters.category)
    return and_(*conditions, *_period(filters, today, in_bulk=in_bulk))


def ordering(filters: Filters) -> tuple[By, ...]:
    """The order asked for; else by deadline while live, newest first once done."""
    newest, first = By(col(Ticket.id), falls=True), By(col(Ticket.id))
    orders = {
        "due": (By(col(Ticket.due_on)), first),
        "new": (By(col(Ticket.opened_at), falls=True), newest),
        "old": (By(col(Ticket.opened_at)), first),
        "active": (By(col(Ticket.last_activity_at), falls=True), newest),
    }
    return orders[sort_of(filters)]


def sort_of(filters: Filters) -> str:
    """The key of the order in use."""
    return filters.sort or ("new" if filters.condition in NEWEST_FIRST else "due")


def _period(filters: Filters, today: Today, *, in_bulk: bool) -> list[ColumnElement[bool]]:
    if not (filters.since or filters.until or filters.quality):
        return []
    until = filters.until or today.day
    is_bounded = filters.since is not None or filters.quality in ("in-time", "late")
    since = filters.since or (until - LONGEST if is_bounded else EARLIEST)
    span = Period(min(since, until), until)
    if filters.quality in ("satisfied", "dissatisfied"):
        return [rated_in(span, satisfied=filters.quality == "satisfied", in_bulk=in_bulk)]
    if filters.quality:
        span = Period(max(span.since, span.until - LONGEST), span.until)
        was_late = resolved_late_in(span)
        return [resolved_in(span), was_late if filters.quality == "late" else ~was_late]
    if filters.by == "rated":
        return [rated_in(span, in_bulk=in_bulk)]
    return [{"opened": opened_in, "resolved": resolved_in}[filters.by](span)]


def numbered(session: Session, words: str) -> list[int | None]:
    """Ids of the tickets with this piece of a number, the newest first, or with this number elsewhere."""
    own = select(col(Ticket.id)).where(col(Ticket.number).contains(words, autoescape=True))
    outside = select(col(Ticket.id)).where(col(Ticket.external_number) == words)
    found = session.scalars(own.order_by(col(Ticket.number).desc()).limit(MOST_FOUND)).all()
    return [*found, *session.scalars(outside.limit(MOST_FOUND)).all()]


def is_number(words: str) -> bool:
    """Whether a number or a piece of one was typed: found by index, not by words."""
    return _NUMBER.fullmatch(words) is not None


def words_of(filters: Filters) -> list[str]:
    """The words that must all be there."""
    return filters.words.split()[:MOST_WORDS]


def has_words(filters: Filters) -> ColumnElement[bool]:
    """Each word is in the request or in a name, or is the number that another system gave."""
    return and_(*map(_word, words_of(filters))) if words_of(filters) else true()


def _word(word: str) -> ColumnElement[bool]:
    named = select(col(Enterprise.id)).where(
        col(Enterprise.id) == col(Ticket.enterprise_id), col(Enterprise.name).contains(word, autoescape=True)
    )
    columns = (col(Ticket.content), col(Ticket.contact_name))
    return or_(
        *(column.contains(word, autoescape=True) for column in columns),
        col(Ticket.external_number) == word,
        named.correlate(Ticket).exists(),
    )
