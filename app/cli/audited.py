"""What an administrator's command changes: in one transaction, on the record with the system account that typed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.settings import Settings

if TYPE_CHECKING:
    from sqlmodel import Session


@contextmanager
def transaction() -> "Iterator[Session]":
    """One write transaction on the newest schema; the connection is given back afterwards."""
    from app.db import Database
    from app.migrations import runner

    db = Database(Settings.load().resolved_database_url)
    try:
        runner.upgrade(db)
        with db.transaction() as session:
            yield session
    finally:
        db.close()


def record(session: "Session", action: str, target: str, detail: dict[str, str]) -> None:
    """One row of the audit trail in the name of whoever is logged in to this machine."""
    import getpass

    from app import audit
    from app.clock import real_now

    audit.record(
        session,
        at=real_now(),
        actor_kind="cli",
        actor=getpass.getuser()[:100],
        action=action,
        target=target,
        detail=dict(detail),
    )
