"""One officer, one department, two areas, two enterprises, and a desk with a clock of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.db import Database
from app.directory.models import Area, Assignment, Contact, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.reports import gathering
from app.reports.history import Story
from app.reports.measures import Line
from app.reports.period import Period
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.store import packaged_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
BOSS = Actor(ActorKind.ENTERPRISE, "o-boss", "")
WANG = Actor(ActorKind.OFFICER, "1", "王服务")
LI = Actor(ActorKind.COORDINATOR, "1", "李专员")
HUB = Actor(ActorKind.HUB, "1", "中枢值班")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Desk:
    """Each call is one transaction at `now`."""

    db: Database
    rules: Rules
    now: datetime = field(default_factory=lambda: at("2026-11-16 10:00"))

    def at(self, text: str) -> "Desk":
        self.now = at(text)
        return self

    def open(self, content: str = "厂门口修路货车进不来", **values: object) -> Ticket:
        draft = TicketDraft(content, **({"openid": BOSS.id, "enterprise_id": 1} | values))
        with self.db.transaction() as session:
            return service.open_ticket(session, draft, rules=self.rules, now=self.now)

    def do(self, ticket: Ticket, action: Action, actor: Actor, **words: object) -> Ticket:
        with self.db.transaction() as session:
            return service.perform(
                session, ticket.id or 0, action, actor, rules=self.rules, now=self.now, **words
            )

    def stories(self, period: Period = NOVEMBER) -> list[Story]:
        with self.db.reading() as session:
            return gathering.stories(session, period, self.now)

    def lines(self, by: str, period: Period = NOVEMBER) -> dict[str, Line]:
        with self.db.reading() as session:
            found = gathering.stories(session, period, self.now)
            known = gathering.names(session, self.rules.profile.hub.name)
            return {line.name: line for line in gathering.lines(found, by, period, self.now, known)}


@pytest.fixture
def desk(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Desk]:
    db = blank_database(tmp_path / "reports.db")
    start = at("2026-01-05 09:00")
    with db.transaction() as session:
        session.add_all(
            [Area(code="a", name="甲街道", kind="一级片区"), Area(code="b", name="乙镇", kind="一级片区")]
        )
        session.add(Area(code="a-1", name="甲一网格", kind="网格", parent_code="a"))
        session.add(Department(id=1, name="住建委"))
        session.flush()
        session.add(Officer(id=1, staff_no="T1", name="王服务", area_code="a", openid="o-wang"))
        session.add(Coordinator(id=1, department_id=1, name="李专员", openid="o-li"))
        session.add(
            Enterprise(
                id=1,
                credit_code="91120221MA0000001G",
                name="测试一号",
                kind="企业",
                area_code="a-1",
                updated_at=start,
            )
        )
        session.flush()
        session.add(Assignment(enterprise_id=1, officer_id=1, since=start, rule="属地片区"))
        session.add(Contact(openid=BOSS.id, enterprise_id=1, since=start, verified_at=start))
    yield Desk(db, Rules(load_profile("ninghe"), packaged_calendar(), b"k" * 32))
    db.close()
