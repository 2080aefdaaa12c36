"""Requests that are with another system are chased until their result is back (C16).

After so many working days without a result the ticket goes onto the hub's supervision list and who holds it is told;
again after as many more. A person who has asked there writes that down, and the clock starts anew.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.clock import local_date, local_text
from app.errors import NotFound
from app.tickets import describing, staff_notices, telling, watching
from app.tickets.events import write_event
from app.tickets.lifecycle import LIVE, Action
from app.tickets.models import Handoff, Ticket
from app.tickets.values import SYSTEM, Actor, Incomplete, Rules

AT_ONCE = 100


@dataclass(frozen=True)
class Out:
    """One request that is with another system: since when, how often chased, and when it is to be chased."""

    handoff: Handoff
    ticket: Ticket
    chase_on: date
    is_due: bool


def out_everywhere(session: Session, *, destination: str = "", rules: Rules, now: datetime) -> list[Out]:
    """Everything that is out, longest first; of one destination, or of all."""
    statement = (
        select(Handoff, Ticket)
        .join(Ticket, col(Ticket.id) == col(Handoff.ticket_id))
        .where(col(Handoff.returned_at).is_(None), col(Ticket.status).in_(LIVE))
        .order_by(col(Handoff.sent_at), col(Handoff.id))
    )
    if destination:
        statement = statement.where(Handoff.destination == destination)
    return [_out(handoff, ticket, rules, now) for handoff, ticket in session.exec(statement).all()]


def chase_due(session: Session, rules: Rules, now: datetime) -> int:
    """Chase what is due, within office hours; how many. The worker's duty."""
    if not rules.calendar.is_open(now, rules.profile.office_hours):
        return 0
    due = [item for item in out_everywhere(session, rules=rules, now=now) if item.is_due][:AT_ONCE]
    for item in due:
        _remind(session, item, rules, now)
    return len(due)


def note_chased(
    session: Session, handoff_id: int, by: Actor, *, note: str, rules: Rules, now: datetime
) -> Handoff:
    """Somebody asked there; what was said is kept. NotFound once the result is back."""
    row = session.get(Handoff, handoff_id, populate_existing=True)
    if row is None or row.returned_at is not None:
        raise NotFound("这一次转出的结果已经回来了，不用再催")
    if not note.strip():
        raise Incomplete("请写明催办经过，例如：已电话联系，对方答复本周内回", field="note")
    ticket = session.get_one(Ticket, row.ticket_id)
    _chased(session, row, now)
    data = {"destination": row.destination, "count": row.chased_count}
    write_event(session, ticket, "chased", by, now, note=note.strip()[:1000], is_public=False, data=data)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return row


def _out(handoff: Handoff, ticket: Ticket, rules: Rules, now: datetime) -> Out:
    hours, calendar = rules.profile.office_hours, rules.calendar
    since = calendar.received_on(handoff.chased_at or handoff.sent_at, hours)
    day = calendar.add(since, rules.profile.handoffs.chase_working_days)
    return Out(handoff, ticket, day, local_date(now) >= day)


def _remind(session: Session, item: Out, rules: Rules, now: datetime) -> None:
    handoff, ticket = item.handoff, item.ticket
    _chased(session, handoff, now)
    if ticket.supervised_at is None:
        ticket.supervised_at = now
        session.add(ticket)
        write_event(session, ticket, Action.SUPERVISE.value, SYSTEM, now, is_public=False)
    data = {"destination": handoff.destination, "count": handoff.chased_count}
    write_event(session, ticket, "chased", SYSTEM, now, is_public=False, data=data)
    session.flush()
    today = local_date(now)
    openids = telling.holder_openids(session, ticket, today) | telling.responder_openids(
        session, ticket, today
    )
    facts = describing.describe(session, ticket, rules=rules, now=now)
    number = f"（编号 {handoff.outside_number}）" if handoff.outside_number else ""
    notice = staff_notices.still_out(facts, f"{handoff.destination}{number}", local_text(handoff.sent_at))
    key = f"chase{handoff.id}:{handoff.chased_count}"
    telling.push_to_staff(session, ticket, openids, notice, rules=rules, now=now, key=key)


def _chased(session: Session, row: Handoff, now: datetime) -> None:
    row.chased_at, row.chased_count = now, row.chased_count + 1
    session.add(row)
