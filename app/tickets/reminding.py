"""The worker's tick over tickets: remind once, put late ones on the supervision list, file silent ones."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col

from app import log
from app.clock import local_date
from app.outbox.service import enqueue
from app.tickets import (
    cohandling,
    describing,
    escalation,
    notices,
    parties,
    repository,
    staff_notices,
    telling,
    watching,
)
from app.tickets.escalation import SUPERVISED, Planned, Step
from app.tickets.events import write_event
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import Action, Status
from app.tickets.models import Ticket
from app.tickets.notices import Notice
from app.tickets.performing import perform
from app.tickets.values import SYSTEM, Rules

BATCH = 50
STAFF_NOTICES: dict[Step, Callable[[TicketFacts], Notice]] = {
    Step.UNACCEPTED: staff_notices.unaccepted,
    Step.UNACCEPTED_TO_HUB: staff_notices.unaccepted_to_hub,
    Step.CONTACT_LATE: staff_notices.contact_late,
    Step.DUE_SOON: staff_notices.due_soon,
    Step.DUE_TODAY: staff_notices.due_soon,
    Step.PROGRESS_LATE: staff_notices.progress_late,
    Step.OVERDUE: staff_notices.overdue,
    Step.OVERDUE_TO_HUB: staff_notices.overdue_to_hub,
    Step.UNTOLD: staff_notices.untold,
    Step.UNTOLD_LATE: staff_notices.untold_late,
}


def escalate_due(session: Session, rules: Rules, now: datetime, *, limit: int = BATCH) -> int:
    """Take the steps that are due; how many tickets were looked at (`limit`: call again).

    Outside office hours nothing is done: a reminder at night helps nobody.
    """
    if not rules.calendar.is_open(now, rules.profile.office_hours):
        return 0
    tickets = repository.due_tickets(session, now, limit)
    listed = [
        ticket.number
        for ticket in tickets
        if _claim(session, ticket) and _look_at(session, ticket, rules=rules, now=now)
    ]
    if listed:
        _tell_hub(session, listed, rules, now)
    return len(tickets)


def _claim(session: Session, ticket: Ticket) -> bool:
    """Two workers may see the same ticket: whoever clears the mark first has it."""
    statement = (
        update(Ticket)
        .where(
            col(Ticket.id) == ticket.id,
            col(Ticket.version) == ticket.version,
            col(Ticket.next_step_at) == ticket.next_step_at,
        )
        .values(next_step_at=None)
    )
    claimed = session.connection().execute(statement).rowcount == 1
    session.refresh(ticket)
    return claimed


def _tell_hub(session: Session, numbers: list[str], rules: Rules, now: datetime) -> None:
    """What came onto the list goes to the hub's people as one message, however many they are (C9 → 中枢)."""
    notice = staff_notices.listed(numbers, rules.profile)
    for openid in parties.hub_openids(session, rules.profile):
        enqueue(
            session,
            dedupe_key=f"listed:{numbers[0]}:{now:%Y%m%d%H%M%S}:{openid}",
            openid=openid,
            kind=notice.kind,
            reply=notice.reply,
            fields=notice.fields,
            now=now,
        )


def _look_at(session: Session, ticket: Ticket, *, rules: Rules, now: datetime) -> bool:
    """Whether it came onto the supervision list."""
    if ticket.id is None:
        return False
    _note_delivery(session, ticket)
    planned = watching.plan_of(session, ticket, rules=rules)
    due = escalation.due_now(planned, repository.reminded_keys(session, ticket.id), now)
    if due:
        keys = [item.key for item in due]
        write_event(session, ticket, "reminded", SYSTEM, now, is_public=False, data={"keys": keys})
    was_listed = ticket.supervised_at is not None
    for item in escalation.worth_doing(due):
        _take(session, ticket, item, rules=rules, now=now)
        log.event("escalated", ticket=ticket.id, step=item.step.value)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return ticket.supervised_at is not None and not was_listed


def _note_delivery(session: Session, ticket: Ticket) -> None:
    """The result reached the enterprise by chat: that is being told."""
    if ticket.status != Status.RESOLVED or ticket.told_at is not None:
        return
    told_at = telling.was_told_at(session, ticket)
    if told_at is None or ticket.id is None:
        return
    ticket.told_at = told_at
    session.add(ticket)
    write_event(session, ticket, "told", SYSTEM, told_at)


def _take(session: Session, ticket: Ticket, item: Planned, *, rules: Rules, now: datetime) -> None:
    if ticket.id is None:
        return
    if item.step is Step.WAITING_OVER:
        perform(session, ticket.id, Action.RESUME, SYSTEM, rules=rules, now=now)
        return
    if item.step is Step.CLOSE_SILENT:
        perform(session, ticket.id, Action.CLOSE, SYSTEM, rules=rules, now=now)
        return
    if item.step in SUPERVISED:
        ticket.supervised_at = ticket.supervised_at or now
        session.add(ticket)
        session.flush()
    facts = describing.describe(session, ticket, rules=rules, now=now)
    if item.step is Step.WAITING_AGAIN:
        notice = notices.waiting_again(facts)
        telling.push_to_enterprise(session, ticket, notice, rules=rules, now=now, key=item.key)
        return
    openids = _staff(session, ticket, item.step, local_date(now))
    telling.push_to_staff(
        session, ticket, openids, STAFF_NOTICES[item.step](facts), rules=rules, now=now, key=item.key
    )


def _staff(session: Session, ticket: Ticket, step: Step, today: date) -> set[str]:
    """The holder, and who works beside; from the day of the deadline on, and after the result, the first
    responder too; once it is overdue, the area's leader (C9)."""
    staff = telling.holder_openids(session, ticket, today)
    if step is not Step.UNACCEPTED:
        staff |= cohandling.openids(session, ticket)
    if step not in (Step.UNACCEPTED, Step.DUE_SOON):
        staff |= telling.responder_openids(session, ticket, today)
    if step in (Step.OVERDUE, Step.OVERDUE_TO_HUB):
        staff |= telling.leader_openids(session, ticket)
    return staff
