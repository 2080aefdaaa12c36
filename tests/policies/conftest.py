"""A small district with a policy to bring: who may be told, and who is left alone for each reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from app.db import Database
from app.directory.models import Area, Contact, Enterprise, Visit
from app.districts.loader import load_profile
from app.followers.models import Follower
from app.outbox.models import OutboxMessage
from app.policies import service
from app.policies.models import PolicyPush, PushItem
from app.policies.targeting import Target
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from handbook.entry import Entry, Kind

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
KEY = b"a signing key for tests only...."
FOOD, MACHINES = "食品制造业", "通用设备制造业"
# number, industry, area, then who speaks for it: (openid, verified, following, opted out)
ENTERPRISES = (
    (1, FOOD, "A1", (("o-one", True, True, False),)),
    (2, FOOD, "A", (("o-two", True, True, False), ("o-two-b", True, True, False))),
    (3, FOOD, "B", (("o-three", True, True, False),)),
    (4, FOOD, "A", ()),
    (5, FOOD, "A", (("o-five", False, True, False),)),
    (6, FOOD, "A", (("o-six", True, True, True),)),
    (7, FOOD, "A", (("o-seven", True, False, False),)),
    (8, FOOD, "A", (("o-eight", True, True, False),)),
    (9, MACHINES, "A", (("o-nine", True, True, False),)),
    (10, FOOD, "A", (("o-one", True, True, False),)),
)


def policy(**changes: object) -> Entry:
    values: dict[str, object] = {
        "id": "finance/food-subsidy",
        "title": "食品企业技改补助",
        "questions": (),
        "unlike": (),
        "keywords": (),
        "department": "区工信局",
        "category": "融资财政",
        "kind": Kind.POLICY,
        "audience": "public",
        "summary": "技改投入可以申请补助。十二月底前报。",
        "sections": (),
        "internal_notes": "",
        "basis": (),
        "reviewed": None,
        "review_every": 180,
        "related": (),
    }
    return Entry(**(values | changes))


@dataclass
class Town:
    """The district with its rules."""

    db: Database
    rules: Rules

    def write(self, target: Target | None = None, *, per_hour: int = 200) -> int:
        target = target or Target(industry=("食品",), area=("A",))
        with self.db.transaction() as session:
            push = service.create(
                session,
                policy(),
                target,
                sentence="技改投入可以申请补助。",
                per_hour=per_hour,
                follow_hours=72,
                by="hub",
                now=NOW,
            )
            return push.id or 0

    def start(self, push_id: int, now: datetime = NOW) -> None:
        with self.db.transaction() as session:
            service.start(session, push_id, profile=self.rules.profile, by="hub", now=now)

    def release(self, now: datetime = NOW) -> int:
        with self.db.transaction() as session:
            return service.release(session, self.rules, now, self.rules.profile.quiet_hours.until)

    def push(self, push_id: int) -> PolicyPush:
        with self.db.reading() as session:
            return service.find(session, push_id)

    def items(self, push_id: int) -> dict[str, PushItem]:
        with self.db.reading() as session:
            rows = session.exec(select(PushItem).where(col(PushItem.push_id) == push_id)).all()
            return {row.openid: row for row in rows}

    def told(self) -> list[OutboxMessage]:
        with self.db.reading() as session:
            return list(session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))))

    def visits(self, enterprise_id: int) -> list[Visit]:
        with self.db.reading() as session:
            return list(session.exec(select(Visit).where(col(Visit.enterprise_id) == enterprise_id)))


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Callable[[Path], Database]
) -> Iterator[Database]:
    db = blank_database(tmp_path_factory.mktemp("policies") / "town.db")
    rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
    with db.transaction() as session:
        _build(session, rules.profile.feedback.contacts_per_month)
    yield db
    db.close()


@pytest.fixture
def town(
    built: Database, tmp_path: Path, copied_database: Callable[[Database, Path], Database]
) -> Iterator[Town]:
    db = copied_database(built, tmp_path / "town.db")
    yield Town(db, Rules(load_profile("ninghe"), packaged_calendar(), KEY))
    db.close()


def _build(session: Session, cap: int) -> None:
    session.add(Area(code="A", name="测试一片区", kind="一级片区"))
    session.add(Area(code="B", name="测试二片区", kind="一级片区"))
    session.flush()
    session.add(Area(code="A1", name="测试网格", parent_code="A", kind="网格"))
    session.flush()
    followed: set[str] = set()
    for number, industry, area, people in ENTERPRISES:
        session.add(
            Enterprise(
                id=number,
                credit_code=f"9112022100000{number:05d}"[:18],
                name=f"测试{number}号企业",
                kind="企业",
                industry=industry,
                area_code=area,
                updated_at=NOW,
            )
        )
        session.flush()
        for openid, is_verified, is_following, has_opted_out in people:
            if openid not in followed:
                followed.add(openid)
                session.add(
                    Follower(
                        openid=openid,
                        is_subscribed=is_following,
                        first_seen_at=NOW,
                        last_seen_at=NOW,
                        refuses_surveys=has_opted_out,
                    )
                )
            session.add(
                Contact(
                    openid=openid,
                    enterprise_id=number,
                    since=NOW,
                    verified_at=NOW if is_verified else None,
                    is_current=True,
                )
            )
    for _ in range(cap):
        session.add(Visit(enterprise_id=8, at=NOW))
