"""A front desk over a real database of either kind, and a handbook that knows a few words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.clock import Clock
from app.conversations.handling import MessageHandler
from app.conversations.service import Conversations
from app.db import Database
from app.districts.loader import load_profile
from app.editing.desk import Desk
from app.limits.bucket import Rate
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from bot.messages import Incoming, MessageKind
from handbook.entry import Candidate, Decision, Entry, Kind, Search, SearchResult

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class StillClock(Clock):
    """Shows the same moment always, so that two runs can be compared word for word."""

    def now(self) -> datetime:
        return NOW


@dataclass
class SmallHandbook(Search):
    """Knows what begins with 执照, 你好 and 好的; what begins with 坏 breaks it."""

    asked: list[str] = field(default_factory=list)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self.asked.append(question)
        if question.startswith("坏"):
            raise RuntimeError("broken")
        if question.startswith("执照"):
            return self._found(question, Decision.ANSWER, "permit/lost")
        if question.startswith(("你好", "好的")):
            return self._found(question, Decision.SMALLTALK, "talk/hello")
        return SearchResult(question, Decision.NONE, (), 0.0)

    def _found(self, question: str, decision: Decision, entry_id: str) -> SearchResult:
        return SearchResult(question, decision, (Candidate(self.entry(entry_id), 0.9),), 0.9)

    def entry(self, entry_id: str) -> Entry:
        is_talk = entry_id.startswith("talk")
        values: dict[str, object] = dict.fromkeys(
            ("questions", "unlike", "keywords", "sections", "basis", "related"), ()
        )
        values |= {
            "title": "您好" if is_talk else "执照补领",
            "kind": Kind.SMALLTALK if is_talk else Kind.ANSWER,
            "summary": "您好，请讲。" if is_talk else "带身份证到窗口，当场办结，不收费。",
            "department": "市场监管局",
            "category": "permit",
            "audience": "public",
            "internal_notes": "",
            "reviewed": date(2026, 11, 20),
            "review_every": 12,
        }
        return Entry(id=entry_id, **values)


@dataclass
class Front:
    """Makes handlers and front desks over databases."""

    folder: Path
    handbook: SmallHandbook = field(default_factory=SmallHandbook)

    def handler(self, db: Database, pace: Rate | None = None) -> MessageHandler:
        profile = load_profile("ninghe")
        rules = Rules(profile, packaged_calendar(), b"k" * 32)
        desk = Desk(self.folder, self.folder, profile.key, profile.handbook_variables())
        return MessageHandler(
            db, self.handbook, lambda _session: rules, StillClock(), "http://x", b"k" * 32, desk, pace=pace
        )

    def conversations(self, db: Database, pace: Rate | None = None) -> Conversations:
        return Conversations(db, self.handler(db, pace), StillClock())


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


@pytest.fixture(params=BOTH)
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path, blank_database: Callable[[Path], Database]
) -> Iterator[Callable[[], Database]]:
    """Makes empty databases of either kind."""
    made: list[Database] = []

    def make() -> Database:
        if request.param == "sqlite":
            made.append(blank_database(tmp_path / f"{len(made)}.db"))
        else:
            made.append(request.getfixturevalue("cluster").new_schema())
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def message() -> Callable[..., Incoming]:
    """Makes messages; the key is the person and a number."""

    def make(openid: str, text: str, number: int = 0, **more: object) -> Incoming:
        kind = more.pop("kind", MessageKind.TEXT)
        key = f"message:{openid}:{number}"
        return Incoming("gh_1", openid, kind, NOW, key, str(number), text, **more)

    return make
