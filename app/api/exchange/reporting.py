"""What another system is told of its orders in a file: one row each, in its own words and columns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.api.webhooks.models import WebhookEndpoint
from app.clock import SHANGHAI
from app.districts.outside import OutsideSystem
from app.tickets import describing
from app.tickets.models import Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Rules

MOST = 5000
Order = tuple[Ticket, OutsideOrder]


def find(session: Session, system: str, number: str) -> Order | None:
    """The order of this system with this number of theirs, and its ticket."""
    statement = _orders(system).where(OutsideOrder.external_number == number)
    row = session.exec(statement).first()
    return (row[0], row[1]) if row is not None else None


def changed(session: Session, system: str) -> list[Order]:
    """Orders on which something happened that no file has told yet, oldest change first."""
    is_new = or_(
        col(OutsideOrder.reported_upto).is_(None),
        col(Ticket.last_activity_at) > col(OutsideOrder.reported_upto),
        and_(
            col(OutsideOrder.confirmed_at).is_not(None),
            col(OutsideOrder.confirmed_at) > col(OutsideOrder.reported_upto),
        ),
    )
    ordered = _orders(system).where(is_new).order_by(col(Ticket.last_activity_at), col(Ticket.id))
    return [(row[0], row[1]) for row in session.exec(ordered.limit(MOST)).all()]


def note_told(session: Session, order_id: int, upto: datetime) -> None:
    """Everything until this moment has gone out."""
    order = session.get_one(OutsideOrder, order_id)
    order.reported_upto = upto
    session.add(order)


def upto(order: Order) -> datetime:
    """Until when a row made now tells what happened."""
    ticket, outside = order
    return max(ticket.last_activity_at, outside.confirmed_at or ticket.last_activity_at)


def has_webhook(session: Session, system: str) -> bool:
    """Whether the system hears of every step anyway."""
    return session.get(WebhookEndpoint, system) is not None


def out_row(
    session: Session, system: OutsideSystem, order: Order, *, rules: Rules, now: datetime
) -> Sequence[str]:
    """One row in the order of `system.out`."""
    ticket, outside = order
    facts = describing.describe(session, ticket, rules=rules, now=now)
    value = {
        "external_number": outside.external_number,
        "number": ticket.number,
        "status": system.state_of(ticket.status, is_confirmed=outside.confirmed_at is not None),
        "result_kind": system.results.get(ticket.result_kind, ""),
        "result": ticket.result,
        "holder": facts.holder.short,
        "step": facts.step_name,
        "due_on": ticket.due_on.isoformat(),
        "outside_due_at": in_their_words(system, outside.due_at),
        "changed_at": in_their_words(system, upto(order)),
    }
    return [value[field] for field in system.out.values()]


def in_their_words(system: OutsideSystem, moment: datetime | None) -> str:
    """A moment as that system writes one."""
    return moment.astimezone(SHANGHAI).strftime(system.date_formats[0]) if moment is not None else ""


def _orders(system: str) -> Any:
    return (
        select(Ticket, OutsideOrder)
        .join(OutsideOrder, col(OutsideOrder.ticket_id) == col(Ticket.id))
        .where(OutsideOrder.system == system)
    )
