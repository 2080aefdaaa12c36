"""What another system may read: its own orders, and nothing of anybody else's."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.api.faults import Unprocessable
from app.api.keys import Caller
from app.api.schemas import EnterpriseOut, TicketList, TicketOut, TimelineOut, in_our_time
from app.errors import NotFound
from app.tickets import describing, parties, service
from app.tickets.lifecycle import STATUS_NAMES, Status
from app.tickets.models import Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Rules

PER_PAGE = 50
LONGEST_ID = 18


def one(session: Session, caller: Caller, number: str, *, rules: Rules, now: datetime) -> TicketOut:
    """A ticket by our number; NotFound for a number that is not this system's, too."""
    statement = _own(caller).where(Ticket.number == number)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound(f"没有单号为 {number} 的工单，或它不是贵方来单")
    return shown(session, row[0], row[1], rules=rules, now=now)


def many(
    session: Session,
    caller: Caller,
    *,
    channel: str,
    status: str,
    updated_since: datetime | None,
    cursor: str,
    rules: Rules,
    now: datetime,
) -> TicketList:
    """One page of a system's tickets, those that changed first coming first.

    The order is (last change, id), so that a client which goes on from its last cursor misses no change.
    """
    statement = _own(caller)
    if channel:
        statement = statement.where(Ticket.channel == channel)
    if status:
        if status not in set(Status):
            raise Unprocessable([("status", "没有这个状态，可用：" + "、".join(Status))])
        statement = statement.where(Ticket.status == status)
    if updated_since is not None:
        statement = statement.where(col(Ticket.last_activity_at) >= updated_since.astimezone(UTC))
    if cursor:
        at, after = _read_cursor(cursor)
        later = and_(col(Ticket.last_activity_at) == at, col(Ticket.id) > after)
        statement = statement.where(or_(col(Ticket.last_activity_at) > at, later))
    ordered = statement.order_by(col(Ticket.last_activity_at), col(Ticket.id))
    rows = session.exec(ordered.limit(PER_PAGE + 1)).all()
    page = rows[:PER_PAGE]
    items = [shown(session, ticket, order, rules=rules, now=now) for ticket, order in page]
    return TicketList(items=items, next_cursor=_cursor(page[-1][0]) if len(rows) > PER_PAGE else "")


def shown(session: Session, ticket: Ticket, order: OutsideOrder, *, rules: Rules, now: datetime) -> TicketOut:
    """A ticket as its system sees it: the public timeline, names of units and officers, no private numbers."""
    facts = describing.describe(session, ticket, rules=rules, now=now)
    enterprise = parties.enterprise(session, ticket.enterprise_id)
    timeline = service.timeline(session, ticket, is_public=True)
    return TicketOut(
        number=ticket.number,
        external_number=order.external_number,
        channel=ticket.channel,
        status=facts.status.value,
        status_name=STATUS_NAMES[facts.status],
        category=ticket.category,
        title=ticket.title,
        enterprise=EnterpriseOut(name=enterprise.name if enterprise else "", matched=enterprise is not None),
        step=facts.step_name,
        holder=facts.holder.short,
        opened_at=ticket.opened_at,
        updated_at=ticket.last_activity_at,
        due_on=facts.due_on,
        due_is_provisional=facts.is_provisional,
        outside_due_at=order.due_at,
        outside_status=_in_their_words(ticket, order, rules),
        result_kind=ticket.result_kind,
        result=ticket.result,
        satisfaction=facts.score,
        timeline=[
            TimelineOut(at=item.at, title=item.title, who=item.who, note=item.note) for item in timeline
        ],
    )


def _in_their_words(ticket: Ticket, order: OutsideOrder, rules: Rules) -> str:
    system = rules.profile.system(order.system)
    if system is None:
        return ""
    return system.state_of(ticket.status, is_confirmed=order.confirmed_at is not None)


def _own(caller: Caller) -> Any:
    return (
        select(Ticket, OutsideOrder)
        .join(OutsideOrder, col(OutsideOrder.ticket_id) == col(Ticket.id))
        .where(OutsideOrder.system == caller.system)
    )


def _cursor(ticket: Ticket) -> str:
    plain = f"{ticket.last_activity_at.isoformat()}|{ticket.id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, number = plain.split("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not number.isdecimal() or len(number) > LONGEST_ID:
            raise ValueError(at)
        return in_our_time(moment), int(number)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise Unprocessable([("cursor", "不是上一页给出的 next_cursor，请从第一页重新读")]) from None
