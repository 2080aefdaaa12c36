"""Everything the panel shows about one ticket, gathered in one place; personal data masked unless revealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.directory.models import Area, Enterprise
from app.errors import NotFound
from app.outbox.models import OutboxMessage
from app.panel import outbox_rows
from app.panel.conditions import Today
from app.panel.scope import tickets_in
from app.panel.ticket_rows import TONES, time_left
from app.tickets import describing, reading, repository
from app.tickets.deadlines import explanation
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import STATUS_NAMES, Status
from app.tickets.models import Attachment, Rating, Ticket
from app.tickets.reading import TimelineEntry
from app.tickets.values import RESULT_NAMES, ResultKind


@dataclass(frozen=True)
class Rung:
    """One step of the ladder; `state` is done, now or ahead."""

    name: str
    holder: str
    state: str


@dataclass(frozen=True)
class Push:
    """One message about the ticket and where it got to."""

    message: OutboxMessage
    to: str


@dataclass(frozen=True)
class Detail:
    """The page's values. `last_event_id` tells a later form what its reader had seen."""

    ticket: Ticket
    facts: TicketFacts
    status_name: str
    tone: str
    left: str
    urgency: str
    result_name: str
    enterprise: Enterprise | None
    area: str
    rungs: Sequence[Rung]
    timeline: Sequence[TimelineEntry]
    clock_lines: Sequence[str]
    clock_notes: Sequence[str]
    pushes: Sequence[Push]
    attachments: Sequence[Attachment]
    rating: Rating | None


def find_ticket(session: Session, number: str, codes: frozenset[str] | None) -> Ticket:
    """The ticket, if this user may know of it; NotFound otherwise, without saying which."""
    statement = select(Ticket).where(col(Ticket.number) == number, tickets_in(codes))
    ticket = session.exec(statement).first()
    if ticket is None:
        raise NotFound("没有这张单子，或者不在您的片区。")
    return ticket


def gather(session: Session, ticket: Ticket, today: Today) -> Detail:
    """Read what the page shows."""
    status = Status(ticket.status)
    left, urgency = time_left(ticket, today.rules, today.now)
    enterprise = repository.enterprise(session, ticket.enterprise_id)
    area = session.get(Area, enterprise.area_code) if enterprise and enterprise.area_code else None
    rating = session.exec(select(Rating).where(Rating.ticket_id == ticket.id, col(Rating.is_current))).first()
    attachments = session.exec(select(Attachment).where(Attachment.ticket_id == ticket.id)).all()
    return Detail(
        ticket=ticket,
        facts=describing.describe(session, ticket, rules=today.rules, now=today.now),
        status_name=STATUS_NAMES[status],
        tone=TONES[status],
        left=left,
        urgency=urgency,
        result_name=RESULT_NAMES[ResultKind(ticket.result_kind)] if ticket.result_kind else "",
        enterprise=enterprise,
        area=area.name if area else "",
        rungs=_rungs(session, ticket),
        timeline=reading.timeline(session, ticket),
        clock_lines=_clock_lines(ticket, today),
        clock_notes=_clock_notes(session, ticket),
        pushes=_pushes(session, ticket),
        attachments=attachments,
        rating=rating,
    )


def happened_since(session: Session, ticket: Ticket, version: int) -> list[TimelineEntry]:
    """What others did after the reader's version: one visible act a version (`perform` counts them)."""
    acts = [
        entry
        for entry in reading.timeline(session, ticket)
        if entry.kind not in ("opened", "reminded", "told")
    ]
    newer = ticket.version - version
    return acts[-newer:] if newer > 0 else []


def _rungs(session: Session, ticket: Ticket) -> list[Rung]:
    """The ladder with where the ticket stands; a rung it jumped over was never done."""
    events = repository.events(session, ticket.id) if ticket.id else []
    visited = {ticket.ladder[0]["key"], *(event.data.get("step") for event in events)}
    is_over = ticket.status in (Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN)
    rungs, is_above = [], False
    for step in ticket.ladder:
        is_here = step["key"] == ticket.step
        if is_here and not is_over:
            state = "now"
        else:
            state = "done" if step["key"] in visited and not is_above else "ahead"
        is_above = is_above or is_here
        rungs.append(Rung(step["name"], step["holder"], state))
    return rungs


def _clock_lines(ticket: Ticket, today: Today) -> list[str]:
    calendar = today.rules.calendar
    days = calendar.between(ticket.received_on, ticket.due_on)
    return explanation(ticket.received_on, calendar.explain(ticket.received_on, days)).split("\n")


def _clock_notes(session: Session, ticket: Ticket) -> list[str]:
    notes = []
    if ticket.waited_days:
        notes.append(f"等企业补充用去 {ticket.waited_days} 个工作日，已顺延")
    for event in repository.events(session, ticket.id) if ticket.id else []:
        if event.kind == "extend":
            notes.append(
                f"{event.actor_name}延期 {event.data['days']} 个工作日：{event.data['was']} → {event.data['due_on']}"
            )
    if ticket.due_is_provisional:
        notes.append("跨到还没公布放假安排的年份，日期暂定，公布后自动重算")
    return notes


def _pushes(session: Session, ticket: Ticket) -> list[Push]:
    messages = outbox_rows.of_ticket(session, ticket.id) if ticket.id else []
    names = outbox_rows.staff_names(session, {message.openid for message in messages})
    return [
        Push(message, "企业" if message.openid == ticket.openid else names.get(message.openid, "企业联系人"))
        for message in messages
    ]
