"""How often a login may be tried: five times in fifteen minutes per account and address.

The attempt is counted before the password is looked at, so that many guesses at once cannot slip through.
Each lock that follows another within a day lasts twice as long: 15 minutes, 30, 60 … up to four hours. An address
alone never waits longer than the first time: a whole office may sit behind it.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.panel.models import LoginFailure

WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=4)
MAX_PER_PAIR = 5
MAX_PER_ADDRESS = 30
KEEP = timedelta(days=1)


@dataclass(frozen=True)
class Count:
    """Attempts so far under one key; `locks`: how often it was locked in a row, each time within a day."""

    count: int
    since: datetime
    locked_until: datetime | None
    locks: int = 0


def after_attempt(
    before: Count | None, *, limit: int, now: datetime, longest: timedelta = LONGEST_LOCK
) -> Count:
    """The count with one more attempt: the window slides open again when it has passed."""
    if before is None or now - before.since > KEEP:
        return Count(1, now, None)
    if is_locked(before.locked_until, now):
        return before
    if before.locked_until is not None or now - before.since > WINDOW:
        return Count(1, now, None, before.locks)
    count = before.count + 1
    if count <= limit:
        return Count(count, before.since, None, before.locks)
    return Count(count, before.since, now + min(LOCK * 2**before.locks, longest), before.locks + 1)


def is_locked(until: datetime | None, now: datetime) -> bool:
    """Whether a lock holds; one that is longer than any was set by a clock that ran ahead."""
    return until is not None and now < until <= now + LONGEST_LOCK


def wait_text(until: datetime, now: datetime) -> str:
    """How long a lock still holds, as people say it: `15 分钟`, `2 小时`; rounded up."""
    minutes = math.ceil((until - now) / timedelta(minutes=1))
    return f"{max(minutes, 1)} 分钟" if minutes <= 60 else f"{math.ceil(minutes / 60)} 小时"


def count_attempt(session: Session, *, username: str, address: str, now: datetime) -> datetime | None:
    """Count one attempt; the moment until which this account and address are locked, or None."""
    session.execute(delete(LoginFailure).where(col(LoginFailure.since) < now - KEEP))
    locks = [
        _count(session, _key("pair", address, username), MAX_PER_PAIR, now, username),
        _count(session, _key("address", address), MAX_PER_ADDRESS, now, longest=LOCK),
    ]
    return max((lock for lock in locks if lock is not None), default=None)


def forget_failures(session: Session, *, username: str, address: str) -> None:
    """After a success the pair starts afresh. The address gets this one attempt back and keeps its guesses: a whole
    office comes in through one address of a morning, and nobody of it guessed."""
    session.execute(delete(LoginFailure).where(col(LoginFailure.key) == _key("pair", address, username)))
    open_address = col(LoginFailure.locked_until).is_(None), col(LoginFailure.count) > 0
    session.execute(
        update(LoginFailure)
        .where(col(LoginFailure.key) == _key("address", address), *open_address)
        .values(count=col(LoginFailure.count) - 1)
    )


def count_guess(session: Session, what: str, username: str, now: datetime) -> datetime | None:
    """Count one guess at a secret that only somebody far inside can try (a code, the own password again).

    By account alone: a stranger without the password cannot use it to lock anybody out.
    """
    return _count(session, _key(what, "", username), MAX_PER_PAIR, now, username)


def forget_guesses(session: Session, what: str, username: str) -> None:
    """After a success the account starts afresh."""
    session.execute(delete(LoginFailure).where(col(LoginFailure.key) == _key(what, "", username)))


def locked_until(session: Session, username: str, now: datetime) -> datetime | None:
    """Until when the account is locked from somewhere, or its codes are; None: it is open everywhere."""
    statement = select(LoginFailure.locked_until).where(LoginFailure.account == _account(username))
    return max(
        (moment for moment in session.exec(statement) if moment and is_locked(moment, now)), default=None
    )


def unlock(session: Session, username: str) -> int:
    """Forget every count of the account, whatever the address; how many. An address's own count stays."""
    gone = delete(LoginFailure).where(col(LoginFailure.account) == _account(username))
    return int(session.connection().execute(gone).rowcount)


def _count(
    session: Session,
    key: str,
    limit: int,
    now: datetime,
    username: str = "",
    longest: timedelta = LONGEST_LOCK,
) -> datetime | None:
    row = session.get(LoginFailure, key)
    before = Count(row.count, row.since, row.locked_until, row.locks) if row else None
    after = after_attempt(before, limit=limit, now=now, longest=longest)
    if row is None:
        row = LoginFailure(key=key, since=after.since)
    row.account = _account(username) if username else ""
    row.count, row.since, row.locked_until, row.locks = (
        after.count, after.since, after.locked_until, after.locks,
    )  # fmt: skip
    session.add(row)
    return after.locked_until


def _key(kind: str, address: str, username: str = "") -> str:
    """A fixed-length key: what was typed as a name may be a password, so only its hash is stored."""
    text = "\x00".join((kind, _network(address), username.casefold()))
    return hashlib.sha256(text.encode()).hexdigest()


def _account(username: str) -> str:
    return _key("account", "", username)


def _network(address: str) -> str:
    """An IPv6 customer owns a /64: counting single addresses would count nothing."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if parsed.version == 6 else address
