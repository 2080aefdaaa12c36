"""Officers, coordinators and enterprises as lines of a list."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app.directory.columns import GONE
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.panel.paging import Page, paged
from app.panel.scope import enterprises_in, officers_in, subtree

OFFICERS = "/admin/officers"
ENTERPRISES = "/admin/enterprises"


@dataclass(frozen=True)
class OfficerRow:
    """One officer with how many enterprises he serves."""

    officer: Officer
    area: str
    enterprises: int


@dataclass(frozen=True)
class EnterpriseRow:
    """One enterprise with who serves it."""

    enterprise: Enterprise
    area: str
    officer: str


def officers(
    session: Session, *, words: str, area: str, codes: frozenset[str] | None, number: int | None
) -> Page[OfficerRow]:
    """One page of active officers."""
    served = (
        select(col(Assignment.officer_id), func.count().label("count"))
        .where(col(Assignment.until).is_(None))
        .group_by(col(Assignment.officer_id))
        .subquery()
    )
    statement = (
        select(Officer, col(Area.name), served.c.count)
        .outerjoin(Area, col(Area.code) == col(Officer.area_code))
        .outerjoin(served, served.c.officer_id == col(Officer.id))
        .where(col(Officer.is_active), officers_in(codes))
        .order_by(col(Officer.area_code), col(Officer.staff_no))
    )
    if area:
        statement = statement.where(col(Officer.area_code).in_(subtree(session, area)))
    for word in words.split()[:4]:
        columns = (
            col(Officer.name),
            col(Officer.staff_no),
            col(Officer.duty),
            col(Officer.unit),
            col(Area.name),
        )
        statement = statement.where(or_(*(column.contains(word, autoescape=True) for column in columns)))
    query: Mapping[str, str] = {"q": words, "area": area}
    page = paged(session, statement, number=number, path=OFFICERS, query=query)
    rows = [OfficerRow(officer, name or "", count or 0) for officer, name, count in page.rows]
    return Page(rows, page.number, page.total, page.path, page.query)


def coordinators(session: Session, words: str) -> list[tuple[Coordinator, str]]:
    """Active coordinators with their department's name."""
    statement = (
        select(Coordinator, col(Department.name))
        .join(Department, col(Department.id) == col(Coordinator.department_id))
        .where(col(Coordinator.is_active))
        .order_by(col(Department.id), col(Coordinator.id))
    )
    for word in words.split()[:4]:
        columns = (col(Coordinator.name), col(Coordinator.expertise), col(Department.name))
        statement = statement.where(or_(*(column.contains(word, autoescape=True) for column in columns)))
    return [(person, department) for person, department in session.execute(statement).all()]


def enterprises(
    session: Session,
    *,
    words: str,
    area: str,
    is_unserved: bool,
    codes: frozenset[str] | None,
    number: int | None,
) -> Page[EnterpriseRow]:
    """One page of enterprises; `is_unserved` keeps those whom nobody serves and who still exist."""
    statement = (
        select(Enterprise, col(Area.name), col(Officer.name))
        .outerjoin(Area, col(Area.code) == col(Enterprise.area_code))
        .outerjoin(
            Assignment,
            (col(Assignment.enterprise_id) == col(Enterprise.id)) & col(Assignment.until).is_(None),
        )
        .outerjoin(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(enterprises_in(codes))
        .order_by(col(Enterprise.id))
    )
    if is_unserved:
        statement = statement.where(col(Assignment.id).is_(None), col(Enterprise.status).not_in(GONE))
    if area:
        statement = statement.where(col(Enterprise.area_code).in_(subtree(session, area)))
    for word in words.split()[:4]:
        columns = (col(Enterprise.name), col(Enterprise.credit_code), col(Enterprise.address))
        statement = statement.where(or_(*(column.contains(word, autoescape=True) for column in columns)))
    query = {"q": words, "area": area, "served": "no" if is_unserved else ""}
    page = paged(session, statement, number=number, path=ENTERPRISES, query=query)
    rows = [EnterpriseRow(enterprise, name or "", officer or "") for enterprise, name, officer in page.rows]
    return Page(rows, page.number, page.total, page.path, page.query)
