"""Who serves an area and how to reach them: what an enterprise may know (mission A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.directory.lookup import is_away
from app.directory.models import Area, Officer


@dataclass(frozen=True)
class PublicOfficer:
    """An officer's public face; `phone` is the published one, never the private one."""

    name: str
    place: str
    duty: str
    phone: str
    stand_in: str


@dataclass(frozen=True)
class AreaView:
    """One area with its parts and people."""

    area: Area
    parent: Area | None
    parts: Sequence[Area]
    officers: Sequence[PublicOfficer]


def area_view(session: Session, code: str, today: date) -> AreaView | None:
    """The area with the officers of it and of what lies directly below; None if it does not exist."""
    area = session.get(Area, code)
    if area is None or not area.is_active:
        return None
    parts = session.exec(
        select(Area).where(Area.parent_code == code, col(Area.is_active)).order_by(col(Area.code))
    ).all()
    names = {part.code: part.name for part in parts}
    rows = _officers(session, col(Officer.area_code).in_([code, *names]))
    if area.parent_code:
        rows = _of_part(session, area, rows)
    parent = session.get(Area, area.parent_code) if area.parent_code else None
    officers = [_public(session, row, names.get(row.area_code or "", ""), today) for row in rows]
    return AreaView(area, parent, parts, officers)


def _of_part(session: Session, area: Area, listed: list[Officer]) -> list[Officer]:
    """A roster may name a grid in its second column only; a part with nobody of its own has the whole area's."""
    above = _officers(session, col(Officer.area_code) == area.parent_code)
    own = [row for row in above if row.grid in (area.name, area.code)]
    everybody = sorted([*listed, *own], key=lambda row: row.staff_no)
    return everybody or [row for row in above if not row.grid]


def _officers(session: Session, condition: ColumnElement[bool]) -> list[Officer]:
    statement = select(Officer).where(condition, col(Officer.is_active)).order_by(col(Officer.staff_no))
    return list(session.exec(statement))


def _public(session: Session, officer: Officer, part: str, today: date) -> PublicOfficer:
    stand_in = session.get(Officer, officer.stand_in_id) if is_away(officer, today) else None
    return PublicOfficer(
        name=officer.name,
        place=part or officer.grid,
        duty=officer.duty,
        phone=officer.public_phone,
        stand_in=stand_in.name if stand_in else "",
    )
