"""Steps of outside orders find their way back: looked for in the timeline, sent at least once, in order per order.

The timeline is the queue: a step that has no delivery yet gets one, so nothing is forgotten whatever process
wrote the step, and the unique key makes it one.
"""

import logging
import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app import log
from app.api.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from app.api.webhooks.posting import Outcome, check_address
from app.errors import NotFound
from app.tickets.lifecycle import STATUS_NAMES, Action, Status
from app.tickets.models import Ticket, TicketEvent
from app.tickets.outside_models import OutsideOrder

KINDS = {
    Action.ACCEPT: "ticket.accepted",
    Action.SUMMON: "ticket.transferred",
    Action.RAISE: "ticket.transferred",
    Action.RETURN: "ticket.transferred",
    Action.DISPATCH: "ticket.transferred",
    Action.DECIDE: "ticket.transferred",
    Action.HAND_OFF: "ticket.transferred",
    Action.REQUEST_INFO: "ticket.waiting",
    Action.EXTEND: "ticket.extended",
    Action.RESOLVE: "ticket.resolved",
    Action.CLOSE: "ticket.closed",
    Action.CONFIRM: "ticket.closed",
    Action.REOPEN: "ticket.reopened",
}
AT_ONCE = 100
LEASE = timedelta(seconds=60)
BACKOFF = tuple(timedelta(minutes=m) for m in (0.1, 1, 5, 15, 60, 180, 360, 720, 1440, 1440))
GONE = 410


def register(
    session: Session,
    system: str,
    url: str,
    *,
    by: str,
    allows_loopback: bool,
    now: datetime,
    is_checked: bool = False,
) -> WebhookEndpoint:
    """Set a system's address, with a new secret; AddressRefused for one that we do not send to.

    `is_checked`: the caller has asked `check_address` already, before its transaction began.
    """
    if not is_checked:
        check_address(url, allows_loopback=allows_loopback)
    row = session.get(WebhookEndpoint, system) or WebhookEndpoint(
        system=system, url=url, salt="", registered_at=now
    )
    row.url, row.salt, row.registered_at, row.registered_by = url, secrets.token_hex(16), now, by[:64]
    session.add(row)
    session.flush()
    return row


def remove(session: Session, system: str) -> None:
    """Send nothing there any more; NotFound if nothing was."""
    row = session.get(WebhookEndpoint, system)
    if row is None:
        raise NotFound(f"{system} 没有登记回传地址")
    session.delete(row)


def send_again(session: Session, system: str, now: datetime) -> int:
    """Give what was given up another round; how many."""
    done = session.connection().execute(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.system) == system, col(WebhookDelivery.state) == DeliveryState.DEAD)
        .values(state=DeliveryState.NEW, tries=0, due_at=now, lease_until=None)
    )
    return int(done.rowcount)


def collect(session: Session, now: datetime) -> int:
    """Make a delivery of every step of an outside order that has none; how many."""
    known = exists().where(
        col(WebhookDelivery.event_id) == col(TicketEvent.id),
        col(WebhookDelivery.system) == col(OutsideOrder.system),
    )
    statement = (
        select(TicketEvent, Ticket, OutsideOrder)
        .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
        .join(OutsideOrder, col(OutsideOrder.ticket_id) == col(Ticket.id))
        .join(WebhookEndpoint, col(WebhookEndpoint.system) == col(OutsideOrder.system))
        .where(
            col(TicketEvent.kind).in_([action.value for action in KINDS]),
            col(TicketEvent.at) >= col(WebhookEndpoint.registered_at),
            ~known,
        )
        .order_by(col(TicketEvent.id))
        .limit(AT_ONCE)
    )
    rows = session.exec(statement).all()
    for event, ticket, order in rows:
        session.add(_delivery(event, ticket, order, now))
    session.flush()
    return len(rows)


def _delivery(event: TicketEvent, ticket: Ticket, order: OutsideOrder, now: datetime) -> WebhookDelivery:
    """What the receiver reads: the step as it was, the ticket as it stands; no personal data."""
    kind = KINDS[Action(event.kind)]
    note = event.note if event.is_public else ""
    body = {
        "event": kind,
        "at": event.at.isoformat(),
        "number": ticket.number,
        "external_number": order.external_number,
        "status": ticket.status,
        "status_name": STATUS_NAMES[Status(ticket.status)],
        "note": note,
        "result_kind": ticket.result_kind,
        "result": ticket.result,
        "due_on": ticket.due_on.isoformat(),
    }
    return WebhookDelivery(
        delivery_id=str(uuid4()), system=order.system, event_id=event.id or 0, ticket_id=ticket.id or 0,
        kind=kind, body=body, created_at=now, due_at=now,
    )  # fmt: skip


def due(now: datetime) -> SelectOfScalar[WebhookDelivery]:
    """SELECT of the first unsent step of each order, where it is due: a later one waits for it."""
    earlier = select(WebhookDelivery).subquery()
    blocked = exists().where(
        earlier.c.system == col(WebhookDelivery.system),
        earlier.c.ticket_id == col(WebhookDelivery.ticket_id),
        earlier.c.state == DeliveryState.NEW,
        earlier.c.event_id < col(WebhookDelivery.event_id),
    )
    return (
        select(WebhookDelivery)
        .where(_is_free(now), ~blocked)
        .order_by(col(WebhookDelivery.event_id))
        .limit(AT_ONCE)
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(WebhookDelivery.state) == DeliveryState.NEW,
        col(WebhookDelivery.due_at) <= now,
        or_(col(WebhookDelivery.lease_until).is_(None), col(WebhookDelivery.lease_until) <= now),
    )


def claim(session: Session, row: WebhookDelivery, now: datetime) -> bool:
    """Take a delivery for a minute; False if another worker was faster."""
    done = session.connection().execute(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id) == row.id, _is_free(now))
        .values(lease_until=now + LEASE, tries=WebhookDelivery.tries + 1)
    )
    return bool(done.rowcount)


def finish(session: Session, row: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
    """Note what became of it: sent, to be tried again later, or given up."""
    tries = row.tries + 1
    if outcome.is_delivered:
        values = {"state": DeliveryState.SENT, "sent_at": now, "last_error": ""}
        log.event("webhook_sent", system=row.system, kind=row.kind)
    elif outcome.status == GONE or tries > len(BACKOFF):
        values = {"state": DeliveryState.DEAD, "last_error": outcome.error[:200]}
        log.event("webhook_dead", level=logging.WARNING, system=row.system, tries=tries)
    else:
        values = {"due_at": now + BACKOFF[tries - 1], "last_error": outcome.error[:200]}
        log.event("webhook_failed", level=logging.WARNING, system=row.system, tries=tries)
    session.connection().execute(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id) == row.id, col(WebhookDelivery.state) == DeliveryState.NEW)
        .values(lease_until=None, **values)
    )
