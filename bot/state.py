"""What the bot remembers between two messages of one person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

EXPECTATION_LIFETIME = timedelta(hours=24)
# What is taken as a result goes to the enterprise: not what somebody types after lunch.
WORDING_LIFETIME = timedelta(minutes=10)


class Step(StrEnum):
    """What the bot expects next; anything else a person says is still understood first."""

    IDLE = "idle"
    CHOOSING = "choosing"  # options were offered
    DESCRIBING = "describing"  # asked for a person without saying why
    NAMING = "naming"  # asked which enterprise
    CONTACTING = "contacting"  # asked for name and phone
    WORDING = "wording"  # asked an officer for the text of a command


class Pick(StrEnum):
    """What choosing an option does."""

    ENTRY = "entry"  # value: entry id
    TICKET = "ticket"  # open a ticket for the kept question
    REOPEN = "reopen"  # value: ticket number; it is not solved after all
    ATTACH = "attach"  # value: ticket number; attach the kept question
    ENTERPRISE = "enterprise"  # value: enterprise id; bind to it
    SWITCH = "switch"  # value: enterprise id; speak for it now
    NOT_LISTED = "not_listed"  # none of the enterprises


@dataclass(frozen=True)
class Option:
    """One offered line; typing its number, its label or tapping it picks it."""

    label: str
    pick: Pick
    value: str = ""


@dataclass(frozen=True)
class ConversationState:
    """One person's dialogue. `question` is kept until it is answered or in a ticket: nobody asks twice.

    `aside` is what was attached to a ticket without being asked, in case it was another matter (单独转).

    `command` is what waits for its text: a verb and a ticket («办结 0042»).

    `answer_id` is the last answer given. `asked_who` and `asked_contact` make sure that each is asked once.
    """

    step: Step = Step.IDLE
    question: str = ""
    near: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    media: tuple[tuple[str, str], ...] = ()
    answer_id: int | None = None
    aside: str = ""
    command: str = ""
    asked_who: bool = False
    asked_contact: bool = False
    expires_at: datetime | None = None

    def expecting(self, step: Step, now: datetime, **changes: Any) -> "ConversationState":
        """The state that waits for one more thing."""
        lifetime = WORDING_LIFETIME if step is Step.WORDING else EXPECTATION_LIFETIME
        return replace(self, step=step, expires_at=now + lifetime, **changes)

    def settled(self, **changes: Any) -> "ConversationState":
        """Nothing more is expected."""
        return replace(self, step=Step.IDLE, options=(), expires_at=None, **changes)

    def fresh(self, now: datetime) -> "ConversationState":
        """Forget an expectation that is too old."""
        if self.expires_at is not None and now >= self.expires_at:
            return self.settled(question="", near=(), media=(), command="")
        return self

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "step": self.step.value,
            "question": self.question,
            "near": list(self.near),
            "options": [
                {"label": option.label, "pick": option.pick.value, "value": option.value}
                for option in self.options
            ],
            "media": [list(item) for item in self.media],
            "answer_id": self.answer_id,
            "aside": self.aside,
            "command": self.command,
            "asked_who": self.asked_who,
            "asked_contact": self.asked_contact,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Back from `to_json`; unknown keys of an older version are dropped."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        known["step"] = Step(known.get("step", Step.IDLE))
        known["near"] = tuple(known.get("near", ()))
        known["media"] = tuple((kind, media_id) for kind, media_id in known.get("media", ()))
        known["options"] = tuple(
            Option(item["label"], Pick(item["pick"]), item["value"]) for item in known.get("options", ())
        )
        if known.get("expires_at"):
            known["expires_at"] = datetime.fromisoformat(known["expires_at"])
        return cls(**known)
