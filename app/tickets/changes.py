"""What an action on a ticket is (Case) and what it changes (Change); shared by the handlers of actions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from app.districts.profile import HolderKind
from app.errors import NotFound
from app.tickets import deadlines
from app.tickets.lifecycle import Action, Status
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Incomplete, Rules


@dataclass(frozen=True)
class Case:
    """One action under way: the ticket as it stands, who acts, and the words of the command.

    `details` holds what only one action has (a meeting's members, the number in another system). `is_holders`: it is
    the actor's own to take up, not only followed or helped with.
    """

    session: Session
    ticket: Ticket
    action: Action
    actor: Actor
    rules: Rules
    now: datetime
    note: str = ""
    target: str = ""
    days: int | None = None
    score: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    is_holders: bool = True

    @property
    def day_zero(self) -> date:
        """The day from which a clock started now counts."""
        return self.rules.calendar.received_on(self.now, self.rules.profile.office_hours)

    @property
    def ticket_id(self) -> int:
        """The ticket's row id."""
        if self.ticket.id is None:
            raise NotFound("没有这张单子")
        return self.ticket.id

    @property
    def is_dissatisfied(self) -> bool:
        """For 重办: the enterprise itself said that it is not solved, in chat or when somebody called."""
        is_heard = self.score is not None or bool(self.details.get("is_dissatisfied"))
        return self.actor.kind is ActorKind.ENTERPRISE or is_heard

    def needed_note(self, example: str) -> str:
        """The note, which this action cannot do without."""
        if not self.note:
            raise Incomplete(f"请写明内容，例如：{example.format(self.ticket.number[-4:])}")
        return self.note


@dataclass
class Change:
    """Columns to set and what the timeline keeps. `data` holds identifiers and numbers, no personal text.

    `then` writes what hangs on the ticket, once the ticket is certainly ours.
    """

    values: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    then: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True)
class Holder:
    """Who holds a ticket: an officer, a department, or one of the bodies the hub keeps moving."""

    kind: HolderKind
    officer_id: int | None = None
    department_id: int | None = None

    @classmethod
    def of(cls, ticket: Ticket) -> "Holder":
        """Who holds it now."""
        return cls(HolderKind(ticket.holder_kind), ticket.officer_id, ticket.department_id)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Holder":
        """Back from `to_json`."""
        return cls(HolderKind(data["kind"]), data["officer_id"], data["department_id"])

    def to_json(self) -> dict[str, Any]:
        """For the event of a transfer."""
        return {"kind": self.kind.value, "officer_id": self.officer_id, "department_id": self.department_id}


def hand_over(case: Case, to: Holder, step: str) -> Change:
    """Give the ticket to another holder on a step: unaccepted again, with the clock for contact running.

    A department also has to report progress in time, where the profile says so (FT 三(二)2).
    """
    clocks = case.rules.profile.deadlines
    calendar, contact = case.rules.calendar, clocks.contact.working_days
    reports = clocks.progress is not None and to.kind is HolderKind.DEPARTMENT
    progress = clocks.progress.working_days if clocks.progress and reports else None
    rung = next(item for item in case.ticket.ladder if item["key"] == step)
    supervised = {"supervised_at": case.ticket.supervised_at or case.now} if rung.get("supervises") else {}
    return Change(
        values={
            **supervised,
            "holder_kind": to.kind.value,
            "officer_id": to.officer_id,
            "department_id": to.department_id,
            "step": step,
            "held_since": case.now,
            "accepted_at": None,
            "contact_due_on": calendar.add(case.day_zero, contact),
            "progress_due_on": calendar.add(case.day_zero, progress) if progress else None,
        },
        data={
            "from": Holder.of(case.ticket).to_json(),
            "to": to.to_json(),
            "step": step,
            **({"supervised": True} if supervised else {}),
        },
    )


def apply(case: Case, after: Status, values: dict[str, Any]) -> bool:
    """Compare-and-set on the version; False, with the ticket read again, if somebody else was faster."""
    ticket = case.ticket
    statement = (
        update(Ticket)
        .where(col(Ticket.id) == ticket.id, col(Ticket.version) == ticket.version)
        .values(
            {"last_activity_at": case.now, **values, "status": after.value, "version": ticket.version + 1}
        )
    )
    is_mine = case.session.connection().execute(statement).rowcount == 1
    case.session.refresh(ticket)
    return is_mine


def leave_waiting(case: Case, after: Status) -> dict[str, Any]:
    """Columns that give the waited days back to the deadline when the ticket stops waiting."""
    ticket, pause = case.ticket, case.rules.profile.pause
    if ticket.status != Status.WAITING or after is Status.WAITING or ticket.waiting_since is None:
        return {}
    values: dict[str, Any] = {"waiting_since": None}
    if not pause.is_enabled:
        return values
    calendar = case.rules.calendar
    given_back = deadlines.paused_days(
        calendar,
        ticket.waiting_since,
        case.day_zero,
        already=ticket.waited_days,
        at_most=pause.max_working_days,
    )
    due = deadlines.deadline(calendar, ticket.due_on, given_back)
    provisional = ticket.due_is_provisional or due.is_provisional
    if ticket.progress_due_on is not None:
        values["progress_due_on"] = calendar.add(ticket.progress_due_on, given_back)
    return values | {
        "waited_days": ticket.waited_days + given_back,
        "due_on": due.on,
        "due_days": ticket.due_days + given_back,
        "due_is_provisional": provisional,
    }
