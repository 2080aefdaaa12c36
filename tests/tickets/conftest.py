"""The cast: one enterprise with its officer, a stand-in, two departments, and a real SQLite file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from app.db import Database
from app.directory.models import Area, Assignment, Contact, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import reminding, service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.store import packaged_calendar
from bot.messages import Reply

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Cast:
    """Everyone who acts in the stories."""

    boss = Actor(ActorKind.ENTERPRISE, "o-boss", "")
    clerk = Actor(ActorKind.ENTERPRISE, "o-clerk", "")
    unverified = Actor(ActorKind.ENTERPRISE, "o-unverified", "")
    stranger = Actor(ActorKind.ENTERPRISE, "o-stranger", "")
    wang = Actor(ActorKind.OFFICER, "1", "王服务")
    liu = Actor(ActorKind.OFFICER, "2", "刘服务")
    li = Actor(ActorKind.COORDINATOR, "1", "李专员")
    zhou = Actor(ActorKind.COORDINATOR, "2", "周专员")
    hub = Actor(ActorKind.HUB, "1", "中枢值班")


def at(text: str) -> datetime:
    """`2026-11-20 10:00` in China as an aware UTC moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Desk:
    """A district's desk with a clock of its own; each call is one transaction."""

    database: Database
    rules: Rules
    now: datetime = field(default_factory=lambda: at("2026-11-20 10:00"))

    def open(self, content: str = "厂门口修路半个月了货车进不来", **changes: object) -> Ticket:
        values: dict[str, object] = {"openid": Cast.boss.id, "enterprise_id": 1} | changes
        with self.database.transaction() as session:
            return service.open_ticket(
                session,
                TicketDraft(content, **values),
                rules=self.rules,
                now=self.now,
            )

    def do(self, ticket: Ticket, action: Action, actor: Actor, **words: object) -> Ticket:
        with self.database.transaction() as session:
            return service.perform(
                session,
                ticket.id or 0,
                action,
                actor,
                rules=self.rules,
                now=self.now,
                **words,
            )

    def at(self, text: str) -> "Desk":
        self.now = at(text)
        return self

    def tick(self) -> int:
        with self.database.transaction() as session:
            return reminding.escalate_due(session, self.rules, self.now)

    def ticket(self, ticket: Ticket) -> Ticket:
        with self.database.reading() as session:
            found = session.get(Ticket, ticket.id)
            assert found is not None
            return found

    def pushed(self, openid: str) -> list[tuple[str, str]]:
        """(kind, text) of everything enqueued for a person, oldest first."""
        with self.database.reading() as session:
            rows = session.exec(
                select(OutboxMessage)
                .where(col(OutboxMessage.openid) == openid)
                .order_by(col(OutboxMessage.id))
            )
            return [(row.kind, Reply.from_json(row.reply).plain()) for row in rows]

    def last_push(self, openid: str) -> tuple[str, str]:
        return self.pushed(openid)[-1]

    def deliver(self, state: OutboxState = OutboxState.SENT) -> None:
        """Pretend that the worker sent everything."""
        with self.database.transaction() as session:
            for row in session.exec(select(OutboxMessage).where(col(OutboxMessage.state) == OutboxState.NEW)):
                row.state, row.sent_at = state, self.now
                session.add(row)

    def events(self, ticket: Ticket) -> list[TicketEvent]:
        with self.database.reading() as session:
            rows = session.exec(select(TicketEvent).where(col(TicketEvent.ticket_id) == ticket.id))
            return list(rows)


def people(session: Session) -> None:
    """Everyone the tests know."""
    start = at("2026-01-05 09:00")
    session.add(Area(code="lutai", name="芦台街道一片", kind="一级片区"))
    session.add(Department(id=1, name="区住建委", office_phone="022-69590001"))
    session.add(Department(id=2, name="区交通局"))
    session.flush()
    session.add(Coordinator(id=1, department_id=1, name="李专员", phone="13900000011", openid="o-li"))
    session.add(Coordinator(id=2, department_id=2, name="周专员", openid="o-zhou"))
    session.add(
        Officer(id=2, staff_no="002", name="刘服务", area_code="lutai", openid="o-liu", phone="13900000002")
    )
    session.flush()
    session.add(
        Officer(
            id=1,
            staff_no="001",
            name="王服务",
            phone="13900000001",
            public_phone="13800000001",
            area_code="lutai",
            stand_in_id=2,
            openid="o-wang",
        )
    )
    session.add(Officer(id=3, staff_no="003", name="赵服务", area_code="lutai"))
    for number, name in (
        (1, "宁河区测试1号食品有限公司"),
        (2, "宁河区测试2号合作社"),
        (3, "宁河区测试3号商店"),
    ):
        session.add(
            Enterprise(
                id=number,
                credit_code=f"9112000000000000{number:02d}",
                name=name,
                kind="企业",
                area_code="lutai",
                updated_at=start,
            )
        )
    session.flush()
    session.add(Assignment(enterprise_id=1, officer_id=1, since=start))
    session.add(Assignment(enterprise_id=2, officer_id=3, since=start))
    session.add(Contact(openid=Cast.boss.id, enterprise_id=1, since=start, verified_at=start))
    session.add(Contact(openid=Cast.clerk.id, enterprise_id=1, since=start, verified_at=start))
    session.add(Contact(openid="o-unverified", enterprise_id=1, since=start))


@pytest.fixture
def make_desk(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Callable[[str], Desk]]:
    made: list[Database] = []

    def make(district: str) -> Desk:
        database = blank_database(tmp_path / f"{district}-{len(made)}.db")
        made.append(database)
        with database.transaction() as session:
            people(session)
            if (
                not database.is_sqlite
            ):  # the numbers above were given by hand, which the sequences do not know
                for table in ("department", "coordinator", "officer", "enterprise"):
                    session.connection().exec_driver_sql(f"SELECT setval('{table}_id_seq', 100)")
        rules = Rules(load_profile(district), packaged_calendar(), b"a key of the tests")
        return Desk(database, rules)

    yield make
    for database in made:
        database.close()


@pytest.fixture
def desk(make_desk: Callable[[str], Desk]) -> Desk:
    return make_desk("ninghe")


@pytest.fixture
def cast() -> Cast:
    return Cast()
