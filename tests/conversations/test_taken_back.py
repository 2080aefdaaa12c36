"""A message that breaks while it writes is taken back once, cleanly, and its neighbours are not told apart from it."""

import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from app.audit import AuditRow
from app.conversations import inbox
from app.conversations.models import InboxMessage
from app.db import Database
from app.directory import binding
from app.directory.models import Officer
from app.trail import guard
from app.trail.verify import verify
from bot.messages import Incoming

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def count(db: Database, table: type) -> int:
    with db.reading() as session:
        return int(session.exec(select(func.count()).select_from(table)).one())


def test_a_write_that_fails_rolls_back_once_and_without_a_warning(
    new_database: Callable[[], Database],
    front: Any,
    message: Callable[..., Incoming],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rolled back twice, a connection that a server cut off is given back in a state that nobody knows."""
    db = new_database()
    handler = front.handler(db)

    def fails(session: Session, _key: str, _document: str) -> None:
        session.add(Officer(staff_no=None, name="测试"))
        session.flush()

    monkeypatch.setattr(inbox, "save_reply", fails)
    batch = [message("oOne", "厂门口修路货车进不来")]
    with warnings.catch_warnings(), pytest.raises(IntegrityError):
        warnings.simplefilter("error")
        handler.carry_out(handler.look_up(handler.prepare(batch)))
    assert count(db, InboxMessage) == 0


def test_what_several_messages_leave_in_the_trail_is_chained(
    new_database: Callable[[], Database], front: Any, message: Callable[..., Incoming]
) -> None:
    """Carried out in one transaction, each message's rows are sealed before its session's objects are let go."""
    db = new_database()
    with db.transaction() as session:
        guard.install(session.connection())
        session.add_all(Officer(staff_no=f"T{number}", name=f"测试{number}") for number in range(3))
    with db.transaction() as session:
        codes = [binding.invite_officer(session, f"T{number}", NOW) for number in range(3)]
    handler = front.handler(db)
    batch = [message(f"oOfficer{number}", f"绑定工号 {code}") for number, code in enumerate(codes)]
    handler.carry_out(handler.look_up(handler.prepare(batch)))
    with db.reading() as session:
        verdict = verify(session)
        bound = session.exec(select(func.count()).where(AuditRow.action == "staff.bind")).one()
    assert (bound, verdict.fault) == (3, "")
