"""Refusing who may not: the actor's relation to a ticket, and the audited refusal."""

from datetime import datetime

from sqlmodel import Session

from app import audit
from app.clock import local_date
from app.directory.models import Coordinator
from app.districts.profile import HolderKind
from app.errors import Forbidden
from app.tickets import authority, cohandling, describing, parties, repository
from app.tickets.authority import Relation
from app.tickets.changes import Case
from app.tickets.lifecycle import LIVE, TRANSITIONS, Action, Status
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind


def relation_of(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> Relation:
    """How this actor stands to this ticket."""
    officer_ids: set[int] = set()
    department_id = None
    if actor.kind is ActorKind.OFFICER:
        officer_ids = parties.acting_officer_ids(session, int(actor.id), local_date(now))
    if actor.kind is ActorKind.COORDINATOR:
        coordinator = session.get(Coordinator, int(actor.id))
        department_id = coordinator.department_id if coordinator and coordinator.is_active else None
    is_enterprise = actor.kind is ActorKind.ENTERPRISE
    return Relation(
        holder_kind=HolderKind(ticket.holder_kind),
        holder_officer_id=ticket.officer_id,
        holder_department_id=ticket.department_id,
        responder_id=ticket.first_responder_id,
        is_opener=is_enterprise and ticket.openid == actor.id,
        is_colleague=is_enterprise and parties.shares_enterprise(session, actor.id, ticket),
        officer_ids=officer_ids,
        department_id=department_id,
        co_department_ids=cohandling.department_ids(session, ticket.id or 0),
        is_follower=is_enterprise and repository.follows(session, actor.id, ticket),
    )


def available_actions(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> frozenset[Action]:
    """What this actor can do to the ticket as it stands: for buttons and taps, never instead of `perform`."""
    allowed = authority.permitted(actor, relation_of(session, ticket, actor, now))
    if Action.LEAVE in allowed and ticket.status in LIVE:
        allowed |= {Action.RETURN}
    return frozenset(action for action in allowed if (Status(ticket.status), action) in TRANSITIONS)


def authorise(case: Case, relation: Relation, asked: Action) -> None:
    """Refuse, and leave a trace of the attempt, unless this actor may do what was asked."""
    holder = describing.holder(case.session, case.ticket, rules=case.rules).short
    message = authority.refusal(case.actor, relation, asked, suffix=case.ticket.number[-4:], holder=holder)
    if not message:
        return
    audit.record(
        case.session,
        at=case.now,
        actor_kind=case.actor.kind.value,
        actor=case.actor.id,
        action=f"ticket.{asked.value}",
        target=f"ticket:{case.ticket.number}",
        succeeded=False,
    )
    raise Forbidden(message)
