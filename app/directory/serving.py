"""Who serves an enterprise, repeated on the enterprise itself: lists of 100,000 are narrowed by it on an index.

The running assignments say who serves whom; this column only repeats them. Whoever writes an assignment calls
`repeat` in the same transaction, and `drift` finds where somebody did not.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlmodel import Session, col

from app.directory.changes import batches
from app.directory.models import Assignment, Enterprise


def repeat(session: Session, officers: Mapping[int, int | None]) -> None:
    """From now on these enterprises (by id) are served by these officers; None: by nobody."""
    statement = (
        update(Enterprise)
        .where(col(Enterprise.id) == bindparam("row_id"))
        .values(officer_id=bindparam("serving_id"))
    )
    rows = ({"row_id": number, "serving_id": officer} for number, officer in officers.items())
    for batch in batches(rows):
        session.connection().execute(statement, batch)


def drift(session: Session) -> int:
    """How many enterprises say otherwise than their assignments; 0 unless something wrote past this module."""
    return session.scalar(select(func.count()).select_from(Enterprise).where(_differs())) or 0


def repair(session: Session) -> int:
    """Let every enterprise say what its assignments say; how many did not."""
    statement = select(col(Enterprise.id), _running_officer()).where(_differs())
    found = {number: officer for number, officer in session.execute(statement).all() if number is not None}
    repeat(session, found)
    return len(found)


def _running_officer() -> ColumnElement[int | None]:
    return (
        select(col(Assignment.officer_id))
        .where(col(Assignment.enterprise_id) == col(Enterprise.id), col(Assignment.until).is_(None))
        .scalar_subquery()
    )


def _differs() -> ColumnElement[bool]:
    return func.coalesce(col(Enterprise.officer_id), 0) != func.coalesce(_running_officer(), 0)
