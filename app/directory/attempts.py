"""How often someone may try: one-time codes and name look-ups are capped per person."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.directory.models import Attempt

PERIOD = timedelta(hours=1)


def is_exhausted(session: Session, key: str, limit: int, now: datetime) -> bool:
    """Whether `key` has used up its tries of the running hour."""
    row = session.get(Attempt, key, with_for_update=True)
    return row is not None and now - row.since < PERIOD and row.count >= limit


def count(session: Session, key: str, now: datetime) -> None:
    """One more try; the hour begins with the first."""
    row = session.get(Attempt, key, with_for_update=True)
    if row is None or now - row.since >= PERIOD:
        row = row or Attempt(key=key, since=now)
        row.count, row.since = 0, now
    row.count += 1
    session.add(row)
    session.flush()


def forget(session: Session, key: str) -> None:
    """A success clears the count."""
    row = session.get(Attempt, key)
    if row is not None:
        session.delete(row)
        session.flush()
