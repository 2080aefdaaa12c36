"""What a turn asks app to do; app carries each out inside the message's transaction."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OpenTicket:
    """C1: no answer, so the enterprise's own officer gets it (hub, if it is about that officer).

    `was_searched`: the handbook was asked and had nothing, so the reply may say so.
    """

    content: str
    near: tuple[str, ...] = ()
    is_about_officer: bool = False
    media: tuple[tuple[str, str], ...] = ()
    was_searched: bool = False


@dataclass(frozen=True)
class Supplement:
    """D5: add words or a picture to a ticket; `ref` "" means the only one it can mean."""

    ref: str
    text: str
    media: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reopen:
    """D4: what was settled is not; the words say why."""

    ref: str
    text: str
    media: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShowProgress:
    """D5: one ticket, or all open ones where `ref` is ""."""

    ref: str = ""


@dataclass(frozen=True)
class Urge:
    """D5 催办."""

    ref: str = ""


@dataclass(frozen=True)
class Withdraw:
    """D5 撤回."""

    ref: str = ""


@dataclass(frozen=True)
class Rate:
    """D3: 1–5, last answer counts; 1–2 reopens (D4)."""

    ref: str
    score: int
    comment: str = ""


@dataclass(frozen=True)
class ShowOfficer:
    """A7 我的服务员."""


@dataclass(frozen=True)
class Bind:
    """This person speaks for that enterprise (unverified until an officer confirms)."""

    enterprise_id: int


@dataclass(frozen=True)
class SwitchTo:
    """Speak for another of one's enterprises."""

    enterprise_id: int


@dataclass(frozen=True)
class Unbind:
    """No longer speak for the current enterprise."""


@dataclass(frozen=True)
class SaveContact:
    """Caller's name and phone, asked once."""

    name: str
    phone: str


@dataclass(frozen=True)
class OptOut:
    """No surveys and policy pushes; news of one's own tickets still come."""


@dataclass(frozen=True)
class BindStaff:
    """绑定工号 with a one-time code."""

    code: str


@dataclass(frozen=True)
class StaffAct:
    """An officer's or coordinator's command on a ticket; `action` is the Chinese verb of the contract."""

    action: str
    ref: str
    note: str = ""
    target: str = ""
    days: int | None = None
    outside_number: str = ""


@dataclass(frozen=True)
class ShowTodo:
    """待办."""


@dataclass(frozen=True)
class ShowTicket:
    """查看: the handler's view."""

    ref: str


@dataclass(frozen=True)
class Propose:
    """提议: what a settled ticket taught should go into the handbook (B3)."""

    ref: str
    answer: str


@dataclass(frozen=True)
class FindEnterprise:
    """查企业: own area, audited."""

    name: str


@dataclass(frozen=True)
class FindCoordinator:
    """查专员 by department or matter (A6)."""

    text: str


@dataclass(frozen=True)
class ShowContacts:
    """走访 without what was found: how often this enterprise was contacted lately (E7)."""

    enterprise: str


@dataclass(frozen=True)
class LogVisit:
    """走访 (A11)."""

    enterprise: str
    note: str


@dataclass(frozen=True)
class Register:
    """登记: an officer opens a ticket for an enterprise met in person."""

    enterprise: str
    content: str


@dataclass(frozen=True)
class ConfirmBinding:
    """确认绑定: an officer vouches for a contact."""

    ref: str


@dataclass(frozen=True)
class RefuseStaffCommand:
    """Somebody who is no officer used an officer's command: refused and audited (protocol case 54)."""

    action: str


@dataclass(frozen=True)
class RecordAnswer:
    """What was asked and what the handbook said (B3: gaps, hits)."""

    question: str
    decision: str
    entry_id: str = ""
    offered: tuple[str, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True)
class RecordUnsolved:
    """«没解决» counts against the answer."""

    answer_id: int


Effect = (
    OpenTicket
    | Supplement
    | Reopen
    | ShowProgress
    | Urge
    | Withdraw
    | Rate
    | ShowOfficer
    | Bind
    | SwitchTo
    | Unbind
    | SaveContact
    | OptOut
    | BindStaff
    | StaffAct
    | ShowTodo
    | ShowTicket
    | Propose
    | FindEnterprise
    | FindCoordinator
    | LogVisit
    | ShowContacts
    | Register
    | ConfirmBinding
    | RefuseStaffCommand
    | RecordAnswer
    | RecordUnsolved
)
