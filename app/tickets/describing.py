"""Rows → facts: what notices and pages may say about a ticket, with personal data masked."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.clock import local_date
from app.directory.models import Department, Officer
from app.districts.profile import HolderKind
from app.tickets import cohandling, deadlines, parties, repository
from app.tickets.deadlines import Deadline
from app.tickets.facts import Party, TicketFacts
from app.tickets.lifecycle import LIVE, Status
from app.tickets.masking import mask_name, mask_phone
from app.tickets.models import Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Rules

RECENT = timedelta(days=30)
# What the person of a merged ticket said and is; everything else is the survivor's.
OF_THE_PERSON = (
    "number", "content", "channel", "category", "kind", "is_sorting_proposed", "enterprise", "is_verified", "caller", "near", "visits",
    "live_tickets", "urged_count", "score", "asks_about_officer",
)  # fmt: skip


def describe(session: Session, ticket: Ticket, *, rules: Rules, now: datetime) -> TicketFacts:
    """The ticket as people may see it at this moment; one that was merged shows how its survivor stands."""
    own = _describe(session, ticket, rules=rules, now=now)
    survivor = session.get(Ticket, ticket.duplicate_of_id) if ticket.duplicate_of_id is not None else None
    if survivor is None:
        return own
    state = _describe(session, survivor, rules=rules, now=now)
    return replace(state, **{name: getattr(own, name) for name in OF_THE_PERSON})


def _describe(session: Session, ticket: Ticket, *, rules: Rules, now: datetime) -> TicketFacts:
    enterprise = parties.enterprise(session, ticket.enterprise_id)
    contact = parties.contact(session, ticket.openid, ticket.enterprise_id)
    calendar = rules.calendar
    rating = repository.current_rating(session, ticket.id)
    outside_due_at = _outside_due_at(session, ticket)
    due = promised(ticket, rules=rules, now=now)
    return TicketFacts(
        number=ticket.number,
        status=Status(ticket.status),
        content=ticket.content,
        step_name=step_of(ticket)["name"],
        holder=holder(session, ticket, rules=rules),
        responder=officer_party(session, ticket.first_responder_id),
        received_on=ticket.received_on,
        due_on=due.on,
        is_provisional=ticket.due_is_provisional or due.is_provisional,
        promised_days=calendar.between(ticket.received_on, due.on),
        left=deadlines.days_left(calendar, _counted_from(ticket, now), due.on),
        contact_days=rules.profile.deadlines.contact.working_days,
        officer_title=rules.profile.titles.officer,
        hub_name=rules.profile.hub.name,
        supervisor=rules.profile.hub.duties.get("supervise", ""),
        channel=ticket.channel,
        category=ticket.category,
        kind=ticket.kind,
        is_sorting_proposed=ticket.is_sorting_proposed,
        enterprise=enterprise.name if enterprise else "",
        is_verified=bool(contact and contact.verified_at),
        caller=caller(ticket.contact_name, ticket.contact_phone),
        result=ticket.result,
        near=tuple(ticket.near),
        visits=parties.visits_since(session, enterprise.id, now - RECENT)
        if enterprise and enterprise.id
        else 0,
        live_tickets=repository.live_tickets(session, enterprise.id, besides=ticket.id)
        if enterprise and enterprise.id
        else 0,
        urged_count=ticket.urged_count,
        is_held_by_responder=ticket.holder_kind == HolderKind.OFFICER
        and ticket.officer_id == ticket.first_responder_id,
        score=rating.score if rating else None,
        asks_about_officer=rules.profile.feedback.rates_officer
        and ticket.first_responder_id is not None
        and rating is not None
        and rating.officer_score is None,
        is_green=ticket.is_green,
        helpers=cohandling.names(session, ticket.id or 0),
        area_leader=parties.area_leaders(session, ticket)[0],
        pauses=rules.profile.pause.is_enabled,
        outside_due_at=outside_due_at,
        is_late_outside=outside_due_at is not None and outside_due_at < now,
    )


def step_of(ticket: Ticket) -> dict[str, str]:
    """The rung it stands on, from the ladder it was opened with."""
    return next(step for step in ticket.ladder if step["key"] == ticket.step)


def caller(name: str, phone: str) -> str:
    """`赵*（139****0001）`; what is missing is left out."""
    masked = mask_phone(phone)
    if not name:
        return masked
    return f"{mask_name(name)}（{masked}）" if masked else mask_name(name)


def holder(session: Session, ticket: Ticket, *, rules: Rules) -> Party:
    """Who works on it now."""
    if ticket.holder_kind == HolderKind.OFFICER:
        return officer_party(session, ticket.officer_id) or Party(rules.profile.hub.name)
    if ticket.holder_kind == HolderKind.DEPARTMENT:
        return department_party(session, ticket.department_id)
    step = step_of(ticket)
    if step["holder_kind"] == ticket.holder_kind:
        is_leader = ticket.holder_kind == HolderKind.LEADER
        return Party(step["holder"], parties.district_leader(session, ticket) if is_leader else "")
    return Party(rules.profile.hub.name)


def officer_party(session: Session, officer_id: int | None) -> Party | None:
    """An officer with area and public phone (A7); the private number stays masked."""
    officer = session.get(Officer, officer_id) if officer_id is not None else None
    if officer is None:
        return None
    unit = parties.area_name(session, officer.area_code) or officer.unit
    return Party(unit, officer.name, officer.public_phone or mask_phone(officer.phone))


def department_party(session: Session, department_id: int | None) -> Party:
    """A department with its coordinator and office phone."""
    department = session.get(Department, department_id) if department_id is not None else None
    if department is None or department.id is None:
        return Party("承办部门")
    people = parties.coordinators(session, department.id)
    return Party(department.name, people[0].name if people else "", department.office_phone)


def promised(ticket: Ticket, *, rules: Rules, now: datetime) -> Deadline:
    """The promised day as it would be if the enterprise answered now: waited days do not count."""
    calendar, pause = rules.calendar, rules.profile.pause
    if ticket.waiting_since is None or not pause.is_enabled:
        return Deadline(ticket.due_on, ticket.due_is_provisional)
    given_back = deadlines.paused_days(
        calendar,
        ticket.waiting_since,
        _counted_from(ticket, now),
        already=ticket.waited_days,
        at_most=pause.max_working_days,
    )
    return deadlines.deadline(calendar, ticket.due_on, given_back)


def _outside_due_at(session: Session, ticket: Ticket) -> datetime | None:
    """The other system's deadline while we work on its order. One that is being taken in has no ticket yet: nobody
    else sees that row."""
    if not ticket.external_number or Status(ticket.status) not in LIVE:
        return None
    being_taken = and_(
        col(OutsideOrder.ticket_id).is_(None), col(OutsideOrder.external_number) == ticket.external_number
    )
    statement = select(OutsideOrder.due_at).where(or_(col(OutsideOrder.ticket_id) == ticket.id, being_taken))
    return next((due_at for due_at in session.exec(statement) if due_at is not None), None)


def _counted_from(ticket: Ticket, now: datetime) -> date:
    """Counted from receipt: an evening request has all its days left."""
    return max(ticket.received_on, local_date(now))
