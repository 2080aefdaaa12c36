"""Queries about tickets and what hangs on them; no decisions, no writes."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_
from sqlmodel import Session, col, select

from app.directory.models import (
    Contact,
    Coordinator,
)
from app.outbox.models import OutboxMessage
from app.tickets import parties
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


def attachments(session: Session, ticket_id: int | None) -> list[Attachment]:
    """The pictures and files that hang on a ticket, oldest first."""
    statement = select(Attachment).where(col(Attachment.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(Attachment.id))))


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


def is_late(day: date, *, pauses: bool) -> ColumnElement[bool]:
    """Live and past the promised day while the clock ran: also one that was late before it was stopped (C8, C9).

    `pauses`: whether the profile stops the clock while we wait for the enterprise.
    """
    late = and_(col(Ticket.status).in_(LIVE), col(Ticket.due_on) < day)
    stopped_on = col(Ticket.waiting_since)
    return and_(late, or_(stopped_on.is_(None), col(Ticket.due_on) < stopped_on)) if pauses else late


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
    ids = parties.acting_officer_ids(session, int(actor.id), today)
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
