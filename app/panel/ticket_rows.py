"""Tickets as lines of a list: found by filters, shown with who has it and how much time is left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlmodel import Session, col

from app.clock import local_date
from app.directory.models import Area, Department, Enterprise, Officer
from app.districts.profile import HolderKind
from app.panel.conditions import CONDITIONS, Today
from app.panel.paging import Page, paged
from app.panel.scope import subtree, tickets_in
from app.tickets.deadlines import days_left, left_text
from app.tickets.lifecycle import LIVE, STATUS_NAMES, Status
from app.tickets.models import Ticket
from app.tickets.values import Rules

PATH = "/admin/tickets"
TITLE_LENGTH = 60
SOON_DAYS = 2
_NUMBER = re.compile(r"[0-9]{4,8}(-[0-9]{0,4})?")

TONES = {
    Status.PENDING: "wait",
    Status.WORKING: "go",
    Status.WAITING: "hold",
    Status.RESOLVED: "done",
    Status.CLOSED: "gone",
    Status.WITHDRAWN: "gone",
}


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; `area` is a code, `words` a number, a name or words of the request."""

    condition: str = "live"
    area: str = ""
    words: str = ""

    @property
    def query(self) -> Mapping[str, str]:
        """For links to other pages of the same list."""
        return {"status": self.condition, "area": self.area, "q": self.words}


@dataclass(frozen=True)
class TicketRow:
    """One line. `urgency` is late, soon or empty."""

    number: str
    title: str
    status_name: str
    tone: str
    enterprise: str
    area: str
    holder: str
    left: str
    urgency: str
    channel: str
    opened_at: datetime
    is_provisional: bool


def find(
    session: Session, filters: Filters, today: Today, *, codes: frozenset[str] | None, number: int | None
) -> Page[TicketRow]:
    """One page of the list, most urgent first while live, else newest first."""
    statement = _base().where(tickets_in(codes), _matching(session, filters, today))
    is_live_list = filters.condition not in ("all", "closed", "withdrawn", "resolved")
    order = (col(Ticket.due_on), col(Ticket.id)) if is_live_list else (col(Ticket.id).desc(),)
    page = paged(session, statement.order_by(*order), number=number, path=PATH, query=filters.query)
    return Page(as_rows(page.rows, today), page.number, page.total, page.path, page.query)


def first(
    session: Session, condition: str, today: Today, *, codes: frozenset[str] | None, limit: int
) -> list[TicketRow]:
    """The most urgent few of a figure."""
    chosen = CONDITIONS[condition][1](today)
    statement = _base().where(tickets_in(codes), chosen).order_by(col(Ticket.due_on), col(Ticket.id))
    return as_rows(session.execute(statement.limit(limit)).all(), today)


def as_rows(
    found: Sequence[tuple[Ticket, str | None, str | None, str | None, str | None]], today: Today
) -> list[TicketRow]:
    """Lines from (ticket, enterprise, area, officer, department)."""
    return [
        _row(
            ticket, enterprise or "", area or "", holder_name(ticket, officer, department, today.rules), today
        )
        for ticket, enterprise, area, officer, department in found
    ]


def holder_name(ticket: Ticket, officer: str | None, department: str | None, rules: Rules) -> str:
    """Who has it now."""
    if ticket.holder_kind == HolderKind.OFFICER:
        return officer or "—"
    if ticket.holder_kind == HolderKind.DEPARTMENT:
        return department or "—"
    step = next((step for step in ticket.ladder if step["key"] == ticket.step), None)
    if step is not None and step["holder_kind"] == ticket.holder_kind:
        return str(step["holder"])
    return rules.profile.hub.name


def time_left(ticket: Ticket, rules: Rules, now: datetime) -> tuple[str, str]:
    """Words for the time left and how urgent it is; empty once it is done."""
    status = Status(ticket.status)
    if status not in LIVE:
        return "", ""
    if status is Status.WAITING and rules.profile.pause.is_enabled:
        return "等企业补充，暂停计时", ""
    left = days_left(rules.calendar, max(ticket.received_on, local_date(now)), ticket.due_on)
    urgency = "late" if left < 0 else "soon" if left <= SOON_DAYS else ""
    return left_text(left), urgency


def title_of(ticket: Ticket) -> str:
    """One line that tells what it is about."""
    text = ticket.title or " ".join(ticket.content.split())
    return text if len(text) <= TITLE_LENGTH else f"{text[: TITLE_LENGTH - 1]}…"


def _row(ticket: Ticket, enterprise: str, area: str, holder: str, today: Today) -> TicketRow:
    left, urgency = time_left(ticket, today.rules, today.now)
    status = Status(ticket.status)
    return TicketRow(
        number=ticket.number,
        title=title_of(ticket),
        status_name=STATUS_NAMES[status],
        tone=TONES[status],
        enterprise=enterprise,
        area=area,
        holder=holder,
        left=left,
        urgency=urgency,
        channel=ticket.channel,
        opened_at=ticket.opened_at,
        is_provisional=ticket.due_is_provisional,
    )


def _base() -> Select[Ticket, str, str, str, str]:
    return (
        select(Ticket, col(Enterprise.name), col(Area.name), col(Officer.name), col(Department.name))
        .outerjoin(Enterprise, col(Enterprise.id) == col(Ticket.enterprise_id))
        .outerjoin(Area, col(Area.code) == col(Enterprise.area_code))
        .outerjoin(Officer, col(Officer.id) == col(Ticket.officer_id))
        .outerjoin(Department, col(Department.id) == col(Ticket.department_id))
    )


def _matching(session: Session, filters: Filters, today: Today) -> ColumnElement[bool]:
    conditions = [CONDITIONS[filters.condition][1](today)]
    if filters.area:
        conditions.append(tickets_in(subtree(session, filters.area)))
    if filters.words:
        conditions.append(_containing(filters.words))
    return and_(*conditions)


def _containing(words: str) -> ColumnElement[bool]:
    """A number or its end finds by number; each other word must be in the request or in a name."""
    if _NUMBER.fullmatch(words):
        return col(Ticket.number).contains(words, autoescape=True)
    columns = (col(Ticket.content), col(Ticket.title), col(Enterprise.name), col(Ticket.contact_name))
    return and_(
        *(or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words.split()[:6])
    )
