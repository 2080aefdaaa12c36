"""Enterprises as lines of a list: found by name, code or (where no name fits) address, narrowed by area, status, kind or lack of an officer.

With 100,000 of them a page must cost what it costs with 1,000: counting and cutting touch the enterprises alone, on
an index where there is one; names of areas and officers come for the page's rows only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlmodel import Session, col

from app.directory.models import Area, Assignment, Enterprise, Officer
from app.districts.statuses import GONE
from app.panel.paging import Page, paged
from app.panel.scope import enterprises_in, subtree

PATH = "/admin/enterprises"
MOST_WORDS = 4
UNSERVED = "no"
BASE = "base"
_CODE = re.compile(r"9[0-9A-HJ-NP-RT-UW-Y]{5,17}")
_CODE_LENGTH = 18
_ABOVE = "Z"  # no credit code has one


@dataclass(frozen=True)
class EnterpriseFilters:
    """What a reader asks for; "" is no wish. `served` is UNSERVED for those whom nobody serves and who still exist,
    `officer` the id of who serves them; `status` may be BASE for `base`, the statuses that the district counts."""

    words: str = ""
    area: str = ""
    status: str = ""
    kind: str = ""
    served: str = ""
    officer: int | None = None
    base: tuple[str, ...] = ()

    @property
    def query(self) -> Mapping[str, str]:
        """For links to other pages of the same list."""
        return {
            "q": self.words,
            "area": self.area,
            "status": self.status,
            "kind": self.kind,
            "served": self.served,
            "officer": str(self.officer or ""),
        }


@dataclass(frozen=True)
class EnterpriseRow:
    """One enterprise with who serves it."""

    enterprise: Enterprise
    area: str
    officer: str


def find(
    session: Session, filters: EnterpriseFilters, *, codes: frozenset[str] | None, number: int | None
) -> Page[EnterpriseRow]:
    """One page of the enterprises a reader confined to `codes` asked for, in the order they were entered."""
    wanted = matching(session, filters, codes)
    total = _count(session, wanted)
    if not total and filters.words:
        wanted = matching(session, filters, codes, by_address=True)
        total = _count(session, wanted)
    statement = select(col(Enterprise.id)).where(wanted).order_by(col(Enterprise.id))
    page = paged(session, statement, number=number, path=PATH, query=filters.query, total=total)
    rows = _rows(session, [identity for (identity,) in page.rows])
    return Page(rows, page.number, page.total, page.path, page.query)


def _count(session: Session, wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Enterprise).where(wanted)) or 0


def matching(
    session: Session, filters: EnterpriseFilters, codes: frozenset[str] | None, *, by_address: bool = False
) -> ColumnElement[bool]:
    """The condition, over the enterprise table alone; words are of the name, or `by_address` of the address."""
    conditions = [enterprises_in(codes)]
    if filters.area:
        conditions.append(col(Enterprise.area_code).in_(subtree(session, filters.area)))
    if filters.status == BASE:
        conditions.append(col(Enterprise.status).in_(filters.base))
    elif filters.status:
        conditions.append(col(Enterprise.status) == filters.status)
    if filters.kind:
        conditions.append(col(Enterprise.kind) == filters.kind)
    if filters.served == UNSERVED:
        conditions += [col(Enterprise.status).not_in(GONE), ~is_served()]
    if filters.officer is not None:
        mine = select(col(Assignment.enterprise_id)).where(
            col(Assignment.officer_id) == filters.officer, col(Assignment.until).is_(None)
        )
        conditions.append(col(Enterprise.id).in_(mine))
    conditions += [_word(word, by_address=by_address) for word in filters.words.split()[:MOST_WORDS]]
    return and_(*conditions)


def is_served() -> ColumnElement[bool]:
    """Somebody serves it now."""
    return exists().where(
        col(Assignment.enterprise_id) == col(Enterprise.id), col(Assignment.until).is_(None)
    )


def _word(word: str, *, by_address: bool) -> ColumnElement[bool]:
    """The beginning of a credit code finds by code, on its index; anything else is a piece of the name."""
    code = word.upper()
    if _CODE.fullmatch(code):
        return col(Enterprise.credit_code).between(code, code.ljust(_CODE_LENGTH, _ABOVE))
    column = col(Enterprise.address) if by_address else col(Enterprise.name)
    return column.contains(word, autoescape=True)


def _rows(session: Session, ids: Sequence[int]) -> list[EnterpriseRow]:
    statement = (
        select(Enterprise, col(Area.name), col(Officer.name))
        .outerjoin(Area, col(Area.code) == col(Enterprise.area_code))
        .outerjoin(
            Assignment,
            (col(Assignment.enterprise_id) == col(Enterprise.id)) & col(Assignment.until).is_(None),
        )
        .outerjoin(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(col(Enterprise.id).in_(ids))
        .order_by(col(Enterprise.id))
    )
    return [
        EnterpriseRow(enterprise, area or "", officer or "")
        for enterprise, area, officer in session.execute(statement).all()
    ]
