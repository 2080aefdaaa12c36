"""What came by a department's own channel is settled by that department; the officer follows (C18, DL 二(四)4)."""

from datetime import datetime

from sqlmodel import Session

from app.tickets import finding, parties
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.performing import perform
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft

BY_CHANNEL = Actor(ActorKind.HUB, "channel", "按渠道分派")


def department_of(session: Session, draft: TicketDraft, rules: Rules) -> int | None:
    """The one department that the request names, where its channel is one of a department's own."""
    rule = rules.profile.own_channels
    if rule is None or draft.channel not in rule.channels or draft.is_about_officer:
        return None
    known = parties.departments(session)
    named = {row.id for name in draft.departments for row in finding.named(known, name)}
    return named.pop() if len(named) == 1 else None


def give_to(session: Session, ticket: Ticket, department_id: int, *, rules: Rules, now: datetime) -> Ticket:
    """Let the department hold it from the start; department and officer are told as of any dispatch."""
    target = f"department:{department_id}"
    return perform(session, ticket.id or 0, Action.DISPATCH, BY_CHANNEL, target=target, rules=rules, now=now)
