"""What part of the district a user may see: an area leader the own area and what lies below it, a department's
clerk what that department works on."""

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, true, union_all
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from app.directory.models import Area, Coordinator, Department, Enterprise, Officer
from app.panel.models import User
from app.panel.roles import Role
from app.tickets.models import CoHandler, Ticket


class OfDepartment(frozenset[str]):
    """No area at all, so that whatever knows areas only shows nothing; but the tickets of one department.

    Equal to the same department's only: whatever is kept by scope must not mistake one for another."""

    department_id: int

    def __new__(cls, department_id: int) -> "OfDepartment":
        """`department_id` 0: nobody's."""
        scope = super().__new__(cls)
        scope.department_id = department_id
        return scope

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OfDepartment) and other.department_id == self.department_id

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((OfDepartment, self.department_id))


def area_codes(session: Session, user: User) -> frozenset[str] | None:
    """The area codes a user is confined to; None: the whole district. A department's clerk gets `OfDepartment`."""
    if user.role == Role.DEPARTMENT:
        return OfDepartment(department_of(session, user) or 0)
    return subtree(session, user.area_code) if user.role == Role.LEADER else None


def department_of(session: Session, user: User) -> int | None:
    """The department of a clerk's coordinator, while that person is on its list."""
    person = session.get(Coordinator, user.coordinator_id) if user.coordinator_id else None
    return person.department_id if person is not None and person.is_active else None


def subtree(session: Session, code: str) -> frozenset[str]:
    """An area and everything below it; a stray circle in the data ends the walk."""
    children: dict[str, list[str]] = {}
    for child, parent in session.execute(select(Area.code, Area.parent_code)).all():
        children.setdefault(parent or "", []).append(child)
    found: set[str] = set()
    waiting = [code] if code else []
    while waiting:
        area = waiting.pop()
        if area not in found:
            found.add(area)
            waiting += children.get(area, [])
    return frozenset(found)


def tickets_in(codes: frozenset[str] | None) -> ColumnElement[bool]:
    """Tickets of enterprises in these areas, or held or answered for by officers there; a department's: held by it
    or helped with. Looks at one ticket at a time: see `ids_in` for all of them."""
    if codes is None:
        return true()
    if isinstance(codes, OfDepartment):
        return col(Ticket.id).in_(ids_in(codes))
    officers = select(Officer.id).where(col(Officer.area_code).in_(codes))
    place = select(Enterprise.area_code).where(col(Enterprise.id) == col(Ticket.enterprise_id))
    return or_(
        col(Ticket.officer_id).in_(officers),
        col(Ticket.first_responder_id).in_(officers),
        # Looked up, not EXISTS: PostgreSQL would read every enterprise of the areas for a list of 25 tickets.
        place.correlate(Ticket).scalar_subquery().in_(codes),
    )


def ids_in(codes: frozenset[str]) -> CompoundSelect[int]:
    """The same tickets, put together from the index of every condition; some come twice."""
    ids = sa_select(col(Ticket.id))
    if isinstance(codes, OfDepartment):
        return union_all(ids.where(col(Ticket.department_id) == codes.department_id), _helped(codes))
    officers = select(Officer.id).where(col(Officer.area_code).in_(codes))
    of_enterprise = col(Enterprise.id) == col(Ticket.enterprise_id)
    return union_all(
        ids.join_from(Enterprise, Ticket, of_enterprise).where(col(Enterprise.area_code).in_(codes)),
        ids.where(col(Ticket.officer_id).in_(officers)),
        ids.where(col(Ticket.first_responder_id).in_(officers)),
    )


def _helped(codes: OfDepartment) -> Select[int]:
    return sa_select(col(CoHandler.ticket_id)).where(
        col(CoHandler.department_id) == codes.department_id, col(CoHandler.until).is_(None)
    )


def enterprises_in(codes: frozenset[str] | None) -> ColumnElement[bool]:
    """Enterprises of these areas."""
    return true() if codes is None else col(Enterprise.area_code).in_(codes)


def officers_in(codes: frozenset[str] | None) -> ColumnElement[bool]:
    """Officers of these areas."""
    return true() if codes is None else col(Officer.area_code).in_(codes)


def scope_text(session: Session, user: User) -> str:
    """The part of the district in words: the area, the department with its person, or all of it."""
    if user.role == Role.LEADER:
        area = session.get(Area, user.area_code)
        return area.name if area is not None else "片区已不在名录里"
    if user.role != Role.DEPARTMENT:
        return "全区"
    person = session.get(Coordinator, user.coordinator_id) if user.coordinator_id else None
    unit = session.get(Department, person.department_id) if person is not None and person.is_active else None
    return f"{unit.name} · {person.name}" if person is not None and unit is not None else "专员已不在名单里"
