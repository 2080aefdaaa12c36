"""What a reader of the ticket list may ask for, and the conditions that follow from it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, GenerativeSelect, Select, SelectBase, and_, func, or_, select, true
from sqlmodel import Session, col

from app.directory.models import Enterprise
from app.panel.conditions import CONDITIONS, Today
from app.panel.paging import By
from app.panel.periods import LONGEST, is_among, opened_in, rated_in, resolved_in, resolved_late_in
from app.panel.scope import OfDepartment, ids_in, subtree, tickets_in
from app.reports.period import Period
from app.tickets.models import Ticket

MOST_WORDS = 6
EARLIEST = date(2020, 1, 1)
_DONE = frozenset({"in-time", "late"})
# The points of each answer; the reports count the same ones.
SCORES = {
    "satisfied": (4, 5),
    "fair": (3,),
    "dissatisfied": (1, 2),
    "unsatisfied": (1, 2, 3),
}
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
    "fair": "企业基本满意的",
    "dissatisfied": "企业不满意的",
    "unsatisfied": "没评到满意的",
}


@dataclass(frozen=True)
class Filters:
    """`condition` is a key of CONDITIONS, `area` a code, `words` a number, a name or words of the request.

    `department` is the id of the one that holds or finished it. `since` and `until` bound the day named by `by`; `quality` is a key of QUALITY_NAMES.
    """

    condition: str = "live"
    area: str = ""
    words: str = ""
    channel: str = ""
    category: str = ""
    department: int | None = None
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
            "department": str(self.department or ""),
            "by": self.by if self.since or self.until else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "quality": self.quality,
            "sort": self.sort,
        }

    @property
    def is_wide(self) -> bool:
        """Whether a large part of all the tickets there ever were may fit."""
        return self.condition in WIDE and not self.is_short and self.quality not in _DONE

    @property
    def is_short(self) -> bool:
        """Whether the days asked for are at most a quarter."""
        return self.since is not None and self.until is not None and self.until - self.since <= LONGEST

    @property
    def asks_rating(self) -> bool:
        """Whether tickets are looked for by what the enterprise said in the end."""
        if self.quality:
            return self.quality in SCORES
        return self.by == "rated" and bool(self.since or self.until)

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the filters that are folded away is in use."""
        chosen = (self.channel, self.category, self.department, self.since, self.until, self.quality)
        return any(chosen)


@dataclass(frozen=True)
class Narrowed:
    """What a reader asked for, whatever the words, put for counting or sorting all of it: conditions over a ticket of
    its `own`, and `sets`, each of which gives ids of tickets, some perhaps twice."""

    own: Sequence[ColumnElement[bool]]
    sets: Sequence[SelectBase]

    @property
    def condition(self) -> ColumnElement[bool]:
        """Over the ticket table alone."""
        return and_(true(), *self.own, *(col(Ticket.id).in_(ids) for ids in self.sets))

    @property
    def count(self) -> Select[int]:
        """How many; where nothing is asked of the tickets themselves they are not looked at."""
        if self.own or not self.sets:
            tickets = select(func.count()).select_from(Ticket)
            return tickets.where(self.condition) if self.own else tickets
        first = self.sets[0].subquery()
        others = (first.c[0].in_(ids) for ids in self.sets[1:])
        return select(func.count(first.c[0].distinct())).where(*others)


def narrowed(session: Session, filters: Filters, today: Today, codes: frozenset[str] | None) -> Narrowed:
    """What a reader confined to `codes` asked for."""
    own = _own(filters, today)
    sets: list[SelectBase] = [ids_in(scope) for scope in _scopes(session, filters, codes)]
    rated = _rated(filters, today)
    if rated is not None and isinstance(codes, OfDepartment):
        sets[0] = _rated_ones(codes, rated)  # few tickets: their ratings are looked up one by one
    elif rated is not None:
        sets.append(rated)
    return Narrowed(own, sets)


def _rated_ones(codes: OfDepartment, rated: Select[int]) -> Select[int]:
    tickets = ids_in(codes).subquery()
    own = tickets.c[0]
    return select(own).where(is_among(rated, own))


def matching(
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None
) -> ColumnElement[bool]:
    """The same, put for whoever looks at some of the tickets, one by one."""
    scopes = _scopes(session, filters, codes)
    conditions = [*(tickets_in(scope) for scope in scopes), *_own(filters, today)]
    rated = _rated(filters, today)
    if rated is not None:
        conditions.append(col(Ticket.id).in_(rated) if filters.is_short else is_among(rated))
    return and_(true(), *conditions)


def few_in(
    filters: Filters, codes: frozenset[str] | None, narrowed: ColumnElement[bool]
) -> GenerativeSelect | None:
    """What may be fewer tickets than have a word: a department's, or those that are not of a wide condition."""
    if not filters.is_wide:
        return select(col(Ticket.id)).where(narrowed)
    return ids_in(codes) if isinstance(codes, OfDepartment) else None


def _scopes(session: Session, filters: Filters, codes: frozenset[str] | None) -> list[frozenset[str]]:
    """What the reader is confined to and what was asked for, all of which must hold; areas within the reader's own
    say enough alone."""
    if not filters.area:
        return [] if codes is None else [codes]
    area = subtree(session, filters.area)
    if codes is None or (area <= codes and not isinstance(codes, OfDepartment)):
        return [area]
    return [codes, area]


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


def _own(filters: Filters, today: Today) -> list[ColumnElement[bool]]:
    """What is asked of a ticket itself."""
    conditions = [] if filters.condition == "all" else [CONDITIONS[filters.condition][1](today)]
    if filters.channel:
        conditions.append(col(Ticket.channel) == filters.channel)
    if filters.category:
        conditions.append(col(Ticket.category) == filters.category)
    if filters.department:
        conditions.append(col(Ticket.department_id) == filters.department)
    return conditions + _period(filters, today)


def _period(filters: Filters, today: Today) -> list[ColumnElement[bool]]:
    if filters.quality in _DONE:
        span = _span(filters, today)
        span = Period(max(span.since, span.until - LONGEST), span.until)
        was_late = resolved_late_in(span)
        return [resolved_in(span), was_late if filters.quality == "late" else ~was_late]
    if filters.asks_rating or not (filters.since or filters.until):
        return []
    return [{"opened": opened_in, "resolved": resolved_in}[filters.by](_span(filters, today))]


def _rated(filters: Filters, today: Today) -> Select[int] | None:
    """Tickets whose rating was asked for."""
    if not filters.asks_rating:
        return None
    return rated_in(_span(filters, today), SCORES.get(filters.quality, ()))


def _span(filters: Filters, today: Today) -> Period:
    until = filters.until or today.day
    is_bounded = filters.since is not None or filters.quality in _DONE
    since = filters.since or (until - LONGEST if is_bounded else EARLIEST)
    return Period(min(since, until), max(since, until))


def numbered(session: Session, words: str, narrowed: ColumnElement[bool], most: int) -> list[int]:
    """Ids of the newest `most` of the tickets asked for with this piece of a number or this number elsewhere."""
    ids = select(col(Ticket.id)).where(narrowed)
    own = ids.where(col(Ticket.number).contains(words, autoescape=True)).order_by(col(Ticket.number).desc())
    outside = ids.where(col(Ticket.external_number) == words).order_by(col(Ticket.id).desc())
    found = {number or 0 for some in (own, outside) for number in session.scalars(some.limit(most)).all()}
    return sorted(found, reverse=True)[:most]


def not_indexed() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Tickets that the index of words may not know, or not by the name that their enterprise has now."""
    renamed = select(col(Enterprise.id)).where(col(Enterprise.indexed_at).is_(None))
    return col(Ticket.indexed_at).is_(None), col(Ticket.enterprise_id).in_(renamed)


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
    name = select(col(Enterprise.name)).where(col(Enterprise.id) == col(Ticket.enterprise_id))
    columns = (col(Ticket.content), col(Ticket.contact_name), name.correlate(Ticket).scalar_subquery())
    return or_(
        *(column.contains(word, autoescape=True) for column in columns),
        col(Ticket.external_number) == word,
    )
