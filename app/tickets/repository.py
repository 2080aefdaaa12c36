"""Queries about tickets and the people around them; no decisions, no writes."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_
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
from app.outbox.models import OutboxMessage
from app.tickets import contacting
from app.tickets.assignment import OfficerFacts
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Attachment, CoHandler, Rating, Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind

# Built once: every ticket that is opened or shown asks these, and building them takes longer than running them.
_CURRENT_RATING = select(Rating).where(
    col(Rating.ticket_id) == bindparam("ticket_id"), col(Rating.is_current)
)
_REMINDED = select(TicketEvent.data).where(
    col(TicketEvent.ticket_id) == bindparam("ticket_id"), col(TicketEvent.kind) == "reminded"
)
SENT_BY_US = (contacting.Contact.SURVEY.value, contacting.Contact.POLICY.value)


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
    """The officer and everyone he stands in for today."""
    statement = select(Officer).where(col(Officer.stand_in_id) == officer_id, col(Officer.away_from) <= today)
    absent = [officer for officer in session.exec(statement) if (officer.away_until or today) >= today]
    return {officer_id} | {officer.id for officer in absent if officer.id is not None}


def coordinators(session: Session, department_id: int) -> list[Coordinator]:
    """The active coordinators of a department, those whom a message reaches first."""
    statement = select(Coordinator).where(
        col(Coordinator.department_id) == department_id, col(Coordinator.is_active)
    )
    found = list(session.exec(statement.order_by(col(Coordinator.id))))
    return sorted(found, key=lambda person: person.openid is None)


def departments(session: Session) -> list[Department]:
    """Departments that can be summoned."""
    return list(
        session.exec(select(Department).where(col(Department.is_active)).order_by(col(Department.id)))
    )


_DEPARTMENT_NAMES = select(Department.name).where(col(Department.is_active)).order_by(col(Department.id))


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


def attachment_count(session: Session, ticket_id: int | None) -> int:
    """How many pictures and files hang on a ticket."""
    return session.exec(select(func.count()).where(col(Attachment.ticket_id) == ticket_id)).one()


def visits_since(session: Session, enterprise_id: int, since: datetime) -> int:
    """How often somebody visited or called the enterprise; messages that we sent are not among them."""
    statement = select(func.count()).where(
        col(Visit.enterprise_id) == enterprise_id,
        col(Visit.at) >= since,
        col(Visit.channel).not_in(SENT_BY_US),
    )
    return session.exec(statement).one()


def live_tickets(session: Session, enterprise_id: int, *, besides: int | None) -> int:
    """How many other tickets of this enterprise are being worked on."""
    statement = select(func.count()).where(
        col(Ticket.enterprise_id) == enterprise_id, col(Ticket.status).in_(LIVE), col(Ticket.id) != besides
    )
    return session.exec(statement).one()


def merged_into(session: Session, ticket_id: int | None) -> list[Ticket]:
    """Tickets whose people follow this one since they were merged into it."""
    if ticket_id is None:
        return []
    statement = select(Ticket).where(col(Ticket.duplicate_of_id) == ticket_id)
    return list(session.exec(statement.order_by(col(Ticket.id))))


def follows(session: Session, openid: str, ticket: Ticket) -> bool:
    """Whether this person's own ticket was merged into this one."""
    return any(item.openid == openid for item in merged_into(session, ticket.id))


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


def current_rating(session: Session, ticket_id: int | None) -> Rating | None:
    """What the enterprise thinks of the ticket now."""
    return session.scalars(_CURRENT_RATING, {"ticket_id": ticket_id}).first()


def closed_unrated(session: Session, openid: str, since: datetime) -> list[Ticket]:
    """A person's own tickets filed since then that were never rated, newest first; merged ones are not among them."""
    rated = select(Rating.id).where(col(Rating.ticket_id) == col(Ticket.id)).exists()
    statement = select(Ticket).where(
        col(Ticket.openid) == openid,
        col(Ticket.status) == Status.CLOSED,
        col(Ticket.closed_at) >= since,
        col(Ticket.duplicate_of_id).is_(None),
        ~rated,
    )
    return list(session.exec(statement.order_by(col(Ticket.id).desc()).limit(3)))


def rated_since(session: Session, openid: str, since: datetime) -> list[tuple[Ticket, Rating]]:
    """A person's own tickets with the current rating, where that is younger than this; the last rated first."""
    statement = (
        select(Ticket, Rating)
        .join(Rating, col(Rating.ticket_id) == col(Ticket.id))
        .where(
            col(Ticket.openid) == openid,
            col(Rating.openid) == openid,
            col(Rating.is_current),
            col(Rating.at) > since,
        )
        .order_by(col(Rating.id).desc())
    )
    return list(session.exec(statement).all())


def events(session: Session, ticket_id: int) -> list[TicketEvent]:
    """The timeline, oldest first."""
    statement = select(TicketEvent).where(col(TicketEvent.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(TicketEvent.id))))


def last_event(session: Session, ticket_id: int, *kinds: str) -> TicketEvent | None:
    """The newest event, or the newest of these kinds."""
    statement = select(TicketEvent).where(col(TicketEvent.ticket_id) == ticket_id)
    if kinds:
        statement = statement.where(col(TicketEvent.kind).in_(kinds))
    return session.exec(statement.order_by(col(TicketEvent.id).desc())).first()


def reminded_keys(session: Session, ticket_id: int) -> set[str]:
    """Keys of the reminders already done."""
    found = session.scalars(_REMINDED, {"ticket_id": ticket_id})
    return {key for data in found for key in data.get("keys", [])}


def result_messages(session: Session, ticket: Ticket) -> list[OutboxMessage]:
    """The pushes that tell the enterprise the result of the latest resolution."""
    statement = select(OutboxMessage).where(
        col(OutboxMessage.ticket_id) == ticket.id,
        col(OutboxMessage.kind) == "ticket_resolved",
        col(OutboxMessage.openid) == ticket.openid,
        col(OutboxMessage.created_at) >= ticket.resolved_at,
    )
    return list(session.exec(statement))


def due_tickets(session: Session, now: datetime, limit: int) -> list[Ticket]:
    """Tickets the worker must look at, the longest waiting first."""
    statement = select(Ticket).where(col(Ticket.next_step_at) <= now)
    return list(session.exec(statement.order_by(col(Ticket.next_step_at)).limit(limit)))


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket with this full number."""
    return session.exec(select(Ticket).where(col(Ticket.number) == number)).first()


def visible_to(session: Session, actor: Actor, today: date) -> ColumnElement[bool] | None:
    """The condition for tickets this actor may see; None: all of them."""
    if actor.kind in (ActorKind.HUB, ActorKind.SYSTEM):
        return None
    if actor.kind is ActorKind.ENTERPRISE:
        return _of_contact(actor.id)
    if actor.kind is ActorKind.COORDINATOR:
        coordinator = session.get(Coordinator, int(actor.id))
        if coordinator is None or not coordinator.is_active:
            return false()
        return _of_department(coordinator.department_id)
    ids = acting_officer_ids(session, int(actor.id), today)
    return or_(col(Ticket.officer_id).in_(ids), col(Ticket.first_responder_id).in_(ids))


def tickets(
    session: Session,
    condition: ColumnElement[bool] | None,
    *,
    statuses: Collection[Status] = tuple(Status),
    suffix: str = "",
    limit: int = 50,
) -> list[Ticket]:
    """Tickets under a condition, newest first."""
    statement = select(Ticket).where(col(Ticket.status).in_(statuses))
    if condition is not None:
        statement = statement.where(condition)
    if suffix:
        statement = statement.where(col(Ticket.number).endswith(suffix, autoescape=True))
    return list(session.exec(statement.order_by(col(Ticket.id).desc()).limit(limit)))


def _of_department(department_id: int) -> ColumnElement[bool]:
    """What a department holds or works on beside the holder (C3)."""
    beside = select(CoHandler.ticket_id).where(
        col(CoHandler.department_id) == department_id, col(CoHandler.until).is_(None)
    )
    holds = and_(col(Ticket.holder_kind) == "department", col(Ticket.department_id) == department_id)
    return or_(holds, col(Ticket.id).in_(beside))


def _of_contact(openid: str) -> ColumnElement[bool]:
    """A person's own tickets and, once both are verified, those of colleagues in the enterprise (design §3)."""
    verified = select(Contact.enterprise_id).where(
        col(Contact.openid) == openid,
        col(Contact.ended_at).is_(None),
        col(Contact.verified_at).is_not(None),
    )
    opener_is_verified = (
        select(Contact.id)
        .where(
            col(Contact.openid) == col(Ticket.openid),
            col(Contact.enterprise_id) == col(Ticket.enterprise_id),
            col(Contact.ended_at).is_(None),
            col(Contact.verified_at).is_not(None),
        )
        .exists()
    )
    shared = and_(col(Ticket.enterprise_id).in_(verified), opener_is_verified)
    return or_(col(Ticket.openid) == openid, shared)
