"""一企一档 (A10): everything known of one enterprise in one place; personal data masked unless revealed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from app.directory import changes, lookup
from app.directory.models import Area, Assignment, Contact, DirectoryChange, Enterprise, Officer, Visit
from app.errors import NotFound
from app.outbox.models import OutboxMessage
from app.panel import outbox_rows, ticket_rows
from app.panel.conditions import Today
from app.panel.scope import enterprises_in
from app.panel.ticket_rows import TicketRow
from app.tickets import contacting
from app.tickets.models import Rating, Ticket

MOST_TICKETS = 50
MOST_VISITS = 50
MOST_PUSHES = 30
MOST_LINES = 80


@dataclass(frozen=True)
class Served:
    """A stretch of time in which one officer served it, and by which rule."""

    assignment: Assignment
    officer: str


@dataclass(frozen=True)
class Line:
    """One thing that happened. `kind` is ticket, visit, rating, officer, status or push; `link` leads to it."""

    at: datetime
    kind: str
    what: str
    note: str = ""
    link: str = ""


@dataclass(frozen=True)
class EnterpriseFile:
    """The page's values. `warning` says why it should be left alone now (E7), "" if it may be contacted."""

    enterprise: Enterprise
    place: Sequence[Area]
    officer: Officer | None
    stand_in: Officer | None
    served: Sequence[Served]
    statuses: Sequence[DirectoryChange]
    tickets: Sequence[TicketRow]
    recent: Sequence[tuple[Visit, str]]
    visits: Sequence[tuple[Visit, str]]
    warning: str
    ratings: Sequence[tuple[Rating, str]]
    pushes: Sequence[tuple[OutboxMessage, str]]
    contacts: Sequence[Contact]
    lines: Sequence[Line]


def find_enterprise(session: Session, code: str, codes: frozenset[str] | None) -> Enterprise:
    """The enterprise with this credit code, if this user may know of it; NotFound otherwise."""
    statement = select(Enterprise).where(
        col(Enterprise.credit_code) == code.strip().upper(), enterprises_in(codes)
    )
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("没有这家企业，或者不在您的片区。")
    return found


def gather(session: Session, enterprise: Enterprise, today: Today) -> EnterpriseFile:
    """Read what the page shows."""
    number = enterprise.id or 0
    acting, assigned = lookup.current_officer(session, number, today.day)
    served = _served(session, number)
    statuses = changes.status_history(session, enterprise.credit_code)
    tickets = ticket_rows.of_condition(
        session, col(Ticket.enterprise_id) == number, today, limit=MOST_TICKETS
    )
    visits = _visits(session, number)
    recent = {visit.id for visit in contacting.log_of(session, number, today.now)}
    count = contacting.contacted(session, today.now, [number]).get(number, 0)
    ratings = _ratings(session, number)
    pushes = _pushes(session, number)
    return EnterpriseFile(
        enterprise=enterprise,
        place=_place(session, enterprise.area_code),
        officer=assigned or acting,
        stand_in=acting if assigned is not None else None,
        served=served,
        statuses=statuses[::-1],
        tickets=tickets,
        recent=[pair for pair in visits if pair[0].id in recent],
        visits=visits,
        warning=contacting.too_often(count, today.rules.profile),
        ratings=ratings,
        pushes=pushes,
        contacts=_contacts(session, number),
        lines=_timeline(served, statuses, tickets, visits, ratings, pushes),
    )


def _place(session: Session, code: str | None) -> list[Area]:
    """The area and those above it, the topmost first; a circle in the data ends the walk."""
    found: list[Area] = []
    while code and code not in {area.code for area in found}:
        area = session.get(Area, code)
        if area is None:
            break
        found.insert(0, area)
        code = area.parent_code
    return found


def _served(session: Session, number: int) -> list[Served]:
    statement = (
        select(Assignment, col(Officer.name))
        .join(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(col(Assignment.enterprise_id) == number)
        .order_by(col(Assignment.since).desc(), col(Assignment.id).desc())
    )
    return [Served(assignment, name) for assignment, name in session.execute(statement).all()]


def _visits(session: Session, number: int) -> list[tuple[Visit, str]]:
    statement = (
        select(Visit, col(Officer.name))
        .outerjoin(Officer, col(Officer.id) == col(Visit.officer_id))
        .where(col(Visit.enterprise_id) == number)
        .order_by(col(Visit.at).desc(), col(Visit.id).desc())
        .limit(MOST_VISITS)
    )
    return [(visit, name or "") for visit, name in session.execute(statement).all()]


def _ratings(session: Session, number: int) -> list[tuple[Rating, str]]:
    statement = (
        select(Rating, col(Ticket.number))
        .join(Ticket, col(Ticket.id) == col(Rating.ticket_id))
        .where(col(Ticket.enterprise_id) == number, col(Rating.is_current))
        .order_by(col(Rating.at).desc())
        .limit(MOST_TICKETS)
    )
    return [(rating, ticket) for rating, ticket in session.execute(statement).all()]


def _pushes(session: Session, number: int) -> list[tuple[OutboxMessage, str]]:
    """Messages to those who speak or spoke for it: about its tickets, or about none."""
    own = select(col(Ticket.id)).where(col(Ticket.enterprise_id) == number)
    callers = select(col(Ticket.openid)).where(
        col(Ticket.enterprise_id) == number, col(Ticket.openid).is_not(None)
    )
    speakers = select(col(Contact.openid)).where(col(Contact.enterprise_id) == number)
    to_them = or_(col(OutboxMessage.openid).in_(callers), col(OutboxMessage.openid).in_(speakers))
    about = or_(col(OutboxMessage.ticket_id).in_(own), col(OutboxMessage.ticket_id).is_(None))
    statement = (
        select(OutboxMessage, col(Ticket.number))
        .outerjoin(Ticket, col(Ticket.id) == col(OutboxMessage.ticket_id))
        .where(to_them, about)
        .order_by(col(OutboxMessage.id).desc())
        .limit(MOST_PUSHES)
    )
    return [(message, ticket or "") for message, ticket in session.execute(statement).all()]


def _contacts(session: Session, number: int) -> list[Contact]:
    statement = select(Contact).where(col(Contact.enterprise_id) == number, col(Contact.ended_at).is_(None))
    return list(session.scalars(statement.order_by(col(Contact.id))).all())


def _timeline(
    served: Sequence[Served],
    statuses: Sequence[DirectoryChange],
    tickets: Sequence[TicketRow],
    visits: Sequence[tuple[Visit, str]],
    ratings: Sequence[tuple[Rating, str]],
    pushes: Sequence[tuple[OutboxMessage, str]],
) -> list[Line]:
    """All of it as one story, the newest first."""
    lines = [
        Line(row.opened_at, "ticket", f"诉求 {row.number}", row.title, f"/admin/tickets/{row.number}")
        for row in tickets
    ]
    lines += [
        Line(visit.at, "visit", f"{visit.channel}{f'（{who}）' if who else ''}", visit.note)
        for visit, who in visits
    ]
    lines += [
        Line(
            rating.at, "rating", f"评价 {rating.score} 分", rating.comment, f"/admin/tickets/{ticket}#result"
        )
        for rating, ticket in ratings
    ]
    lines += _status_lines(statuses)
    lines += [
        Line(item.assignment.since, "officer", f"由{item.officer}服务", _why(item.assignment))
        for item in served
    ]
    lines += [
        Line(
            message.sent_at or message.created_at,
            "push",
            f"微信通知：{outbox_rows.KIND_NAMES.get(message.kind, message.kind)}",
            "",
            f"/admin/tickets/{ticket}#pushes" if ticket else "",
        )
        for message, ticket in pushes
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:MOST_LINES]


def _status_lines(statuses: Sequence[DirectoryChange]) -> Iterator[Line]:
    for row in statuses:
        was, becomes = row.before.get("status"), row.after.get("status")
        yield Line(row.at, "status", f"经营状态：{f'{was} → ' if was else ''}{becomes}", row.reason)


def _why(assignment: Assignment) -> str:
    rule = f"依据：{assignment.rule}" if assignment.rule else ""
    return "；".join(part for part in (rule, assignment.reason) if part)
