"""Bearer keys of other systems: made once, shown once, kept as a hash, replaced without a gap."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlmodel import Session, col, select

from app.api.models import ApiKey
from app.errors import AppError, NotFound

SYSTEM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
USED_EVERY = timedelta(minutes=10)


class Scope(StrEnum):
    """What a key opens."""

    TICKETS = "tickets"
    ANSWERS = "answers"


@dataclass(frozen=True)
class Caller:
    """The system behind a request."""

    system: str
    scopes: frozenset[str]


def create_key(session: Session, system: str, scopes: Collection[Scope], *, by: str, now: datetime) -> str:
    """A new key for a system, in clear for this one time; its older keys stay valid until revoked.

    AppError for a name that is not 2–32 lower-case letters, digits and hyphens.
    """
    if not SYSTEM_NAME.fullmatch(system):
        raise AppError("系统名用 2–32 个小写字母、数字或连字符，如 hotline-12345", field="system")
    if not scopes:
        raise AppError("至少要给一种权限：" + "、".join(Scope))
    key = f"qy_{system}_{secrets.token_urlsafe(32)}"
    session.add(
        ApiKey(system=system, key_hash=_hash(key), scopes=sorted(scopes), created_at=now, created_by=by[:64])
    )
    session.flush()
    return key


def revoke_keys(session: Session, system: str, *, besides_newest: bool, now: datetime) -> int:
    """Close a system's keys, or all but the newest (the end of a rotation); how many were closed."""
    live = live_keys(session, system)
    if not live:
        raise NotFound(f"{system} 没有有效的密钥")
    closed = live[:-1] if besides_newest else live
    for row in closed:
        row.revoked_at = now
        session.add(row)
    return len(closed)


def live_keys(session: Session, system: str = "") -> list[ApiKey]:
    """Keys that open something, oldest first; of one system, or of all."""
    statement = select(ApiKey).where(col(ApiKey.revoked_at).is_(None)).order_by(col(ApiKey.id))
    if system:
        statement = statement.where(ApiKey.system == system)
    return list(session.exec(statement))


def find_caller(session: Session, key: str) -> tuple[Caller, ApiKey] | None:
    """Who holds this key; None for an unknown or revoked one. Looked up by hash: nothing to time."""
    row = session.exec(
        select(ApiKey).where(ApiKey.key_hash == _hash(key), col(ApiKey.revoked_at).is_(None))
    ).first()
    return (Caller(row.system, frozenset(row.scopes)), row) if row is not None else None


def is_use_worth_noting(row: ApiKey, now: datetime) -> bool:
    """The last use is kept to ten minutes: a write per request would cost more than it tells."""
    return row.last_used_at is None or now - row.last_used_at > USED_EVERY


def note_use(session: Session, key_id: int, now: datetime) -> None:
    """Remember when the key was last used."""
    row = session.get(ApiKey, key_id)
    if row is not None:
        row.last_used_at = now
        session.add(row)


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()
