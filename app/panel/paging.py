"""Pages of a long list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from sqlmodel import Session

PER_PAGE = 25
MOST_FOUND = 200
FOUND_AT_FIRST = 100
Row = TypeVar("Row")


@dataclass(frozen=True)
class By:
    """A column that rows are ordered by, and whether the highest comes first."""

    column: Any
    falls: bool = False

    def clause(self, *, backwards: bool = False) -> Any:
        """For ORDER BY."""
        return self.column.desc() if self.falls != backwards else self.column


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows; `number` counts from 1, `total` are all rows. `is_cut`: there are more than are listed."""

    rows: Sequence[Row]
    number: int
    total: int
    path: str
    query: Mapping[str, str]
    is_cut: bool = False

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PER_PAGE))

    def link(self, number: int) -> str:
        """The address of another page with the same filters."""
        return self.link_with(page=str(number))

    def link_with(self, **changed: str) -> str:
        """The address of the same list with other filters; the page number starts over unless given."""
        kept = {**{name: value for name, value in self.query.items() if name != "page"}, **changed}
        return f"{self.path}?{urlencode({name: value for name, value in kept.items() if value})}"


def paged(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    number: int | None,
    path: str,
    query: Mapping[str, str],
    total: int | None = None,
    order: Sequence[By] = (),
) -> Page[Any]:
    """Run a SELECT for one page; a number beyond the end shows the last page.

    `total`: how many rows there are, where the caller can count them with less work than the SELECT. `order`: what
    to order by, for a SELECT that is not ordered yet: then pages near the end cost as little as the first ones.
    """
    if total is None:
        total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    wanted = number_within(number, total)
    rows = rows_of(session, statement, wanted, total, order)
    return Page(rows, wanted, total, path, query)


def number_within(number: int | None, total: int) -> int:
    """The page that is shown of so many rows: the first by default, the last for anything beyond."""
    return min(max(number or 1, 1), max(1, -(-total // PER_PAGE)))


def rows_of(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    number: int,
    total: int,
    order: Sequence[By],
) -> Sequence[Any]:
    """The rows of a page that exists; counted from the end where that is nearer."""
    before = (number - 1) * PER_PAGE
    size = min(PER_PAGE, max(total - before, 0))
    behind = total - before - size
    if not order or behind >= before:
        ordered = statement.order_by(*(by.clause() for by in order)) if order else statement
        return session.execute(ordered.limit(PER_PAGE).offset(before)).all()
    ordered = statement.order_by(*(by.clause(backwards=True) for by in order))
    return session.execute(ordered.limit(size).offset(behind)).all()[::-1]


def most_found(number: int | None) -> int:
    """How many hits are looked for, where they lie in the order shown: whoever reads the first pages adds a word rather
    than go on; whoever goes on gets `MOST_FOUND`."""
    return FOUND_AT_FIRST if (number or 1) * PER_PAGE < FOUND_AT_FIRST else MOST_FOUND


def page_of(
    rows: Sequence[Row], *, number: int | None, path: str, query: Mapping[str, str], is_cut: bool = False
) -> Page[Row]:
    """One page of rows that are already in memory."""
    wanted = number_within(number, len(rows))
    return Page(rows[(wanted - 1) * PER_PAGE : wanted * PER_PAGE], wanted, len(rows), path, query, is_cut)
