"""What the dialogue may look up about the person who is talking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from app.conversations import answers
from app.directory import attempts, lookup
from app.directory.models import Contact, Coordinator, Enterprise, Officer
from app.tickets import repository
from app.tickets.lifecycle import FINAL, Status
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind
from bot.views import EnterpriseView, Person, Role, TicketView
from handbook.entry import Kind, Search

TITLE_LENGTH = 16
POPULAR_SHOWN = 6
POPULAR_PERIOD = timedelta(days=30)
RATING_STANDS = timedelta(days=1)
# For so long after a silent filing «it is not solved» takes the same ticket up again.
GRACE = timedelta(days=7)
LOOK_UPS_PER_HOUR = 20  # a bookkeeper binds her clients; nobody reads the directory out
MATTERS = (Kind.ANSWER, Kind.POLICY)
# Before anybody has asked anything: what every new business meets first.
FIRST_QUESTIONS = (
    "registration/individual-setup",
    "permit/food-business",
    "tax/e-invoice",
    "social/add-remove-employee",
    "credit/annual-report",
    "finance/startup-loan",
)


@dataclass(frozen=True)
class Caller:
    """The row behind an openid: an officer, a coordinator, or somebody's contact."""

    openid: str
    officer: Officer | None = None
    coordinator: Coordinator | None = None

    @property
    def is_staff(self) -> bool:
        """Officers and coordinators, who also find the entries that are for officers only."""
        return self.officer is not None or self.coordinator is not None

    @property
    def actor(self) -> Actor:
        """In which capacity this person acts on tickets."""
        if self.officer is not None:
            return Actor(ActorKind.OFFICER, str(self.officer.id), self.officer.name)
        if self.coordinator is not None:
            return Actor(ActorKind.COORDINATOR, str(self.coordinator.id), self.coordinator.name)
        return Actor(ActorKind.ENTERPRISE, self.openid, "企业")


# Built once: nearly everybody who writes is an enterprise, and this is asked twice a message.
_STAFF = union_all(
    *(
        columns(col(table.openid)).where(
            col(table.openid).in_(bindparam("openids", expanding=True)), col(table.is_active)
        )
        for table in (Officer, Coordinator)
    )
)


def staff_among(session: Session, openids: Iterable[str]) -> frozenset[str]:
    """Those of these openids that are an officer's or a coordinator's in service."""
    rows = session.connection().execute(_STAFF, {"openids": list(openids)})
    return frozenset(row.openid for row in rows)


def caller_of(session: Session, openid: str) -> Caller:
    """Who this openid is bound to; staff rows that were switched off count as nobody."""
    if not staff_among(session, [openid]):
        return Caller(openid)
    officer = session.exec(
        select(Officer).where(col(Officer.openid) == openid, col(Officer.is_active))
    ).first()
    if officer is not None:
        return Caller(openid, officer=officer)
    coordinator = session.exec(
        select(Coordinator).where(col(Coordinator.openid) == openid, col(Coordinator.is_active))
    ).first()
    return Caller(openid, coordinator=coordinator)


# Whoever writes is looked up with plain columns: rows of the model are made where something is changed.
_BINDINGS = (
    columns(
        col(Contact.openid),
        col(Enterprise.id),
        col(Enterprise.name),
        col(Contact.verified_at),
        col(Contact.is_current),
        col(Contact.phone),
    )
    .join_from(Contact, Enterprise, col(Enterprise.id) == col(Contact.enterprise_id))
    .where(col(Contact.openid).in_(bindparam("openids", expanding=True)), col(Contact.ended_at).is_(None))
    .order_by(col(Contact.id))
)
_OPEN = tuple(status for status in Status if status not in FINAL)
_WITH_TICKET = (
    columns(col(Ticket.openid))
    .where(col(Ticket.openid).in_(bindparam("openids", expanding=True)), col(Ticket.status).in_(_OPEN))
    .distinct()
)


def enterprise_people(session: Session, openids: Sequence[str]) -> dict[str, Person]:
    """These people as the enterprises' contacts that they are, bound or not; nobody of the staff may be among them."""
    rows: dict[str, list[Any]] = {openid: [] for openid in openids}
    for row in session.connection().execute(_BINDINGS, {"openids": list(openids)}):
        rows[row.openid].append(row)
    return {openid: _contact_of(found) for openid, found in rows.items()}


def _contact_of(rows: Sequence[Any]) -> Person:
    views = tuple(EnterpriseView(row.id, row.name, row.verified_at is not None) for row in rows)
    current = next((view for view, row in zip(views, rows, strict=True) if row.is_current), None)
    return Person(Role.ENTERPRISE, "", views, current, any(row.phone for row in rows))


def with_open_ticket(session: Session, openids: Iterable[str]) -> frozenset[str]:
    """Those of these people who have a ticket that is not closed."""
    rows = session.connection().execute(_WITH_TICKET, {"openids": list(openids)})
    return frozenset(row.openid for row in rows)


class SessionDesk:
    """bot.views.Desk over one transaction."""

    def __init__(self, session: Session, caller: Caller, search: Search, now: datetime) -> None:
        self._session = session
        self._caller = caller
        self._search = search
        self._now = now
        self._open: tuple[TicketView, ...] | None = None

    def person(self) -> Person:
        """Who is talking."""
        officer, coordinator = self._caller.officer, self._caller.coordinator
        if officer is not None:
            return Person(Role.OFFICER, officer.name)
        if coordinator is not None:
            return Person(Role.COORDINATOR, coordinator.name)
        openid = self._caller.openid
        return enterprise_people(self._session, [openid])[openid]

    def open_tickets(self) -> tuple[TicketView, ...]:
        """This person's own tickets that are not closed, newest first; read once, since nothing changes in a turn."""
        if self._open is None:
            self._open = self._read_open_tickets()
        return self._open

    def rated_lately(self) -> tuple[TicketView, ...]:
        """This person's own tickets rated within the last day, the last rated first."""
        rows = repository.rated_since(self._session, self._caller.openid, self._now - RATING_STANDS)
        return tuple(replace(view_of(ticket), rated_at=rating.at) for ticket, rating in rows)

    def closed_lately(self) -> tuple[TicketView, ...]:
        """This person's own tickets that were filed within the last days without a word from them, newest first."""
        rows = repository.closed_unrated(self._session, self._caller.openid, self._now - GRACE)
        return tuple(replace(view_of(ticket), is_resolved=True) for ticket in rows)

    def popular_questions(self) -> tuple[str, ...]:
        """What was answered most in the last 30 days, topped up from the handbook's beginning."""
        ids = [
            *answers.most_given(self._session, self._now - POPULAR_PERIOD, POPULAR_SHOWN),
            *FIRST_QUESTIONS,
        ]
        entries = [self._search.entry(entry_id) for entry_id in dict.fromkeys(ids)]
        titles = [entry.title for entry in entries if entry is not None and entry.kind in MATTERS]
        return tuple(titles[:POPULAR_SHOWN])

    def find_enterprises(self, text: str) -> tuple[EnterpriseView, ...] | None:
        """At most three by name or credit code; None once this person has looked up too many within the hour."""
        key = f"lookup:{self._caller.openid}"
        if attempts.is_exhausted(self._session, key, LOOK_UPS_PER_HOUR, self._now):
            return None
        attempts.count(self._session, key, self._now)
        found = lookup.find_enterprises(self._session, text)
        return tuple(EnterpriseView(row.id or 0, row.name) for row in found)

    def _read_open_tickets(self) -> tuple[TicketView, ...]:
        openid = self._caller.openid
        if not with_open_ticket(self._session, [openid]):
            return ()
        rows = repository.tickets(self._session, col(Ticket.openid) == openid, statuses=_OPEN, limit=20)
        return tuple(view_of(row) for row in rows)


def view_of(ticket: Ticket) -> TicketView:
    """The slice of a ticket that the dialogue decides on."""
    text = " ".join((ticket.title or ticket.content).split())
    title = text if len(text) <= TITLE_LENGTH else f"{text[: TITLE_LENGTH - 1]}…"
    status = Status(ticket.status)
    return TicketView(
        number=ticket.number,
        title=title,
        opened_at=ticket.opened_at,
        is_waiting=status is Status.WAITING,
        is_resolved=status is Status.RESOLVED,
    )
