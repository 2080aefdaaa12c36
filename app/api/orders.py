"""Open orders of a channel with the other side's deadline beside ours (C2, BH 2(2)4)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.clock import local_date
from app.tickets import describing
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Rules


@dataclass(frozen=True)
class OpenOrder:
    """One open order. `outside_due_at` None: the other side named no deadline."""

    number: str
    external_number: str
    system: str
    status: str
    holder: str
    enterprise: str
    opened_on: date
    due_on: date
    outside_due_at: datetime | None
    is_late: bool
    is_late_outside: bool
    is_supervised: bool
    returned_count: int


def open_orders(session: Session, *, channel: str, rules: Rules, now: datetime) -> list[OpenOrder]:
    """Every open ticket of the channel, whichever way it came in, the one that is due first anywhere first."""
    statement = (
        select(Ticket, OutsideOrder)
        .join(OutsideOrder, col(OutsideOrder.ticket_id) == col(Ticket.id), isouter=True)
        .where(Ticket.channel == channel, col(Ticket.status).in_(LIVE))
        .order_by(col(Ticket.due_on), col(Ticket.id))
    )
    found = [
        _open_order(session, ticket, order, rules, now) for ticket, order in session.exec(statement).all()
    ]
    return sorted(found, key=lambda item: min(item.due_on, _day(item.outside_due_at) or item.due_on))


def _open_order(
    session: Session, ticket: Ticket, order: OutsideOrder | None, rules: Rules, now: datetime
) -> OpenOrder:
    facts = describing.describe(session, ticket, rules=rules, now=now)
    outside_due_at = order.due_at if order is not None else None
    return OpenOrder(
        number=ticket.number,
        external_number=ticket.external_number,
        system=order.system if order is not None else "",
        status=facts.status_name,
        holder=facts.holder.short,
        enterprise=facts.enterprise,
        opened_on=local_date(ticket.opened_at),
        due_on=ticket.due_on,
        outside_due_at=outside_due_at,
        is_late=facts.due_on < local_date(now),
        is_late_outside=outside_due_at is not None and outside_due_at < now,
        is_supervised=ticket.supervised_at is not None,
        returned_count=ticket.returned_count,
    )


def _day(moment: datetime | None) -> date | None:
    return local_date(moment) if moment is not None else None
