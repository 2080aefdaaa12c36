"""What part of the district a user may see: an area leader only the own area and what lies below it."""

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from app.directory.models import Area, Enterprise, Officer
from app.panel.models import User
from app.panel.roles import Role
from app.tickets.models import Ticket


def area_codes(session: Session, user: User) -> frozenset[str] | None:
    """The area codes a user is confined to; None: the whole district."""
    return subtree(session, user.area_code) if user.role == Role.LEADER else None


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
    """Tickets of enterprises in these areas, or held or answered for by officers there."""
    if codes is None:
        return true()
    officers = select(Officer.id).where(col(Officer.area_code).in_(codes))
    enterprises = select(Enterprise.id).where(col(Enterprise.area_code).in_(codes))
    return or_(
        col(Ticket.enterprise_id).in_(enterprises),
        col(Ticket.officer_id).in_(officers),
        col(Ticket.first_responder_id).in_(officers),
    )


def enterprises_in(codes: frozenset[str] | None) -> ColumnElement[bool]:
    """Enterprises of these areas."""
    return true() if codes is None else col(Enterprise.area_code).in_(codes)


def officers_in(codes: frozenset[str] | None) -> ColumnElement[bool]:
    """Officers of these areas."""
    return true() if codes is None else col(Officer.area_code).in_(codes)
