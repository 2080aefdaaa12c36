"""What the checks of a week share: the rows, the phones and the diary side by side."""

from dataclasses import dataclass

from sqlmodel import Session, select

from app.bench.week.diary import Diary
from app.bench.week.life import Lived
from app.demo.platform.world import Entry
from app.outbox.models import OutboxMessage
from app.tickets.models import Ticket

PUSHED = ("custom", "template", "subscribe")
Outcome = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Finding:
    """One thing that must hold: how much was looked at, and what does not fit."""

    name: str
    looked_at: int
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing that does not fit, and something was looked at."""
        return not self.wrong


class Seen:
    """What the checks share: rows by number and openid."""

    def __init__(self, lived: Lived, session: Session) -> None:
        self.lived = lived
        self.session = session
        self.diary: Diary = lived.diary
        self.now = lived.town.clock.now()
        self.tickets = {row.number: row for row in session.exec(select(Ticket))}
        self.outbox = list(session.exec(select(OutboxMessage)))

    def chat(self, openid: str) -> list[Entry]:
        """Everything on a phone."""
        return self.lived.town.platform.user(openid).person.chat
