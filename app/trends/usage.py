"""How the handbook is used: hits, entries that were never hit, entries that win wrongly (B3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.conversations.answers import unsolved_counts
from app.conversations.models import Answer
from app.trends.counting import HITS
from handbook.entry import Entry, Kind

WINDOW = timedelta(days=90)
ASKED_FOR = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE})
FEWEST_WRONG = 3
WRONG_SHARE = 0.3
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Use:
    """One entry: how often it was given, did not help, and stood first where the person chose another."""

    entry: Entry
    hits: int
    unsolved: int
    passed_over: int

    @property
    def wrong(self) -> int:
        """How often it was not what was meant."""
        return self.unsolved + self.passed_over

    @property
    def wins_wrongly(self) -> bool:
        """At least three times, and in three of ten cases."""
        shown = self.hits + self.passed_over
        return self.wrong >= FEWEST_WRONG and self.wrong >= WRONG_SHARE * shown


def usage(session: Session, entries: Iterable[Entry], since: datetime) -> list[Use]:
    """Every public topic entry since then, the most given first."""
    hits = hit_counts(session, since)
    unsolved = unsolved_counts(session, since)
    passed = _passed_over(session, since)
    found = [
        Use(entry, hits.get(entry.id, 0), unsolved.get(entry.id, 0), passed[entry.id])
        for entry in entries
        if entry.is_public and entry.kind in ASKED_FOR
    ]
    return sorted(found, key=lambda use: (-use.hits, -use.wrong, use.entry.id))


def never_hit(uses: Sequence[Use]) -> list[Use]:
    """Entries that nobody was given."""
    return [use for use in uses if not use.hits]


def winning_wrongly(uses: Sequence[Use]) -> list[Use]:
    """Entries that come first and are not meant, the worst first."""
    return sorted((use for use in uses if use.wins_wrongly), key=lambda use: -use.wrong)


def due_for_review(entries: Iterable[Entry], today: date) -> list[tuple[Entry, date]]:
    """Entries whose review is due within two weeks or was due before, the oldest first."""
    due = [
        (entry, entry.reviewed + timedelta(days=entry.review_every))
        for entry in entries
        if entry.reviewed is not None
    ]
    return sorted(((entry, day) for entry, day in due if day <= today + SOON), key=lambda pair: pair[1])


def hit_counts(session: Session, since: datetime) -> dict[str, int]:
    """How often each entry was given since then, by entry id; entries that were not are left out."""
    statement = (
        select(col(Answer.entry_id), func.count())
        .where(col(Answer.at) >= since, col(Answer.decision).in_(HITS), col(Answer.entry_id) != "")
        .group_by(col(Answer.entry_id))
    )
    return {entry_id: count for entry_id, count in session.execute(statement).all()}  # noqa: C416 - rows are no pairs


def _passed_over(session: Session, since: datetime) -> Counter[str]:
    statement = select(col(Answer.entry_id), col(Answer.offered)).where(
        col(Answer.at) >= since, col(Answer.decision) == "chosen"
    )
    return Counter(
        offered[0]
        for entry_id, offered in session.execute(statement).all()
        if offered and offered[0] != entry_id
    )
