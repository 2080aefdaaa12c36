"""Officers, and departments with their coordinators, as lines of a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, col

from app.clock import local_date
from app.directory.models import Area, Coordinator, Department, Enterprise, Officer
from app.panel.paging import Page, paged
from app.panel.scope import officers_in, subtree
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket

OFFICERS = "/admin/officers"
STATES = {"": "不限", "away": "不在岗的", "unbound": "没绑定微信的", "idle": "没有服务企业的"}


@dataclass(frozen=True)
class OfficerRow:
    """One officer with how many enterprises he serves."""

    officer: Officer
    area: str
    enterprises: int


@dataclass(frozen=True)
class DepartmentRow:
    """One department, its coordinators, and how many live tickets it holds."""

    department: Department
    people: Sequence[Coordinator]
    live: int


def away_on(day: date) -> ColumnElement[bool]:
    """Officers who are not there on this day."""
    return and_(
        col(Officer.away_from) <= day,
        or_(col(Officer.away_until).is_(None), col(Officer.away_until) >= day),
    )


def officers(
    session: Session,
    *,
    words: str,
    area: str,
    state: str = "",
    now: datetime,
    codes: frozenset[str] | None,
    number: int | None,
) -> Page[OfficerRow]:
    """One page of active officers; `state` is a key of STATES."""
    statement = (
        select(Officer, col(Area.name))
        .outerjoin(Area, col(Area.code) == col(Officer.area_code))
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
    if state == "away":
        statement = statement.where(away_on(local_date(now)))
    elif state == "unbound":
        statement = statement.where(col(Officer.openid).is_(None))
    elif state == "idle":
        statement = statement.where(~exists().where(col(Enterprise.officer_id) == col(Officer.id)))
    query: Mapping[str, str] = {"q": words, "area": area, "state": state}
    page = paged(session, statement, number=number, path=OFFICERS, query=query)
    served = _served(session, [officer.id for officer, _ in page.rows])
    rows = [OfficerRow(officer, name or "", served.get(officer.id, 0)) for officer, name in page.rows]
    return Page(rows, page.number, page.total, page.path, page.query)


def _served(session: Session, ids: Sequence[int | None]) -> dict[int | None, int]:
    """How many enterprises each of these officers serves: for the page's rows only."""
    statement = (
        select(col(Enterprise.officer_id), func.count())
        .where(col(Enterprise.officer_id).in_(ids))
        .group_by(col(Enterprise.officer_id))
    )
    return {row[0]: row[1] for row in session.execute(statement).all()}


def departments(session: Session, words: str) -> list[DepartmentRow]:
    """Active departments; words must all be in what is known of the department and its coordinators."""
    people: dict[int, list[Coordinator]] = {}
    statement = select(Coordinator).where(col(Coordinator.is_active)).order_by(col(Coordinator.id))
    for person in session.scalars(statement):
        people.setdefault(person.department_id, []).append(person)
    live = _live(session)
    rows = session.scalars(
        select(Department).where(col(Department.is_active)).order_by(col(Department.id))
    ).all()
    found = [DepartmentRow(row, people.get(row.id or 0, []), live.get(row.id, 0)) for row in rows]
    return [row for row in found if all(word in _text(row) for word in words.split()[:4])]


def department_names(session: Session) -> list[tuple[int | None, str]]:
    """Active departments (id, name) to choose from."""
    statement = select(col(Department.id), col(Department.name)).where(col(Department.is_active))
    return [(row[0], row[1]) for row in session.execute(statement.order_by(col(Department.id))).all()]


def _live(session: Session) -> dict[int | None, int]:
    """Live tickets by the department that holds them."""
    statement = (
        select(col(Ticket.department_id), func.count())
        .where(col(Ticket.status).in_(LIVE), col(Ticket.department_id).is_not(None))
        .group_by(col(Ticket.department_id))
    )
    return {row[0]: row[1] for row in session.execute(statement).all()}


def _text(row: DepartmentRow) -> str:
    who = " ".join(f"{person.name} {person.expertise}" for person in row.people)
    return f"{row.department.name} {row.department.industries} {who}"
