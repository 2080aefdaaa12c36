"""What every worker knows about the platform's health: a circuit breaker and channels that are parked.

Kept in `key_value`, so that several worker processes share one view. While the platform is down one probe
goes out per interval instead of one attempt per message.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app import keyvalue
from app.keyvalue import KeyValue
from app.outbox.retry import CREDENTIAL_PAUSE, Channel, ErrorKind

BREAKER = "outbox.breaker"
PARKED = "outbox.parked."
OPENS_AFTER = 3
PROBE_EVERY = timedelta(seconds=30)
PLATFORM_FAILURES = frozenset(
    {ErrorKind.UNREACHABLE, ErrorKind.BUSY, ErrorKind.AMBIGUOUS, ErrorKind.CREDENTIAL}
)


def may_try(session: Session, now: datetime) -> bool:
    """Whether an attempt may start; while the breaker is open the caller that gets True is the one probe."""
    text = keyvalue.read(session, BREAKER)
    if text is None:
        return True
    state = json.loads(text)
    if state["failures"] < OPENS_AFTER:
        return True
    if now < datetime.fromisoformat(state["probe_at"]):
        return False
    taken = session.connection().execute(
        update(KeyValue)
        .where(col(KeyValue.key) == BREAKER, col(KeyValue.value) == text)
        .values(value=_state(state["failures"], now + PROBE_EVERY))
    )
    session.expire_all()
    return bool(taken.rowcount == 1)


def is_calm(session: Session) -> bool:
    """No failure of the platform since its last answer."""
    return keyvalue.read(session, BREAKER) is None


def opened_until(session: Session) -> datetime | None:
    """When the next probe goes out; None while the platform is thought to be up."""
    state: dict[str, Any] = json.loads(keyvalue.read(session, BREAKER) or "{}")
    if state.get("failures", 0) < OPENS_AFTER:
        return None
    return datetime.fromisoformat(state["probe_at"])


def note_answer(session: Session) -> None:
    """The platform answered: it is up."""
    session.connection().execute(delete(KeyValue).where(col(KeyValue.key) == BREAKER))


def note_failure(session: Session, kind: ErrorKind, now: datetime) -> None:
    """Count a failure of the platform itself; a refused credential opens the breaker at once, for longer."""
    state: dict[str, Any] = json.loads(keyvalue.read(session, BREAKER) or "{}")
    is_credential = kind is ErrorKind.CREDENTIAL
    failures = OPENS_AFTER if is_credential else int(state.get("failures", 0)) + 1
    pause = CREDENTIAL_PAUSE if is_credential else PROBE_EVERY
    keyvalue.write(session, BREAKER, _state(failures, now + pause))


def _state(failures: int, probe_at: datetime) -> str:
    return json.dumps({"failures": failures, "probe_at": probe_at.isoformat()})


def park(session: Session, channel: Channel, kind: str, until: datetime) -> None:
    """Stop using a channel (`kind` empty) or one notification's template until a moment."""
    keyvalue.write(session, _parked_key(channel, kind), until.isoformat())


def parked(session: Session, kind: str) -> dict[Channel, datetime]:
    """Until when each channel is parked for this kind of notification."""
    found: dict[Channel, datetime] = {}
    for channel, name in ((Channel.TEXT, ""), (Channel.TEMPLATE, ""), (Channel.TEMPLATE, kind)):
        text = keyvalue.read(session, _parked_key(channel, name))
        if text is not None:
            until = datetime.fromisoformat(text)
            found[channel] = max(until, found.get(channel, until))
    return found


def _parked_key(channel: Channel, kind: str) -> str:
    return f"{PARKED}{channel}.{kind}" if kind else f"{PARKED}{channel}"
