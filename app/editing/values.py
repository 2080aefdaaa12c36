"""What the editors' desk keeps about a draft and about a published version. Pure."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.errors import Conflict


class State(StrEnum):
    """Where a draft stands. PROPOSED waits for an editor's yes; DECLINED, PUBLISHED and DROPPED are done."""

    PROPOSED = "proposed"
    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    DECLINED = "declined"
    DROPPED = "dropped"


class Act(StrEnum):
    """What people do to a draft."""

    ACCEPT = "accept"
    DECLINE = "decline"
    SAVE = "save"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    DROP = "drop"


STATE_NAMES = {
    State.PROPOSED: "待采纳",
    State.DRAFT: "草稿",
    State.REVIEW: "待审核",
    State.PUBLISHED: "已发布",
    State.DECLINED: "未采纳",
    State.DROPPED: "已放弃",
}
ACT_NAMES = {
    Act.ACCEPT: "采纳",
    Act.DECLINE: "不采纳",
    Act.SAVE: "保存",
    Act.SUBMIT: "提交审核",
    Act.SEND_BACK: "退回修改",
    Act.PUBLISH: "发布",
    Act.DROP: "放弃",
}
OPEN = frozenset({State.PROPOSED, State.DRAFT, State.REVIEW})
# Every legal (state, act) pair; whoever reviews must not have written (see desk).
TRANSITIONS: dict[tuple[State, Act], State] = {
    (State.PROPOSED, Act.ACCEPT): State.DRAFT,
    (State.PROPOSED, Act.DECLINE): State.DECLINED,
    (State.DRAFT, Act.SAVE): State.DRAFT,
    (State.DRAFT, Act.SUBMIT): State.REVIEW,
    (State.DRAFT, Act.DROP): State.DROPPED,
    (State.REVIEW, Act.SEND_BACK): State.DRAFT,
    (State.REVIEW, Act.PUBLISH): State.PUBLISHED,
    (State.REVIEW, Act.DROP): State.DROPPED,
}


def next_state(state: State, act: Act) -> State:
    """The state after an act; Conflict if it does not fit."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise Conflict(f"这份稿子现在是「{STATE_NAMES[state]}」，不能{ACT_NAMES[act]}") from None


@dataclass(frozen=True)
class Person:
    """Who did it: the account's name and how people call them; `openid` if they can be told by WeChat."""

    account: str
    name: str
    openid: str = ""

    def to_json(self) -> dict[str, str]:
        """As stored beside the file."""
        return {"account": self.account, "name": self.name, "openid": self.openid}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Person":
        """Back from `to_json`."""
        return cls(str(data.get("account", "")), str(data.get("name", "")), str(data.get("openid", "")))


@dataclass(frozen=True)
class Step:
    """One line of a draft's or an entry's history."""

    at: datetime
    who: Person
    did: str
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As stored beside the file."""
        return {
            "at": self.at.astimezone(UTC).isoformat(),
            "who": self.who.to_json(),
            "did": self.did,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Step":
        """Back from `to_json`."""
        return cls(
            datetime.fromisoformat(data["at"]),
            Person.from_json(data["who"]),
            str(data["did"]),
            str(data.get("note", "")),
        )


@dataclass(frozen=True)
class Sheet:
    """A draft's sidecar. `authors` are the accounts that wrote text; `version` guards against lost edits;
    `base` is the hash of the published text the draft started from; `proposal` what a proposer asked for."""

    key: str
    entry_id: str
    state: State
    title: str = ""
    version: int = 1
    authors: tuple[str, ...] = ()
    origin: str = "panel"
    proposer: Person | None = None
    proposal: str = ""
    ticket: str = ""
    base: str = ""
    steps: tuple[Step, ...] = field(default=())

    @property
    def updated(self) -> Step:
        """The last thing that happened."""
        return self.steps[-1]

    def after(self, step: Step, **changes: Any) -> "Sheet":
        """The next version of the sheet with one more line of history."""
        return replace(self, steps=(*self.steps, step), version=self.version + 1, **changes)

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        return {
            "entry_id": self.entry_id,
            "state": self.state.value,
            "title": self.title,
            "version": self.version,
            "authors": list(self.authors),
            "origin": self.origin,
            "proposer": self.proposer.to_json() if self.proposer else None,
            "proposal": self.proposal,
            "ticket": self.ticket,
            "base": self.base,
            "steps": [step.to_json() for step in self.steps],
        }

    @classmethod
    def from_json(cls, key: str, data: dict[str, Any]) -> "Sheet":
        """Back from `to_json`; raises KeyError, ValueError or TypeError for a damaged one."""
        proposer = data.get("proposer")
        return cls(
            key=key,
            entry_id=str(data["entry_id"]),
            state=State(data["state"]),
            title=str(data.get("title", "")),
            version=int(data["version"]),
            authors=tuple(data.get("authors", ())),
            origin=str(data.get("origin", "panel")),
            proposer=Person.from_json(proposer) if proposer else None,
            proposal=str(data.get("proposal", "")),
            ticket=str(data.get("ticket", "")),
            base=str(data.get("base", "")),
            steps=tuple(Step.from_json(step) for step in data["steps"]),
        )


@dataclass(frozen=True)
class Version:
    """A state that an entry of this district had; `is_absent`: no file of its own, the shipped entry served."""

    number: int
    step: Step
    is_absent: bool
    text: str = ""
    reviewer: str = ""
