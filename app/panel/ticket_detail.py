"""Everything the panel shows about one ticket, gathered in one place; personal data masked unless revealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.directory.models import Area, Department, Enterprise
from app.errors import NotFound
from app.outbox.models import OutboxMessage
from app.panel import outbox_rows
from app.panel.conditions import Today
from app.panel.scope import tickets_in
from app.panel.ticket_clocks import Clock, clocks_of
from app.panel.ticket_rows import TONES, time_left
from app.panel.ticket_story import Line, story
from app.tickets import (
    cohandling,
    describing,
    handoffs,
    meetings,
    merging,
    parties,
    referring,
    repository,
)
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import STATUS_NAMES, Status
from app.tickets.models import Attachment, Handoff, MeetingItem, Rating, Ticket
from app.tickets.referral_models import Referral
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
    timeline: Sequence[Line]
    clocks: Sequence[Clock]
    clock_notes: Sequence[str]
    helpers: Sequence[Department]
    district_leader: str
    meetings: Sequence[tuple[MeetingItem, str]]
    handoffs: Sequence[Handoff]
    referrals: Sequence[Referral]
    merged: Sequence[Ticket]
    survivor: Ticket | None
    pushes: Sequence[Push]
    attachments: Sequence[Attachment]
    rating: Rating | None


def _result_name(kind: str) -> str:
    if kind == merging.MERGED:
        return "并案"
    return RESULT_NAMES[ResultKind(kind)] if kind else ""


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
    enterprise = parties.enterprise(session, ticket.enterprise_id)
    area = session.get(Area, enterprise.area_code) if enterprise and enterprise.area_code else None
    rating = session.exec(select(Rating).where(Rating.ticket_id == ticket.id, col(Rating.is_current))).first()
    attachments = session.exec(select(Attachment).where(Attachment.ticket_id == ticket.id)).all()
    facts = describing.describe(session, ticket, rules=today.rules, now=today.now)
    return Detail(
        ticket=ticket,
        facts=facts,
        status_name=STATUS_NAMES[status],
        tone=TONES[status],
        left=left,
        urgency=urgency,
        result_name=_result_name(ticket.result_kind),
        enterprise=enterprise,
        area=area.name if area else "",
        rungs=_rungs(session, ticket),
        timeline=story(session, ticket),
        clocks=clocks_of(ticket, facts, today),
        clock_notes=_clock_notes(session, ticket),
        helpers=cohandling.departments(session, ticket.id or 0),
        district_leader=parties.district_leader(session, ticket),
        meetings=_meetings(session, ticket),
        handoffs=handoffs.handoffs_of(session, ticket.id or 0),
        referrals=referring.referrals_of(session, ticket.id or 0),
        merged=repository.merged_into(session, ticket.id),
        survivor=merging.survivor_of(session, ticket),
        pushes=_pushes(session, ticket),
        attachments=attachments,
        rating=rating,
    )


def happened_since(session: Session, ticket: Ticket, version: int) -> Sequence[Line]:
    """What others did after the reader's version: one visible act a version (`perform` counts them)."""
    acts = [line for line in story(session, ticket) if line.kind not in ("opened", "reminded", "told")]
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


def _meetings(session: Session, ticket: Ticket) -> list[tuple[MeetingItem, str]]:
    """Each time it was on a table, with the name of the department that leads."""
    found = []
    for item in meetings.items(session, ticket.id or 0):
        lead = session.get(Department, item.lead_department_id) if item.lead_department_id else None
        found.append((item, lead.name if lead else ""))
    return found


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
