"""Four weeks of a district's questions, a hub and a department that can be told by chat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.conversations.models import Answer
from app.db import Database
from app.directory.models import Contact, Coordinator, Department, Enterprise
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from bot.messages import Reply
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult, Section

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def entry(entry_id: str, department: str, **changes: object) -> Entry:
    values: dict[str, object] = {
        "id": entry_id, "title": f"{entry_id}怎么办", "questions": (), "unlike": (), "keywords": (),
        "department": department, "category": "", "kind": Kind.ANSWER, "audience": "public", "summary": "。",
        "sections": (Section("办理条件", "。"),), "internal_notes": "", "basis": (), "reviewed": None,
        "review_every": 180, "related": (),
    }  # fmt: skip
    return Entry(**(values | changes))


PERMIT = entry("permit/food", "市场监管局")
POWER = entry("utilities/power", "供电公司")
ENTRIES = (PERMIT, POWER, entry("tax/invoice", "税务局"))


class FakeSearch:
    """Whatever speaks of electricity lies near the entry of the power company."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        found = (Candidate(POWER, 0.3),) if "电" in question else (Candidate(PERMIT, 0.02),)
        return SearchResult(question, Decision.NONE, found, 0.1)

    def entry(self, entry_id: str) -> Entry | None:
        return next((one for one in ENTRIES if one.id == entry_id), None)


@dataclass
class Town:
    """The district."""

    db: Database
    rules: Rules
    search: FakeSearch

    def ask(
        self,
        days_ago: float,
        count: int = 1,
        *,
        words: str = "电压不稳怎么办",
        decision: str = "none",
        entry_id: str = "",
        openid: str = "o-asker",
        offered: tuple[str, ...] = (),
        is_solved: bool | None = None,
        now: datetime = NOW,
    ) -> None:
        with self.db.transaction() as session:
            for _ in range(count):
                session.add(
                    Answer(
                        openid=openid,
                        question=words,
                        decision=decision,
                        entry_id=entry_id,
                        offered=list(offered),
                        at=now - timedelta(days=days_ago),
                        is_solved=is_solved,
                    )
                )

    def told(self) -> list[tuple[str, str]]:
        with self.db.reading() as session:
            rows = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
            return [(row.openid, Reply.from_json(row.reply).plain()) for row in rows]


@pytest.fixture
def town(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Town]:
    db = blank_database(tmp_path / "town.db")
    rules = Rules(load_profile("ninghe"), packaged_calendar(), b"k")
    with db.transaction() as session:
        session.add(Department(id=1, name=rules.profile.hub.name))
        session.add(Department(id=2, name="区市场监管局"))
        session.add(
            Enterprise(
                id=1,
                credit_code="91120221MA0000001G",
                name="测试1号面粉有限公司",
                kind="企业",
                updated_at=NOW,
            )
        )
        session.flush()
        session.add(Coordinator(department_id=1, name="测试中枢", openid="o-hub"))
        session.add(Coordinator(department_id=2, name="测试专员", openid="o-market"))
        session.add(Coordinator(department_id=2, name="测试没绑的"))
        session.add(Contact(openid="o-asker", enterprise_id=1, name="测试人", since=NOW))
    yield Town(db, rules, FakeSearch())
    db.close()
