"""Which tickets a figure counts: one definition for the number on the first screen and the list behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlmodel import col, select

from app.clock import SHANGHAI, local_date
from app.directory.models import Assignment
from app.districts.profile import HolderKind
from app.panel.recent_counts import RecentCounts
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Handoff, MeetingItem, Ticket
from app.tickets.repository import is_late
from app.tickets.values import Rules

PING_PONG = 2
PEOPLE = (HolderKind.OFFICER, HolderKind.DEPARTMENT)


@dataclass(frozen=True)
class Today:
    """The day the figures are for, and the rules that decide when something is slow; `counts` of a moment ago."""

    now: datetime
    rules: Rules
    counts: RecentCounts = field(default_factory=RecentCounts)

    @property
    def day(self) -> date:
        """The day in China."""
        return local_date(self.now)

    @property
    def running(self) -> tuple[Status, ...]:
        """Statuses in which the clock runs."""
        paused = self.rules.profile.pause.is_enabled
        return tuple(status for status in LIVE if not (paused and status is Status.WAITING))

    def start_of(self, day: date) -> datetime:
        """Midnight in China."""
        return datetime.combine(day, datetime.min.time(), SHANGHAI)


Condition = Callable[[Today], ColumnElement[bool]]


def live(_today: Today) -> ColumnElement[bool]:
    """Everything that is being worked on."""
    return col(Ticket.status).in_(LIVE)


def late(today: Today) -> ColumnElement[bool]:
    """Past the promised day."""
    return is_late(today.day, pauses=today.rules.profile.pause.is_enabled)


def due_today(today: Today) -> ColumnElement[bool]:
    """Promised for today."""
    return and_(col(Ticket.status).in_(today.running), col(Ticket.due_on) == today.day)


def to_dispatch(_today: Today) -> ColumnElement[bool]:
    """In the hub's queue: nobody works on it."""
    return and_(col(Ticket.status) == Status.PENDING, col(Ticket.holder_kind) == HolderKind.HUB)


def unaccepted(today: Today) -> ColumnElement[bool]:
    """Handed to somebody who has not taken it up within the profile's working days."""
    limit = today.rules.profile.reminders.unaccepted
    cutoff = today.start_of(today.rules.calendar.add(today.day, -limit) + timedelta(days=1))
    return and_(
        col(Ticket.status) == Status.PENDING,
        col(Ticket.holder_kind).in_(PEOPLE),
        col(Ticket.held_since) < cutoff,
    )


def without_officer(_today: Today) -> ColumnElement[bool]:
    """Live requests of enterprises that nobody serves, or of callers who are no known enterprise."""
    is_served = exists().where(
        col(Assignment.enterprise_id) == col(Ticket.enterprise_id), col(Assignment.until).is_(None)
    )
    unserved = or_(col(Ticket.enterprise_id).is_(None), ~is_served)
    return and_(col(Ticket.status).in_(LIVE), col(Ticket.first_responder_id).is_(None), unserved)


def untold(_today: Today) -> ColumnElement[bool]:
    """Done, but nothing shows that the enterprise knows (D2)."""
    return and_(col(Ticket.status) == Status.RESOLVED, col(Ticket.told_at).is_(None))


def supervised(_today: Today) -> ColumnElement[bool]:
    """On the hub's supervision list (C9)."""
    return and_(col(Ticket.status).in_([*LIVE, Status.RESOLVED]), col(Ticket.supervised_at).is_not(None))


def at_meeting(_today: Today) -> ColumnElement[bool]:
    """On the table of a joint meeting that has not decided (C7)."""
    waiting = select(MeetingItem.ticket_id).where(col(MeetingItem.decided_at).is_(None))
    return and_(col(Ticket.status).in_(LIVE), col(Ticket.id).in_(waiting))


def outside(_today: Today) -> ColumnElement[bool]:
    """With another system, its result not back (C16)."""
    out = select(Handoff.ticket_id).where(col(Handoff.returned_at).is_(None))
    return and_(col(Ticket.status).in_(LIVE), col(Ticket.id).in_(out))


def passed_around(today: Today) -> ColumnElement[bool]:
    """Given back at least twice, or as often as the district says, and still open (C14)."""
    rule = today.rules.profile.passing
    times = rule.times_from if rule is not None else PING_PONG
    return and_(col(Ticket.status).in_(LIVE), col(Ticket.returned_count) >= times)


def green(_today: Today) -> ColumnElement[bool]:
    """By the green channel (C6)."""
    return and_(col(Ticket.status).in_(LIVE), col(Ticket.is_green))


def finished(_today: Today) -> ColumnElement[bool]:
    """With a result."""
    return col(Ticket.resolved_at).is_not(None)


def anything(_today: Today) -> ColumnElement[bool]:
    """All tickets ever."""
    return true()


def of_status(status: Status) -> Condition:
    """Tickets in one status."""
    return lambda _today: col(Ticket.status) == status


CONDITIONS: dict[str, tuple[str, Condition]] = {
    "live": ("在办", live),
    "late": ("已超期", late),
    "today": ("今天到期", due_today),
    "dispatch": ("待分派", to_dispatch),
    "unaccepted": ("迟迟没接单", unaccepted),
    "no-officer": ("没分到人的诉求", without_officer),
    "untold": ("办结还没告知", untold),
    "supervised": ("督办中", supervised),
    "meeting": ("等会商议定", at_meeting),
    "outside": ("已转出未回", outside),
    "passed-around": ("退回两次以上", passed_around),
    "green": ("绿色通道", green),
    "pending": ("待接单", of_status(Status.PENDING)),
    "working": ("办理中", of_status(Status.WORKING)),
    "waiting": ("待补充", of_status(Status.WAITING)),
    "finished": ("有结果的", finished),
    "resolved": ("已办结", of_status(Status.RESOLVED)),
    "closed": ("已归档", of_status(Status.CLOSED)),
    "withdrawn": ("已撤回", of_status(Status.WITHDRAWN)),
    "all": ("全部", anything),
}
