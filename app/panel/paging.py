"""Pages of a long list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from sqlmodel import Session

PER_PAGE = 25
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows; `number` counts from 1, `total` are all rows."""

    rows: Sequence[Row]
    number: int
    total: int
    path: str
    query: Mapping[str, str]

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
) -> Page[Any]:
    """Run an ordered SELECT for one page; a number beyond the end shows the last page.

    `total`: how many rows there are, where the caller can count them with less work than the SELECT.
    """
    if total is None:
        total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    last = max(1, -(-total // PER_PAGE))
    wanted = min(max(number or 1, 1), last)
    rows = session.execute(statement.limit(PER_PAGE).offset((wanted - 1) * PER_PAGE)).all()
    return Page(rows, wanted, total, path, query)


def page_of(rows: Sequence[Row], *, number: int | None, path: str, query: Mapping[str, str]) -> Page[Row]:
    """One page of rows that are already in memory."""
    last = max(1, -(-len(rows) // PER_PAGE))
    wanted = min(max(number or 1, 1), last)
    return Page(rows[(wanted - 1) * PER_PAGE : wanted * PER_PAGE], wanted, len(rows), path, query)
