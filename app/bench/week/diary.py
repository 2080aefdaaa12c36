"""What the made-up people themselves said, saw and were promised: the truth that the product's figures are held against."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from app.demo.platform.callbacks import Sent
from app.demo.platform.markup import options

NUMBER = re.compile(r"\d{8}-\d{4}")
SATISFIED_FROM = 4


@dataclass(frozen=True)
class Said:
    """One message of one person and what became of it."""

    at: datetime
    openid: str
    occasion: str
    text: str
    sent: Sent


@dataclass(frozen=True)
class Act:
    """A step of an officer that the chat confirmed."""

    at: datetime
    openid: str
    verb: str
    number: str
    days: int = 0


@dataclass
class Matter:
    """A ticket as its asker, its officers and other systems saw it."""

    number: str
    opened_at: datetime
    openid: str = ""
    enterprise: int = 0
    channel: str = "微信"
    acts: list[Act] = field(default_factory=list)
    scores: list[tuple[datetime, int]] = field(default_factory=list)
    reopened: list[datetime] = field(default_factory=list)
    withdrawn_at: datetime | None = None

    def last(self, verb: str) -> Act | None:
        """The latest confirmed act of this kind."""
        return next((act for act in reversed(self.acts) if act.verb == verb), None)


@dataclass
class Diary:
    """Everything that happened outside the product."""

    said: list[Said] = field(default_factory=list)
    matters: dict[str, Matter] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    duplicates: list[tuple[Said, str]] = field(default_factory=list)
    expected: list[tuple[Said, str]] = field(default_factory=list)

    def matter(self, number: str) -> Matter | None:
        """A ticket that somebody outside has heard of."""
        return self.matters.get(number)

    def own(self, openid: str, suffix: str) -> Matter | None:
        """The newest ticket of this person that ends so."""
        found = [one for one in self.matters.values() if one.openid == openid and one.number.endswith(suffix)]
        return found[-1] if found else None

    def opened(self, matter: Matter) -> None:
        """Somebody was given a number."""
        self.matters.setdefault(matter.number, matter)

    def fault(self, text: str) -> None:
        """Something no person should meet."""
        if len(self.faults) < 200:
            self.faults.append(text)


def numbers_in(text: str) -> list[str]:
    """Ticket numbers of a bubble, of its words and of its taps, in order and once each."""
    found = NUMBER.findall(text)
    for option in options(text):
        found += NUMBER.findall(option.say)
    return list(dict.fromkeys(found))
