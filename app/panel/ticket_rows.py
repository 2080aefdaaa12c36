"""Tickets as lines of a list: found by filters, shown with who has it and how much time is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlmodel import Session, col

from app.clock import local_date
from app.directory.models import Area, Department, Enterprise, Officer
from app.districts.profile import HolderKind
from app.panel.conditions import CONDITIONS, Today
from app.panel.paging import MOST_FOUND, PER_PAGE, Page, most_found, number_within, page_of, rows_of
from app.panel.scope import OfDepartment, tickets_in
from app.panel.ticket_filters import (
    Filters,
    few_in,
    has_words,
    is_number,
    matching,
    narrowed,
    not_indexed,
    numbered,
    ordering,
    sort_of,
    words_of,
)
from app.searching import store as searching
from app.searching.models import Place
from app.searching.store import Wanted
from app.tickets.deadlines import days_left, left_text
from app.tickets.lifecycle import LIVE, STATUS_NAMES, Status
from app.tickets.models import Ticket
from app.tickets.values import Rules

PATH = "/admin/tickets"
TITLE_LENGTH = 60
SOON_DAYS = 2
OTHERS = 6

TONES = {
    Status.PENDING: "wait",
    Status.WORKING: "go",
    Status.WAITING: "hold",
    Status.RESOLVED: "done",
    Status.CLOSED: "gone",
    Status.WITHDRAWN: "gone",
}


@dataclass(frozen=True)
class TicketRow:
    """One line. `urgency` is late, soon or empty."""

    number: str
    version: int
    title: str
    status_name: str
    tone: str
    enterprise: str
    area: str
    holder: str
    left: str
    urgency: str
    due_on: date
    channel: str
    opened_at: datetime
    is_provisional: bool
    marks: tuple[str, ...] = ()


def find(
    session: Session,
    filters: Filters,
    today: Today,
    *,
    codes: frozenset[str] | None,
    number: int | None,
    path: str = PATH,
    query: Mapping[str, str] | None = None,
) -> Page[TicketRow]:
    """One page of the list. Counting and cutting touch the tickets alone; names come for the page's rows only. Words
    are looked for once, and no further than `most_found` hits, the newest."""
    query = filters.query if query is None else query
    page: Page[Any]
    if words_of(filters):
        most = most_found(number) if sort_of(filters) == "new" else MOST_FOUND
        ids, is_cut = _found(session, filters, today, codes, most)
        page = page_of(ids, number=number, path=path, query=query, is_cut=is_cut)
    else:
        total = count(session, filters, today, codes)
        shown = number_within(number, total)
        statement = _ids(session, filters, today, codes, shown, total)
        rows = rows_of(session, statement, shown, total, ordering(filters))
        page = Page([identity for (identity,) in rows], shown, total, path, query)
    found = {row[0].id: row for row in session.execute(_base().where(col(Ticket.id).in_(page.rows))).all()}
    lines = as_rows([found[identity] for identity in page.rows], today)
    return Page(lines, page.number, page.total, page.path, page.query, page.is_cut)


def how_many(
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None
) -> tuple[int, bool]:
    """How many tickets `find` lists at first, by words; and whether there are more."""
    ids, is_cut = _found(session, filters, today, codes, most_found(None))
    return len(ids), is_cut


def count(session: Session, filters: Filters, today: Today, codes: frozenset[str] | None) -> int:
    """How many tickets a reader confined to `codes` finds, whatever the words."""

    def counted() -> int:
        if filters.is_wide:
            return session.scalar(narrowed(session, filters, today, codes).count) or 0
        wanted = matching(session, filters, today, codes)
        return session.scalar(select(func.count()).select_from(Ticket).where(wanted)) or 0

    return today.counts.of((replace(filters, words="", sort=""), codes), today.now, counted, size=int)


def _ids(
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None, number: int, total: int
) -> Select[int | None]:
    """The tickets of a page, not ordered yet: by walking through all in order where every few of them fit, else by
    sorting those that fit. Putting these together costs about as much as looking at a tenth of all; a department's
    few are found directly."""
    before = (number - 1) * PER_PAGE
    distance = min(before, max(total - before, 0)) + PER_PAGE
    everything = session.scalar(select(func.count()).select_from(Ticket)) or 0
    together = total if isinstance(codes, OfDepartment) else max(total, everything // 10)
    walks = not filters.is_wide or distance * everything < total * together
    ways = matching if walks else lambda *asked: narrowed(*asked).condition
    return select(col(Ticket.id)).where(ways(session, filters, today, codes))


def _found(
    session: Session, filters: Filters, today: Today, codes: frozenset[str] | None, most: int
) -> tuple[Sequence[int], bool]:
    """Ids of the newest `most` tickets with the words, ordered as asked; and whether there are more."""
    narrowed = matching(session, filters, today, codes)
    if is_number(filters.words):
        ids = numbered(session, filters.words, narrowed, most + 1)
    else:
        wanted = Wanted(
            key=col(Ticket.id),
            narrowed=narrowed,
            few=few_in(filters, codes, narrowed),
            has_words=has_words(filters),
            pending=not_indexed(),
            most=most + 1,
            newest_first=True,
        )
        ids = searching.find(session, Place.TICKET, words_of(filters), wanted)
    is_cut, ids = len(ids) > most, ids[:most]
    if sort_of(filters) == "new":
        return ids, is_cut  # as they lie: newer tickets have higher numbers
    order = (by.clause() for by in ordering(filters))
    statement = select(col(Ticket.id)).where(col(Ticket.id).in_(ids)).order_by(*order)
    return [number or 0 for number in session.scalars(statement)], is_cut


def status_badge(ticket: Ticket) -> tuple[str, str]:
    """The status in words and its colour."""
    status = Status(ticket.status)
    return STATUS_NAMES[status], TONES[status]


def by_numbers(
    session: Session, numbers: Sequence[str], today: Today, codes: frozenset[str] | None
) -> list[TicketRow]:
    """These tickets, as far as the reader may know of them, by deadline."""
    statement = _base().where(tickets_in(codes), col(Ticket.number).in_(numbers))
    return as_rows(session.execute(statement.order_by(col(Ticket.due_on), col(Ticket.id))).all(), today)


def of_enterprise(
    session: Session, ticket: Ticket, today: Today, codes: frozenset[str] | None
) -> list[TicketRow]:
    """The enterprise's other tickets, newest first: so that nobody asks it twice (E7)."""
    if ticket.enterprise_id is None:
        return []
    wanted = and_(
        tickets_in(codes), col(Ticket.enterprise_id) == ticket.enterprise_id, col(Ticket.id) != ticket.id
    )
    return of_condition(session, wanted, today, limit=OTHERS)


def of_condition(
    session: Session, condition: ColumnElement[bool], today: Today, *, limit: int
) -> list[TicketRow]:
    """Tickets that fit a condition, newest first."""
    order = col(Ticket.id).desc()
    ids = select(col(Ticket.id)).where(condition).order_by(order).limit(limit)
    return _lines(session, session.scalars(ids).all(), (order,), today)


def first(
    session: Session, condition: str, today: Today, *, codes: frozenset[str] | None, limit: int
) -> list[TicketRow]:
    """The most urgent few of a figure."""
    chosen = CONDITIONS[condition][1](today)
    order = (col(Ticket.due_on), col(Ticket.id))
    ids = select(col(Ticket.id)).where(tickets_in(codes), chosen).order_by(*order).limit(limit)
    return _lines(session, session.scalars(ids).all(), order, today)


def _lines(
    session: Session, ids: Sequence[int | None], order: Sequence[Any], today: Today
) -> list[TicketRow]:
    """These tickets in this order, with the names that belong to them."""
    return as_rows(session.execute(_base().where(col(Ticket.id).in_(ids)).order_by(*order)).all(), today)


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
        version=ticket.version,
        title=title_of(ticket),
        status_name=STATUS_NAMES[status],
        tone=TONES[status],
        enterprise=enterprise,
        area=area,
        holder=holder,
        left=left,
        urgency=urgency,
        due_on=ticket.due_on,
        channel=ticket.channel,
        opened_at=ticket.opened_at,
        is_provisional=ticket.due_is_provisional,
        marks=_marks(ticket),
    )


def _marks(ticket: Ticket) -> tuple[str, ...]:
    """What makes this one special, in a few words."""
    named = (
        (ticket.supervised_at is not None and ticket.status in (*LIVE, Status.RESOLVED), "督办"),
        (ticket.is_green, "绿色通道"),
        (ticket.urged_count > 0, f"催办 {ticket.urged_count} 次"),
        (ticket.returned_count > 0, f"退回 {ticket.returned_count} 次"),
        (ticket.reopened_count > 0, f"重办 {ticket.reopened_count} 次"),
        (ticket.duplicate_of_id is not None, "并案"),
    )
    return tuple(words for holds, words in named if holds)


def _base() -> Select[Ticket, str, str, str, str]:
    return (
        select(Ticket, col(Enterprise.name), col(Area.name), col(Officer.name), col(Department.name))
        .outerjoin(Enterprise, col(Enterprise.id) == col(Ticket.enterprise_id))
        .outerjoin(Area, col(Area.code) == col(Enterprise.area_code))
        .outerjoin(Officer, col(Officer.id) == col(Ticket.officer_id))
        .outerjoin(Department, col(Department.id) == col(Ticket.department_id))
    )
