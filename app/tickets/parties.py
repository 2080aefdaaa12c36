"""Queries about the people and offices around tickets: who serves, stands in, leads, speaks for whom; no decisions, no writes."""

from datetime import date, datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.directory.models import (
    Area,
    Assignment,
    Contact,
    Coordinator,
    Department,
    Enterprise,
    Officer,
    Visit,
)
from app.districts.profile import Profile
from app.tickets import contacting
from app.tickets.assignment import OfficerFacts
from app.tickets.models import Ticket

SENT_BY_US = (contacting.Contact.SURVEY.value, contacting.Contact.POLICY.value)
_DEPARTMENT_NAMES = select(Department.name).where(col(Department.is_active)).order_by(col(Department.id))


def assigned_officer_id(session: Session, enterprise_id: int) -> int | None:
    """The officer who serves this enterprise now."""
    statement = select(Assignment.officer_id).where(
        col(Assignment.enterprise_id) == enterprise_id, col(Assignment.until).is_(None)
    )
    return session.exec(statement).first()


def officer_chain(session: Session, officer_id: int | None) -> dict[int, OfficerFacts]:
    """An officer, his stand-in, the stand-in's stand-in and so on, each once."""
    facts: dict[int, OfficerFacts] = {}
    while officer_id is not None and officer_id not in facts:
        officer = session.get(Officer, officer_id)
        if officer is None:
            break
        facts[officer_id] = OfficerFacts(
            id=officer_id,
            is_active=officer.is_active,
            is_reachable=officer.openid is not None,
            stand_in_id=officer.stand_in_id,
            away_from=officer.away_from,
            away_until=officer.away_until,
        )
        officer_id = officer.stand_in_id
    return facts


def acting_officer_ids(session: Session, officer_id: int, today: date) -> set[int]:
    """The officer and everyone he stands in for today: also along a chain of stand-ins who are not there (A3)."""
    found, newest = {officer_id}, {officer_id}
    while newest:
        absent = select(Officer).where(
            col(Officer.stand_in_id).in_(newest),
            or_(col(Officer.away_from) <= today, col(Officer.is_active).is_(False)),
        )
        newest = {
            row.id for row in session.exec(absent) if row.id is not None and _is_gone(row, today)
        } - found
        found |= newest
    return found


def _is_gone(officer: Officer, today: date) -> bool:
    return not officer.is_active or (officer.away_until or today) >= today


def coordinators(session: Session, department_id: int) -> list[Coordinator]:
    """The active coordinators of a department, those whom a message reaches first."""
    statement = select(Coordinator).where(
        col(Coordinator.department_id) == department_id, col(Coordinator.is_active)
    )
    found = list(session.exec(statement.order_by(col(Coordinator.id))))
    return sorted(found, key=lambda person: person.openid is None)


def hub_openids(session: Session, profile: Profile) -> list[str]:
    """Who of the hub can be told by chat: coordinators of the bodies that the profile names as hub (E1).

    `政务服务办` of the roster is the profile's `区政务服务办`, too.
    """
    bodies = {profile.hub.name, *profile.hub.duties.values()}
    return [
        person.openid
        for department in departments(session)
        if any(body.endswith(department.name) or department.name.endswith(body) for body in bodies)
        for person in coordinators(session, department.id or 0)
        if person.openid
    ]


def departments(session: Session) -> list[Department]:
    """Departments that can be summoned."""
    return list(
        session.exec(select(Department).where(col(Department.is_active)).order_by(col(Department.id)))
    )


def department_names(session: Session) -> tuple[str, ...]:
    """Their names alone: every message needs them."""
    return tuple(session.connection().execute(_DEPARTMENT_NAMES).scalars())


def area_name(session: Session, code: str | None) -> str:
    """The area's name, empty if there is none."""
    area = session.get(Area, code) if code else None
    return area.name if area else ""


def contact(session: Session, openid: str | None, enterprise_id: int | None) -> Contact | None:
    """The live binding of a person to an enterprise."""
    if openid is None or enterprise_id is None:
        return None
    statement = select(Contact).where(
        col(Contact.openid) == openid,
        col(Contact.enterprise_id) == enterprise_id,
        col(Contact.ended_at).is_(None),
    )
    return session.exec(statement).first()


def shares_enterprise(session: Session, openid: str, ticket: Ticket) -> bool:
    """Whether this person and the opener are both verified contacts of the ticket's enterprise (design §3)."""
    mine = contact(session, openid, ticket.enterprise_id)
    opener = contact(session, ticket.openid, ticket.enterprise_id)
    return bool(mine and mine.verified_at and opener and opener.verified_at)


def enterprise(session: Session, enterprise_id: int | None) -> Enterprise | None:
    """The enterprise of a ticket."""
    return session.get(Enterprise, enterprise_id) if enterprise_id is not None else None


def visits_since(session: Session, enterprise_id: int, since: datetime) -> int:
    """How often somebody visited or called the enterprise; messages that we sent are not among them."""
    statement = select(func.count()).where(
        col(Visit.enterprise_id) == enterprise_id,
        col(Visit.at) >= since,
        col(Visit.channel).not_in(SENT_BY_US),
    )
    return session.exec(statement).one()


def area_leaders(session: Session, ticket: Ticket) -> tuple[str, list[Officer]]:
    """The 分管领导 of the ticket's area or the nearest one above: the name, and who of the roster that is."""
    branch = _areas_upward(session, ticket)
    for n, area in enumerate(branch):
        if area.leader:
            seen = [below.code for below in branch[: n + 1]]
            statement = select(Officer).where(
                col(Officer.name) == area.leader, col(Officer.area_code).in_(seen), col(Officer.is_active)
            )
            return area.leader, list(session.exec(statement))
    return "", []


def district_leader(session: Session, ticket: Ticket) -> str:
    """Who of the district's leaders stands behind it (A9): the enterprise's 包联领导, else the 包保领导 of its area
    or of the nearest one above. Empty where neither is named: the 分管领导 is somebody else."""
    row = enterprise(session, ticket.enterprise_id)
    if row is not None and row.leader:
        return row.leader
    branch = _areas_upward(session, ticket)
    return next((area.district_leader for area in branch if area.district_leader), "")


def _areas_upward(session: Session, ticket: Ticket) -> list[Area]:
    """The area of the enterprise, else of the first responder, and those above it."""
    row = enterprise(session, ticket.enterprise_id)
    officer = session.get(Officer, ticket.first_responder_id) if ticket.first_responder_id else None
    code = (row.area_code if row else None) or (officer.area_code if officer else None)
    found: list[Area] = []
    while code and code not in [area.code for area in found]:
        area = session.get(Area, code)
        if area is None:
            break
        found.append(area)
        code = area.parent_code
    return found
