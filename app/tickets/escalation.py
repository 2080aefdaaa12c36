"""Which reminder or escalation of a ticket is due now, and when to look again. Pure.

Every step falls on the opening of an office on a working day. A step has a key that names its date, so it
is done once, and again only if the date moved. A late worker does the last step of each chain, not all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.districts.profile import HolderKind, Profile
from app.tickets.lifecycle import Status
from app.workdays.calendar import WorkCalendar


class Step(StrEnum):
    """What the worker does, in the order of each chain."""

    UNACCEPTED = "unaccepted"
    UNACCEPTED_TO_HUB = "unaccepted_to_hub"
    CONTACT_LATE = "contact_late"
    PROGRESS_LATE = "progress_late"
    DUE_SOON = "due_soon"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    OVERDUE_TO_HUB = "overdue_to_hub"
    WAITING_AGAIN = "waiting_again"
    WAITING_OVER = "waiting_over"
    UNTOLD = "untold"
    UNTOLD_LATE = "untold_late"
    CLOSE_SILENT = "close_silent"


CHAIN = {
    Step.UNACCEPTED: "acceptance",
    Step.UNACCEPTED_TO_HUB: "acceptance",
    Step.CONTACT_LATE: "contact",
    Step.PROGRESS_LATE: "progress",
    Step.DUE_SOON: "deadline",
    Step.DUE_TODAY: "deadline",
    Step.OVERDUE: "deadline",
    Step.OVERDUE_TO_HUB: "deadline",
    Step.WAITING_AGAIN: "waiting",
    Step.WAITING_OVER: "waiting",
    Step.UNTOLD: "telling",
    Step.UNTOLD_LATE: "telling",
    Step.CLOSE_SILENT: "closing",
}
SUPERVISED = frozenset({Step.UNACCEPTED_TO_HUB, Step.OVERDUE_TO_HUB, Step.UNTOLD_LATE})
HELD_BY_PEOPLE = frozenset({HolderKind.OFFICER, HolderKind.DEPARTMENT})


@dataclass(frozen=True)
class Watch:
    """What the clock needs to know of a ticket. Dates are days zero in China.

    `can_be_told`: a push with the result is on its way or arrived, so nobody need call yet.
    """

    status: Status
    holder_kind: HolderKind
    held_on: date
    due_on: date
    contact_due_on: date | None = None
    progress_due_on: date | None = None
    waiting_since: date | None = None
    waited_days: int = 0
    resolved_on: date | None = None
    can_be_told: bool = True
    told_on: date | None = None


@dataclass(frozen=True)
class Planned:
    """One step and the moment from which it is due."""

    step: Step
    at: datetime

    @property
    def key(self) -> str:
        """Names the step and its day: what was done is remembered by it."""
        return f"{self.step}:{self.at:%Y-%m-%d}"


def plan(watch: Watch, *, profile: Profile, calendar: WorkCalendar) -> list[Planned]:
    """Every step of the ticket as it stands, in order of time."""
    if watch.status is Status.RESOLVED:
        days = _after_resolution(watch, profile, calendar)
    elif watch.status is Status.WAITING and profile.pause.is_enabled:
        days = _while_waiting(watch, profile, calendar)
    elif watch.status in (Status.CLOSED, Status.WITHDRAWN):
        days = []
    else:
        days = _while_live(watch, profile, calendar)
    planned = [Planned(step, calendar.opening_of(day, profile.office_hours)) for step, day in days]
    return sorted(planned, key=lambda item: item.at)


def due_now(planned: list[Planned], done: Collection[str], now: datetime) -> list[Planned]:
    """Steps whose time has come and that were not done yet, oldest first."""
    return [item for item in planned if item.at <= now and item.key not in done]


def worth_doing(due: list[Planned]) -> list[Planned]:
    """The last step of each chain: after an outage nobody wants three reminders of one deadline."""
    return list({CHAIN[item.step]: item for item in due}.values())


def next_look(planned: list[Planned], done: Collection[str], now: datetime) -> datetime | None:
    """When the worker must look again: the earliest step not done (now at the earliest), or None."""
    moments = [max(item.at, now) for item in planned if item.key not in done]
    return min(moments, default=None)


def _while_live(watch: Watch, profile: Profile, calendar: WorkCalendar) -> list[tuple[Step, date]]:
    reminders = profile.reminders
    days = [
        (Step.DUE_SOON, calendar.add(watch.due_on, -reminders.before_due)),
        (Step.DUE_TODAY, watch.due_on),
        (Step.OVERDUE, calendar.add(watch.due_on, 1)),
        (Step.OVERDUE_TO_HUB, calendar.add(watch.due_on, reminders.overdue_to_hub)),
    ]
    if watch.status is Status.PENDING and watch.holder_kind in HELD_BY_PEOPLE:
        days.append((Step.UNACCEPTED, calendar.add(watch.held_on, reminders.unaccepted)))
        days.append((Step.UNACCEPTED_TO_HUB, calendar.add(watch.held_on, reminders.unaccepted_to_hub)))
    if watch.contact_due_on is not None:
        days.append((Step.CONTACT_LATE, watch.contact_due_on))
    if watch.progress_due_on is not None:
        days.append((Step.PROGRESS_LATE, watch.progress_due_on))
    return days


def _while_waiting(watch: Watch, profile: Profile, calendar: WorkCalendar) -> list[tuple[Step, date]]:
    since = watch.waiting_since or watch.held_on
    left = max(0, profile.pause.max_working_days - watch.waited_days)
    days = [(Step.WAITING_OVER, calendar.add(since, left))]
    if profile.reminders.waiting < left:
        days.append((Step.WAITING_AGAIN, calendar.add(since, profile.reminders.waiting)))
    return days


def _after_resolution(watch: Watch, profile: Profile, calendar: WorkCalendar) -> list[tuple[Step, date]]:
    if watch.told_on is not None:
        return [(Step.CLOSE_SILENT, calendar.add(watch.told_on, profile.closing.silent_working_days))]
    resolved_on = watch.resolved_on or watch.held_on
    tell = profile.deadlines.tell.working_days
    remind_on = calendar.add(resolved_on, max(tell - 1, 0)) if watch.can_be_told else resolved_on
    return [(Step.UNTOLD, remind_on), (Step.UNTOLD_LATE, calendar.add(resolved_on, tell + 1))]
