"""A ticket comes into being."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.clock import local_date
from app.districts.profile import HolderKind, Profile
from app.keyvalue import next_value
from app.tickets import (
    assignment,
    categorising,
    cohandling,
    deadlines,
    describing,
    finding,
    own_channels,
    parties,
    staff_notices,
    telling,
    watching,
)
from app.tickets.assignment import Choice
from app.tickets.changes import Case
from app.tickets.events import write_event
from app.tickets.lifecycle import Action, Status
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft

COUNTER = "ticket_number"
NUMBERS = 10_000
CONTENT_LENGTH = 4000
TITLE_LENGTH = 60


def open_ticket(session: Session, draft: TicketDraft, *, rules: Rules, now: datetime) -> Ticket:
    """Open a ticket: number, ladder and due dates as of now, and tell the officer (mission C1).

    It goes to the enterprise's own officer, or to the hub's queue where nobody can be told.
    """
    choice = _choose(session, draft.enterprise_id, is_about_officer=draft.is_about_officer, now=now)
    ticket = _new_ticket(draft, choice, _next_number(session, now), rules=rules, now=now)
    own = own_channels.department_of(session, draft, rules)
    if own is None:
        ticket.next_step_at = watching.first_look(session, ticket, rules=rules, now=now)
    session.add(ticket)
    session.flush()
    opener = draft.opened_by or Actor(ActorKind.ENTERPRISE, draft.openid or "", draft.contact_name)
    data: dict[str, Any] = {"reason": choice.reason.value, "due_on": ticket.due_on.isoformat()}
    if ticket.is_sorting_proposed:
        data["proposed"] = {"category": ticket.category, "kind": ticket.kind}
    write_event(session, ticket, "opened", opener, now, data=data)
    if own is not None:
        return own_channels.give_to(session, ticket, own, rules=rules, now=now)
    case = Case(session, ticket, Action.DISPATCH, opener, rules, now)
    beside = _let_departments_help(case, draft)
    _tell_staff(case, beside, draft.department_hint)
    return ticket


def _new_ticket(draft: TicketDraft, choice: Choice, number: str, *, rules: Rules, now: datetime) -> Ticket:
    received_on = rules.calendar.received_on(now, rules.profile.office_hours)
    finish = rules.profile.deadlines.finish.working_days
    due = deadlines.deadline(rules.calendar, received_on, finish)
    ladder = ladder_snapshot(rules.profile)
    proposed = categorising.propose(draft.content, draft.near_ids, rules.profile)
    category, kind = draft.category or proposed.category, draft.kind or proposed.kind
    return Ticket(
        number=number,
        status=Status.PENDING,
        channel=draft.channel,
        external_number=draft.external_number,
        category=category,
        kind=kind,
        is_sorting_proposed=(category, kind) != (draft.category, draft.kind),
        title=" ".join((draft.title or draft.content).split())[:TITLE_LENGTH],
        content=draft.content[:CONTENT_LENGTH],
        near=list(draft.near),
        openid=draft.openid,
        enterprise_id=draft.enterprise_id,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        is_about_officer=draft.is_about_officer,
        ladder=ladder,
        step=ladder[0]["key"],
        profile_hash=rules.profile.digest,
        holder_kind=HolderKind.OFFICER if choice.officer_id is not None else HolderKind.HUB,
        officer_id=choice.officer_id,
        first_responder_id=choice.responsible_id,
        opened_at=now,
        received_on=received_on,
        due_on=due.on,
        due_from=received_on,
        due_days=finish,
        due_is_provisional=due.is_provisional,
        held_since=now,
        last_activity_at=now,
    )


def ladder_snapshot(profile: Profile) -> list[dict[str, Any]]:
    """The ladder as a ticket keeps it: an edit of the profile never moves a promise."""
    return [
        {
            "key": step.key,
            "name": step.name,
            "holder_kind": step.holder_kind.value,
            "holder": step.holder,
            "moved_by": [role.value for role in step.moved_by],
            "needs_reason": step.needs_reason,
            "reason_asked": step.reason_asked,
            "needs_opinion": step.needs_opinion,
            "supervises": step.supervises,
            "limit_days": step.limit.working_days if step.limit else None,
            "takes_dissatisfied": step.key == profile.dissatisfied_to,
        }
        for step in profile.ladder
    ]


def _choose(session: Session, enterprise_id: int | None, *, is_about_officer: bool, now: datetime) -> Choice:
    assigned_id = parties.assigned_officer_id(session, enterprise_id) if enterprise_id is not None else None
    return assignment.choose(
        assigned_id,
        parties.officer_chain(session, assigned_id),
        has_enterprise=enterprise_id is not None,
        is_about_officer=is_about_officer,
        today=local_date(now),
    )


def _next_number(session: Session, now: datetime) -> str:
    return f"{local_date(now):%Y%m%d}-{next_value(session, COUNTER) % NUMBERS:04d}"


def _let_departments_help(case: Case, draft: TicketDraft) -> set[str]:
    """A hotline order reaches officer and department together (DL 二(四)3); whom that reaches."""
    rule = case.rules.profile.co_handling
    if rule is None or draft.channel not in rule.channels:
        return set()
    known = parties.departments(case.session)
    named = [finding.named(known, name) for name in draft.departments]
    ids = [found[0].id for found in named if len(found) == 1 and found[0].id is not None]
    cohandling.join(case.session, case.ticket_id, ids, case.now)
    return cohandling.openids(case.session, case.ticket)


def _tell_staff(case: Case, beside: set[str], department_hint: str = "") -> None:
    own = telling.own_openid(case)
    holders = telling.holder_openids(case.session, case.ticket, local_date(case.now)) - own
    if not holders | beside - own:
        return
    facts = describing.describe(case.session, case.ticket, rules=case.rules, now=case.now)
    notices = (
        (holders, staff_notices.new_ticket(facts, department_hint)),
        (beside - holders - own, staff_notices.helping(facts)),
    )
    for openids, notice in notices:
        telling.push_to_staff(case.session, case.ticket, openids, notice, rules=case.rules, now=case.now)
