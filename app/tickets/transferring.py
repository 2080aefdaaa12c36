"""Everything of an officer who leaves or changes area goes to another one, in one action of the hub."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app import audit
from app.clock import local_date
from app.directory import handover
from app.directory.changes import Author
from app.directory.models import Officer
from app.errors import Conflict
from app.tickets import describing, staff_notices, telling, watching
from app.tickets.changes import Case, apply
from app.tickets.events import write_event
from app.tickets.lifecycle import FINAL, LIVE, Action, IllegalAction, Status
from app.tickets.models import Ticket
from app.tickets.performing import perform
from app.tickets.values import Actor, Rules


@dataclass(frozen=True)
class Transferred:
    """How much went over: enterprises served, tickets held, tickets followed as 首问责任人."""

    enterprises: int
    held: int
    followed: int


def transfer_officer(
    session: Session, from_id: int, to_id: int, *, leaves: bool, by: Actor, rules: Rules, now: datetime
) -> Transferred:
    """Enterprises, live tickets and the duty of the first responder; `leaves`: also unbound and off the roster.

    `by` is somebody of the hub. Raises NotFound or Conflict before anything is written.
    """
    leaving, taking = handover.two_officers(session, from_id, to_id)
    author = Author(f"{by.kind.value}:{by.id}", now, reason=handover.RULE)
    enterprises = handover.hand_over_enterprises(session, leaving, taking, author)
    held = [ticket for ticket in _live(session) if ticket.officer_id == leaving.id]
    for ticket in held:
        _hand_over(session, ticket, leaving, taking, by=by, rules=rules, now=now)
    followed = _followed(session, leaving)
    words = f"首问责任由{leaving.name}移交给您"
    moved = [item for item in followed if _follow(session, item, taking, words, by=by, rules=rules, now=now)]
    if leaves:
        handover.retire(session, leaving, taking, now)
    audit.record(
        session,
        at=now,
        actor_kind=by.kind.value,
        actor=by.id,
        action="officer.transfer",
        target=f"officer:{leaving.id}",
        detail={"to": taking.id, "enterprises": enterprises, "tickets": len(moved), "leaves": leaves},
    )
    return Transferred(enterprises, len(held), len(moved))


def _hand_over(
    session: Session,
    ticket: Ticket,
    leaving: Officer,
    taking: Officer,
    *,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> None:
    """A word of the leaving officer in the same moment does not stop the handover: it is tried on what is now."""
    to, why, ticket_id = f"officer:{taking.id}", f"{leaving.name}移交", ticket.id or 0
    for is_last in (False, True):
        try:
            perform(session, ticket_id, Action.DISPATCH, by, target=to, note=why, rules=rules, now=now)
            return
        except Conflict as refused:
            if is_last or isinstance(refused, IllegalAction):
                raise


def _live(session: Session) -> list[Ticket]:
    return list(session.exec(select(Ticket).where(col(Ticket.status).in_(LIVE)).order_by(col(Ticket.id))))


def _followed(session: Session, leaving: Officer) -> list[Ticket]:
    statement = select(Ticket).where(
        col(Ticket.first_responder_id) == leaving.id, col(Ticket.status).not_in(FINAL)
    )
    return list(session.exec(statement.order_by(col(Ticket.id))))


def _follow(
    session: Session, ticket: Ticket, taking: Officer, words: str, *, by: Actor, rules: Rules, now: datetime
) -> bool:
    """The duty of the first responder goes over; a new one who does not hold the ticket is told."""
    case = Case(session, ticket, Action.DISPATCH, by, rules, now)
    if not apply(case, Status(ticket.status), {"first_responder_id": taking.id}):
        return False
    data = {"to": {"officer_id": taking.id}}
    write_event(session, ticket, "handed_over", by, now, is_public=False, data=data)
    if ticket.officer_id != taking.id:
        facts = describing.describe(session, ticket, rules=rules, now=now)
        notice = staff_notices.step_taken(facts, "ticket_transferred", words)
        openids = telling.responder_openids(session, ticket, local_date(now))
        telling.push_to_staff(session, ticket, openids, notice, rules=rules, now=now)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return True
