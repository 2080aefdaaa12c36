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
        kept = {name: value for name, value in self.query.items() if value and name != "page"}
        return f"{self.path}?{urlencode({**kept, 'page': str(number)})}"


def paged(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    number: int | None,
    path: str,
    query: Mapping[str, str],
) -> Page[Any]:
    """Run an ordered SELECT for one page; a number beyond the end shows the last page."""
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    last = max(1, -(-total // PER_PAGE))
    wanted = min(max(number or 1, 1), last)
    rows = session.execute(statement.limit(PER_PAGE).offset((wanted - 1) * PER_PAGE)).all()
    return Page(rows, wanted, total, path, query)
