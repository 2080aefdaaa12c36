"""Conversations without a server, and processes that die in the middle of one."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.clock import Clock
from app.conversations.handling import MessageHandler
from app.conversations.service import BUDGET_S, Conversations
from app.db import Database
from app.districts.loader import load_profile
from app.editing.desk import Desk
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from bot.messages import Incoming, MessageKind
from handbook.entry import Decision, Search, SearchResult


class Ignorant(Search):
    """A handbook that knows nothing: everything becomes a ticket or belongs to one."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> None:
        return None


@dataclass
class FrontDesk:
    """Makes conversations over a database, and messages for them."""

    folder: Path

    def conversations(self, database: Database, *, budget_s: float = BUDGET_S) -> Conversations:
        profile = load_profile("ninghe")
        rules = Rules(profile, packaged_calendar(), b"k" * 32)
        desk = Desk(self.folder, self.folder, profile.key, profile.handbook_variables())
        handler = MessageHandler(
            database, Ignorant(), lambda _session: rules, Clock(), "http://x", b"k" * 32, desk
        )
        return Conversations(database, handler, Clock(), budget_s=budget_s)

    def message(self, openid: str, number: int, text: str) -> Incoming:
        return Incoming(
            "gh_1", openid, MessageKind.TEXT, datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
            f"message:{openid}:{number}", str(number), text,
        )  # fmt: skip


@pytest.fixture
def front_desk(tmp_path: Path) -> FrontDesk:
    return FrontDesk(tmp_path)


@pytest.fixture
def in_child() -> Callable[[Callable[[], Any]], tuple[int, Any]]:
    """Runs something in a forked process: its exit status (negative: the signal) and what it returned (JSON)."""

    def run(act: Callable[[], Any]) -> tuple[int, Any]:
        reading, writing = os.pipe()

        def body() -> None:
            os.close(reading)
            result = act()
            os.write(writing, json.dumps(result).encode())

        process = multiprocessing.get_context("fork").Process(target=body)
        process.start()
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read()
        process.join(120)
        assert process.exitcode is not None
        return process.exitcode, json.loads(text) if text else None

    return run


@pytest.fixture
def dies_at() -> Callable[[Database, int], None]:
    """Arms the calling process: SIGKILL just before its n-th statement of this database, the commit included."""

    def arm(database: Database, number: int) -> None:
        seen = 0

        def count(*_: object, **__: object) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        for name in ("before_cursor_execute", "commit"):
            event.listen(database.write_engine, name, count)

    return arm
