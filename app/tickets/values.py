"""What callers hand to the ticket services: who acts, what is asked, by which rules."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.districts.profile import Profile
from app.errors import AppError
from app.workdays.calendar import WorkCalendar

DISSATISFIED_UP_TO = 2  # of five points: these reopen (D4)
SATISFIED_FROM = 4


class ActorKind(StrEnum):
    """In which capacity somebody acts."""

    ENTERPRISE = "enterprise"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    HUB = "hub"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` is the openid of an enterprise's contact, else the row's id as text."""

    kind: ActorKind
    id: str
    name: str


SYSTEM = Actor(ActorKind.SYSTEM, "", "系统")


@dataclass(frozen=True)
class TicketDraft:
    """A request before it has a number. `openid` None: it came by another channel.

    `near` are handbook titles that almost matched, `near_ids` the same entries' ids: where `category` or `kind` is
    empty, it is proposed by them and by the words (C17). `department_hint` is offered to the officer as 吹哨.
    `departments` are named by the channel; where the profile says so they work on it from the start (C3).
    `title` is the sender's own; without one the content's first words are it.
    `opened_by` is who wrote it down, where that is not the enterprise itself.
    """

    content: str
    openid: str | None = None
    enterprise_id: int | None = None
    contact_name: str = ""
    contact_phone: str = ""
    channel: str = "微信"
    near: tuple[str, ...] = ()
    near_ids: tuple[str, ...] = ()
    title: str = ""
    category: str = ""
    kind: str = ""
    is_about_officer: bool = False
    external_number: str = ""
    department_hint: str = ""
    departments: tuple[str, ...] = ()
    opened_by: Actor | None = None


@dataclass(frozen=True)
class Rules:
    """What the district decided: profile, calendar, and the key that signs links."""

    profile: Profile
    calendar: WorkCalendar
    signing_key: bytes = field(repr=False)


class ResultKind(StrEnum):
    """How a request ended (mission C11)."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    REFERRED = "referred"
    OUT_OF_SCOPE = "out_of_scope"


RESULT_NAMES = {
    ResultKind.SOLVED: "已解决",
    ResultKind.EXPLAINED: "已解释",
    ResultKind.REFERRED: "已转介",
    ResultKind.OUT_OF_SCOPE: "不属受理范围",
}


class Incomplete(AppError):
    """The command lacks something; the message says what to add."""

    status_code = 422
