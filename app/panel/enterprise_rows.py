"""Enterprises as lines of a list: found by name, code or (where no name fits) address, narrowed by area, status, kind or lack of an officer.

With 100,000 of them a page must cost what it costs with 1,000: counting and cutting touch the enterprises alone, on
an index where there is one; names of areas and officers come for the page's rows only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlmodel import Session, col

from app.directory.models import Area, Enterprise, Officer
from app.districts.statuses import GONE
from app.panel.paging import By, Page, most_found, page_of, paged
from app.panel.scope import enterprises_in, subtree
from app.searching import store as searching
from app.searching.models import Place
from app.searching.store import Wanted

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
    """One page of the enterprises a reader confined to `codes` asked for, in the order they were entered, those with
    the beginning of a credit code in the order of the codes.

    Names are looked for once, and no further than `most_found` hits.
    """
    wanted = matching(session, filters, codes)
    page: Page[Any]
    if names_of(filters):
        most = most_found(number)
        found = _found(session, filters, and_(true(), *wanted), most + 1)
        is_cut = len(found) > most
        page = page_of(found[:most], number=number, path=PATH, query=filters.query, is_cut=is_cut)
    else:
        total = session.scalar(select(func.count()).select_from(Enterprise).where(*wanted)) or 0
        ids = select(col(Enterprise.id)).where(*wanted)
        order = (By(col(Enterprise.credit_code) if _words(filters) else col(Enterprise.id)),)
        page = paged(session, ids, number=number, path=PATH, query=filters.query, total=total, order=order)
        page = replace(page, rows=[identity for (identity,) in page.rows])
    return replace(page, rows=_rows(session, page.rows))


def matching(
    session: Session, filters: EnterpriseFilters, codes: frozenset[str] | None
) -> list[ColumnElement[bool]]:
    """The conditions, over the enterprise table alone, whatever the names; none for all of them."""
    conditions = [] if codes is None else [enterprises_in(codes)]
    if filters.area:
        conditions.append(col(Enterprise.area_code).in_(subtree(session, filters.area)))
    if filters.status == BASE:
        conditions.append(col(Enterprise.status).in_(filters.base))
    elif filters.status:
        conditions.append(col(Enterprise.status) == filters.status)
    if filters.kind:
        conditions.append(col(Enterprise.kind) == filters.kind)
    if filters.served == UNSERVED:
        conditions += [col(Enterprise.status).not_in(GONE), is_unserved()]
    if filters.officer is not None:
        conditions.append(col(Enterprise.officer_id) == filters.officer)
    return conditions + [_of_code(word) for word in _words(filters) if _is_code(word)]


def is_unserved() -> ColumnElement[bool]:
    """Nobody serves it now."""
    return col(Enterprise.officer_id).is_(None)


def names_of(filters: EnterpriseFilters) -> list[str]:
    """The words that must all be in the name, or else in the address."""
    return [word for word in _words(filters) if not _is_code(word)]


def _words(filters: EnterpriseFilters) -> list[str]:
    return filters.words.split()[:MOST_WORDS]


def _is_code(word: str) -> bool:
    return _CODE.fullmatch(word.upper()) is not None


def _of_code(word: str) -> ColumnElement[bool]:
    """The beginning of a credit code finds by code, on its index."""
    code = word.upper()
    return col(Enterprise.credit_code).between(code, code.ljust(_CODE_LENGTH, _ABOVE))


def _found(
    session: Session, filters: EnterpriseFilters, narrowed: ColumnElement[bool], most: int
) -> list[int]:
    """Ids of the first `most` enterprises with these words in their names, or where no name has them, in their
    addresses."""
    words = names_of(filters)
    for place, column in ((Place.NAME, col(Enterprise.name)), (Place.ADDRESS, col(Enterprise.address))):
        wanted = Wanted(
            key=col(Enterprise.id),
            narrowed=narrowed,
            few=select(col(Enterprise.id)).where(narrowed),
            has_words=and_(*(column.contains(word, autoescape=True) for word in words)),
            pending=(col(Enterprise.indexed_at).is_(None),),
            most=most,
        )
        found = searching.find(session, place, words, wanted)
        if found:
            return found
    return []


def _rows(session: Session, ids: Sequence[int]) -> list[EnterpriseRow]:
    statement = (
        select(Enterprise, col(Area.name), col(Officer.name))
        .outerjoin(Area, col(Area.code) == col(Enterprise.area_code))
        .outerjoin(Officer, col(Officer.id) == col(Enterprise.officer_id))
        .where(col(Enterprise.id).in_(ids))
    )
    known = {
        enterprise.id: EnterpriseRow(enterprise, area or "", officer or "")
        for enterprise, area, officer in session.execute(statement).all()
    }
    return [known[identity] for identity in ids]
