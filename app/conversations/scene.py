"""What every effect needs while one message is handled, and the way from a spoken number to a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.clock import local_date, real_now
from app.conversations import cards
from app.conversations.desk import Caller
from app.editing.desk import Desk
from app.tickets import reading, repository, service
from app.tickets.describing import describe
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import Action
from app.tickets.links import officer_path, ticket_path
from app.tickets.models import Ticket
from app.tickets.values import ActorKind, Rules
from bot import staff_wording, wording
from bot.messages import Incoming, Reply
from bot.policy import Policy
from handbook.entry import Search

NEWS_LENGTH = 60


@dataclass(frozen=True)
class Scene:
    """One message in its transaction."""

    session: Session
    incoming: Incoming
    caller: Caller
    policy: Policy
    rules: Rules
    search: Search
    desk: Desk
    now: datetime

    @property
    def openid(self) -> str:
        """Who is talking."""
        return self.incoming.openid

    def facts(self, ticket: Ticket) -> TicketFacts:
        """The ticket as people may see it."""
        return describe(self.session, ticket, rules=self.rules, now=self.now)

    def act(
        self,
        ticket: Ticket,
        action: Action,
        *,
        note: str = "",
        target: str = "",
        days: int | None = None,
        score: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Ticket:
        """Do it as this person; AppError says why not."""
        assert ticket.id is not None  # noqa: S101 - it came from the table
        return service.perform(
            self.session,
            ticket.id,
            action,
            self.caller.actor,
            note=note,
            target=target,
            days=days,
            score=score,
            details=details,
            rules=self.rules,
            now=self.now,
        )

    def find(self, ref: str, verb: str) -> Ticket | Reply:
        """The one ticket of this person that a number means, or what to say instead."""
        found = reading.find_by_suffix(self.session, ref, actor=self.caller.actor, now=self.now)
        if not found:
            is_staff = self.caller.actor.kind is not ActorKind.ENTERPRISE
            return staff_wording.no_such_ticket(ref) if is_staff else wording.no_such_ticket(ref)
        if len(found) > 1:
            return cards.which_one(verb, [self.facts(ticket) for ticket in found])
        return found[0]

    def owner_path(self, ticket: Ticket) -> str:
        """The enterprise's page of a ticket; the link's expiry is real time."""
        return ticket_path(ticket.number, self.rules.signing_key, real_now())

    def staff_path(self, ticket: Ticket) -> str:
        """The officer's page of a ticket."""
        return officer_path(ticket.number, self.rules.signing_key, real_now())

    def last_news(self, ticket: Ticket) -> str:
        """The newest thing on the timeline that the enterprise may read."""
        assert ticket.id is not None  # noqa: S101
        public = [
            event for event in repository.events(self.session, ticket.id) if event.is_public and event.note
        ]
        return " ".join(public[-1].note.split())[:NEWS_LENGTH] if public else ""

    def titles(self, entry_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Entry titles, for people."""
        entries = [self.search.entry(entry_id) for entry_id in entry_ids]
        return tuple(entry.title for entry in entries if entry is not None)

    @property
    def today(self) -> date:
        """The business day in China."""
        return local_date(self.now)
