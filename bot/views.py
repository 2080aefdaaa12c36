"""What the chat may know of people and tickets: read-only values made by app."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """Who is talking."""

    ENTERPRISE = "enterprise"
    OFFICER = "officer"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class EnterpriseView:
    """An enterprise as its contact may see it."""

    id: int
    name: str
    is_verified: bool = False


@dataclass(frozen=True)
class OfficerView:
    """An officer's public face (A7)."""

    name: str
    title: str
    area: str = ""
    phone: str = ""
    duty: str = ""
    stands_in_for: str = ""


@dataclass(frozen=True)
class TicketView:
    """What the dialogue needs of a ticket that is not closed; its words are app.tickets.notices'."""

    number: str
    title: str
    opened_at: datetime
    is_waiting: bool = False
    is_resolved: bool = False
    rated_at: datetime | None = None

    @property
    def short(self) -> str:
        """The last four digits, which name a live ticket in chat."""
        return self.number[-4:]


@dataclass(frozen=True)
class Person:
    """The one who is talking. `current` is the enterprise they speak for now, if any."""

    role: Role = Role.ENTERPRISE
    name: str = ""
    enterprises: tuple[EnterpriseView, ...] = ()
    current: EnterpriseView | None = None
    has_contact: bool = False

    @property
    def is_staff(self) -> bool:
        """Officers and coordinators."""
        return self.role is not Role.ENTERPRISE


class Desk(Protocol):
    """What respond needs to look up; reads only."""

    def person(self) -> Person:
        """Who is talking."""
        ...

    def open_tickets(self) -> tuple[TicketView, ...]:
        """This person's own tickets that are not closed, newest first."""
        ...

    def rated_lately(self) -> tuple[TicketView, ...]:
        """This person's own tickets rated within the last day, the last rated first."""
        ...

    def closed_lately(self) -> tuple[TicketView, ...]:
        """This person's own tickets that were filed within the last days without a word from them, newest first."""
        ...

    def popular_questions(self) -> tuple[str, ...]:
        """Titles that people asked most lately, at most six."""
        ...

    def find_enterprises(self, text: str) -> tuple[EnterpriseView, ...] | None:
        """At most three that a name or credit code may mean; None: this person has asked for too many."""
        ...
