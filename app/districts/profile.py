"""A district's rules as frozen values. Every rule names the clause it comes from, or says 默认.

Nothing here knows a district by name: five documents differ only in this data (mission C5, E1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum

from app.clock import SHANGHAI
from app.districts.outside import OutsideSystem
from app.districts.rules import (
    CoHandling,
    Coverage,
    Feedback,
    Handoffs,
    OwnChannels,
    Passing,
    Rectification,
    RoutingLayer,
)
from app.workdays.calendar import ONE_DAY, OfficeHours

DEFAULT_CLAUSE = "默认"


class HolderKind(StrEnum):
    """Who works a ladder step. HUB, MEETING, LEADER and CITY are kept moving by the hub's people."""

    OFFICER = "officer"
    DEPARTMENT = "department"
    HUB = "hub"
    MEETING = "meeting"
    LEADER = "leader"
    CITY = "city"


class Role(StrEnum):
    """Who may move a ticket onto a step."""

    OFFICER = "officer"
    COORDINATOR = "coordinator"
    HUB = "hub"


@dataclass(frozen=True)
class Limit:
    """A number of working days and where it comes from."""

    working_days: int
    clause: str

    @property
    def is_default(self) -> bool:
        """Whether the document gives no number and this is ours."""
        return self.clause == DEFAULT_CLAUSE


@dataclass(frozen=True)
class LadderStep:
    """One rung (办理层级). `holder` is the body's name as people read it.

    `reason_asked`: a reason as it should be, shown to who moves a request here without one.
    `needs_opinion`: a department must have said what it thinks before an officer moves a request here (A9).
    `supervises`: what stands here is on the supervision list (BH 督办、通报).
    """

    key: str
    name: str
    holder_kind: HolderKind
    holder: str
    moved_by: tuple[Role, ...]
    needs_reason: bool
    reason_asked: str
    needs_opinion: bool
    supervises: bool
    limit: Limit | None
    clause: str


@dataclass(frozen=True)
class Hub:
    """运行中枢. `duties` maps a duty to the body that does it, because districts split them (E1)."""

    name: str
    duties: Mapping[str, str]
    clause: str


@dataclass(frozen=True)
class Titles:
    """What the people are called in this district."""

    officer: str
    coordinator: str
    clause: str


@dataclass(frozen=True)
class Deadlines:
    """Clocks in working days. `finish`: whole request; `contact`: a department calls the enterprise;
    `progress`: it reports progress; `tell`: the result is told after it is done; `reopen`: a new finish."""

    finish: Limit
    contact: Limit
    tell: Limit
    reopen: Limit
    progress: Limit | None


@dataclass(frozen=True)
class Pause:
    """Whether the clock stands still while we wait for the enterprise, and for how long at most."""

    is_enabled: bool
    max_working_days: int
    clause: str


@dataclass(frozen=True)
class Extension:
    """How far a deadline may be moved, each time with a reason."""

    max_working_days: int
    max_times: int
    clause: str


@dataclass(frozen=True)
class Reminders:
    """Working days: before the deadline; until an unaccepted ticket is reminded and then shown to the hub;
    after the deadline until the hub supervises (the day after, the area's leader is told); until an enterprise
    that owes us something is asked once more."""

    before_due: int
    unaccepted: int
    unaccepted_to_hub: int
    overdue_to_hub: int
    waiting: int
    clause: str


@dataclass(frozen=True)
class Closing:
    """A told, unrated ticket is filed after this many working days of silence."""

    silent_working_days: int
    clause: str


@dataclass(frozen=True)
class QuietHours:
    """No push that the person did not just ask for, from `start` to `end` (may cross midnight)."""

    start: time
    end: time
    clause: str

    def covers(self, at: time) -> bool:
        """Whether this time of day is quiet."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours around this aware moment end; None outside them."""
        local = moment.astimezone(SHANGHAI)
        if not self.covers(local.time()):
            return None
        end = datetime.combine(local.date(), self.end, SHANGHAI)
        return (end if end > local else end + ONE_DAY).astimezone(UTC)


@dataclass(frozen=True)
class GreenChannel:
    """Flagged enterprises, and those of these industry chains, may go straight to this step (C6)."""

    step: str
    chains: tuple[str, ...]
    clause: str


@dataclass(frozen=True)
class Places:
    """Where an enterprise can turn to, as entries of the handbook name them."""

    hall: str
    hotline: str
    feedback_window: str
    online_platform: str
    clause: str


@dataclass(frozen=True)
class Privacy:
    """The notice on personal data: one sentence at first contact, paragraphs behind the link."""

    notice: str
    paragraphs: tuple[str, ...]
    clause: str


@dataclass(frozen=True)
class Profile:
    """Everything that differs between districts. `digest` is the SHA-256 of the file it came from.

    `from_handbook`: the category that a folder of the handbook, or one entry of it, stands for (C17)."""

    key: str
    name: str
    full_name: str
    programme: str
    document: str
    titles: Titles
    hub: Hub
    ladder: tuple[LadderStep, ...]
    deadlines: Deadlines
    office_hours: OfficeHours
    pause: Pause
    extension: Extension
    reminders: Reminders
    closing: Closing
    quiet_hours: QuietHours
    green_channel: GreenChannel | None
    co_handling: CoHandling | None
    handoffs: Handoffs
    feedback: Feedback
    rectification: Rectification | None
    routing: tuple[RoutingLayer, ...]
    coverage: Coverage
    dissatisfied_to: str
    categories: tuple[str, ...]
    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    exclusions: tuple[str, ...]
    places: Places
    privacy: Privacy
    digest: str
    systems: tuple[OutsideSystem, ...] = ()
    own_channels: OwnChannels | None = None
    from_handbook: Mapping[str, str] = field(default_factory=dict)
    passing: Passing | None = None

    def system(self, key: str) -> OutsideSystem | None:
        """The mapping of the outside system with this key, where the district has one."""
        return next((system for system in self.systems if system.key == key), None)

    @property
    def names_leaders(self) -> bool:
        """Whether a rung belongs to the district leader who stands behind the enterprise (A9)."""
        return any(step.holder_kind is HolderKind.LEADER for step in self.ladder)

    def step(self, key: str) -> LadderStep:
        """The rung with this key; KeyError if the ladder has none."""
        return {step.key: step for step in self.ladder}[key]

    def handbook_variables(self) -> dict[str, str]:
        """What `{{ district.… }}` stands for in handbook entries, without the prefix."""
        return {
            "name": self.name,
            "hall": self.places.hall,
            "hotline": self.places.hotline,
            "hub": self.hub.name,
            "officer_title": self.titles.officer,
            "feedback_window": self.places.feedback_window,
            "online_platform": self.places.online_platform,
        }
