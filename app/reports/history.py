"""A ticket as it stood at a moment, told again from its timeline. Pure.

A report about a past month must say today what it said then. The ticket's row is of today: a result that was
reopened is gone from it, a deadline that was moved is the new one. The timeline keeps everything, so the figures
are counted from it: every event up to the moment, none after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.clock import local_date
from app.tickets.escalation import SUPERVISED
from app.tickets.lifecycle import LIVE, TRANSITIONS, Action, Status

REMINDED = "reminded"
_SUPERVISING = tuple(f"{step}:" for step in SUPERVISED)
_OFF_THE_LIST = frozenset({Action.RESOLVE, Action.DECIDE, Action.WITHDRAW, Action.MERGE})


@dataclass(frozen=True)
class Party:
    """Who held a ticket: an officer, a department, or one of the bodies that the hub keeps moving."""

    kind: str
    officer_id: int | None = None
    department_id: int | None = None


@dataclass(frozen=True)
class Basis:
    """What a ticket is, whatever happens to it. `party` and `due_on` are today's, where the timeline is silent."""

    id: int
    number: str
    opened_at: datetime
    title: str
    channel: str
    category: str
    enterprise_id: int | None
    area: str
    grid: str
    party: Party
    due_on: date


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Rated:
    """What the enterprise said, and about whose work."""

    at: datetime
    score: int


@dataclass(frozen=True)
class Resolution:
    """A result: when, by whom, and what had been promised at that time."""

    at: datetime
    party: Party
    due_on: date
    result_kind: str

    @property
    def is_on_time(self) -> bool:
        """By the promised day."""
        return local_date(self.at) <= self.due_on


@dataclass
class Story:
    """The ticket at the moment; lists are in the order of time."""

    basis: Basis
    status: Status
    party: Party
    due_on: date
    received: list[tuple[datetime, Party]] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)
    standing: Resolution | None = None
    returned: list[tuple[datetime, Party]] = field(default_factory=list)
    reopened: list[tuple[datetime, Party]] = field(default_factory=list)
    summoned: list[datetime] = field(default_factory=list)
    raised: list[datetime] = field(default_factory=list)
    is_supervised: bool = False
    paused_on: date | None = None
    rating: Rated | None = None

    @property
    def is_live(self) -> bool:
        """Whether somebody still had to do something."""
        return self.status in LIVE

    def is_late_on(self, day: date) -> bool:
        """Live, its day over while the clock ran: it stands still while the enterprise owes us something (C8)."""
        return self.is_live and self.due_on < self.counted_until(day)

    def counted_until(self, day: date) -> date:
        """The day to which its clock ran: `day`, or the earlier one on which it was stopped."""
        return day if self.paused_on is None else min(day, self.paused_on)

    @property
    def rated_party(self) -> Party:
        """Whose result was rated: the last one before the rating."""
        assert self.rating is not None  # noqa: S101 - asked of rated ones only
        done = [item for item in self.resolutions if item.at <= self.rating.at]
        return done[-1].party if done else self.party


def replay(basis: Basis, events: Sequence[Event], ratings: Iterable[Rated], cutoff: datetime) -> Story:
    """The story up to `cutoff`. `events` are all of the ticket's, oldest first: later ones tell what was before."""
    story = Story(basis, Status.PENDING, _first_party(basis, events), _first_due(basis, events))
    story.received.append((basis.opened_at, story.party))
    for event in events:
        if event.at >= cutoff:
            break
        _tell(story, event)
    story.due_on = _due_at(basis, events, cutoff)
    said = [rating for rating in ratings if rating.at < cutoff]
    story.rating = max(said, key=lambda rating: rating.at) if said else None
    return story


def _tell(story: Story, event: Event) -> None:
    before = story.party
    _note_result(story, event)
    _note_way(story, event)
    moved = event.data.get("to")
    if isinstance(moved, Mapping) and "kind" in moved:
        story.party = _party(moved)
        if story.party != before:
            story.received.append((event.at, story.party))
    story.due_on = _day(event.data.get("due_on")) or story.due_on
    if event.kind in set(Action) and not event.data.get("is_beside"):
        story.status = TRANSITIONS.get((story.status, Action(event.kind)), story.status)
    if story.status is not Status.WAITING:
        story.paused_on = None
    elif story.paused_on is None and event.data.get("pauses", True):
        story.paused_on = local_date(event.at)


def _note_result(story: Story, event: Event) -> None:
    """A result, or that it did not stand."""
    if event.kind == Action.RESOLVE:
        due_on = _day(event.data.get("due_on")) or story.due_on
        story.standing = Resolution(event.at, story.party, due_on, str(event.data.get("result_kind", "")))
        story.resolutions.append(story.standing)
    elif event.kind == Action.REOPEN:
        undone = story.standing.party if story.standing else story.party
        story.reopened.append((event.at, undone))
        story.standing = None


def _note_way(story: Story, event: Event) -> None:
    """Given back, summoned, raised, supervised."""
    if event.kind == Action.RETURN:
        story.returned.append((event.at, story.party))
    elif event.kind == Action.SUMMON:
        story.summoned.append(event.at)
    elif event.kind == Action.RAISE:
        story.raised.append(event.at)
    if _supervises(story, event):
        story.is_supervised = True
    elif event.kind in _OFF_THE_LIST:
        story.is_supervised = False


def _supervises(story: Story, event: Event) -> bool:
    """Put on the supervision list: by hand, by its rung, by a reminder of the last stage, or urged when it was late."""
    if event.data.get("supervised"):
        return event.kind != Action.DECIDE
    if event.kind == REMINDED:
        return any(str(key).startswith(_SUPERVISING) for key in event.data.get("keys", ()))
    is_late = story.is_late_on(local_date(event.at))
    return event.kind == Action.SUPERVISE or (event.kind == Action.URGE and is_late)


def _first_party(basis: Basis, events: Sequence[Event]) -> Party:
    """The first move says from whom; without any move it is who holds it today."""
    for event in events:
        was = event.data.get("from")
        if isinstance(was, Mapping) and "kind" in was:
            return _party(was)
    return basis.party


def _first_due(basis: Basis, events: Sequence[Event]) -> date:
    """As promised at the start; for tickets older than that note, what the first change says was before."""
    for event in events:
        known = _day(event.data.get("was") if event.kind != "opened" else None) or _day(
            event.data.get("due_on") if event.kind in ("opened", Action.RESOLVE) else None
        )
        if known is not None:
            return known
    return basis.due_on


def _due_at(basis: Basis, events: Sequence[Event], cutoff: datetime) -> date:
    """The promised day as of `cutoff`: the last note before it, else what the next one says was before."""
    found = _first_due(basis, events)
    for event in events:
        if event.at >= cutoff:
            return _day(event.data.get("was")) or found if "was" in event.data else found
        found = _day(event.data.get("due_on")) or found
    return found


def _party(data: Mapping[str, Any]) -> Party:
    return Party(str(data["kind"]), data.get("officer_id"), data.get("department_id"))


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
