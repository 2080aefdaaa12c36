"""How often enterprises were visited, called or written to in a period, for the table of work (A11, E4)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from app.directory.models import Enterprise, Visit
from app.reports.gathering import NOBODY, Names
from app.reports.period import Period
from app.tickets.contacting import IN_PERSON


def visits(
    session: Session,
    period: Period,
    now: datetime,
    by: str,
    known: Names,
    scope: ColumnElement[bool] | None = None,
) -> Counter[str]:
    """Visits, calls and online contacts by the key of `gathering.key_of`; surveys and pushes do not count.

    `scope` is a condition on enterprises. Departments make none.
    """
    place = func.coalesce(col(Enterprise.area_code), "")
    statement = (
        select(place, col(Enterprise.grid), col(Visit.officer_id), func.count())
        .join(Enterprise, col(Enterprise.id) == col(Visit.enterprise_id))
        .where(
            col(Visit.at) >= period.starts_at,
            col(Visit.at) < period.cutoff(now),
            col(Visit.channel).in_([kind.value for kind in IN_PERSON]),
        )
        .group_by(place, col(Enterprise.grid), col(Visit.officer_id))
    )
    if scope is not None:
        statement = statement.where(scope)
    found: Counter[str] = Counter()
    for area, grid, officer_id, count in session.execute(statement).all():
        key = visit_key(by, area, grid, officer_id, known)
        if key is not None:
            found[key] += count
    return found


def visit_key(by: str, area: str, grid: str, officer_id: int | None, known: Names) -> str | None:
    """The group a contact belongs to; None where it is nobody's."""
    if by == "area":
        return known.top(area) if area else NOBODY
    if by == "grid":
        return f"{area or NOBODY}|{grid}"
    return str(officer_id) if by == "officer" and officer_id is not None else None
