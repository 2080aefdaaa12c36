"""Both databases with a small cast, whatever the rest of the run uses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from app.db import Database
from app.directory.models import Area, Assignment, Contact, Coordinator, Department, Enterprise, Officer
from app.migrations import runner


def at(moment: str) -> datetime:
    """`2026-11-20 10:00` in China as an aware UTC moment."""
    local = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return local.astimezone(UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes databases with the schema and the cast, on each kind of server."""
    made: list[Database] = []

    def make() -> Database:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/t{len(made)}.db"
        else:
            url = request.getfixturevalue("cluster").new_database()
        database = Database(url)
        made.append(database)
        runner.upgrade(database)
        with database.transaction() as session:
            populate(session)
        return database

    yield make
    for database in made:
        database.close()


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    return new_database()


def populate(session: Session) -> None:
    """Two officers who stand in for each other, two departments, three enterprises, two of them served."""
    since = at("2026-01-05 09:00")
    session.add(Area(code="A", name="一片区", kind="一级片区", leader="郑主任"))
    for number, name in ((1, "住建委"), (2, "交通局")):
        session.add(Department(id=number, name=name))
    session.flush()
    for number, name in ((1, "李专员"), (2, "周专员")):
        session.add(Coordinator(id=number, department_id=number, name=name, openid=f"o-coordinator{number}"))
    for number, name in ((1, "王服务"), (2, "刘服务")):
        session.add(
            Officer(id=number, staff_no=f"00{number}", name=name, area_code="A", openid=f"o-officer{number}")
        )
    for number in (1, 2, 3):
        session.add(
            Enterprise(
                id=number,
                credit_code=f"9112000000000000{number:02d}",
                name=f"测试{number}号公司",
                kind="企业",
                area_code="A",
                updated_at=since,
            )
        )
    session.flush()
    session.get_one(Officer, 1).stand_in_id = 2
    session.get_one(Officer, 2).stand_in_id = 1
    for number in (1, 2):
        session.add(Assignment(enterprise_id=number, officer_id=number, since=since))
    for openid, enterprise_id in (("o-boss", 1), ("o-other", 2)):
        session.add(Contact(openid=openid, enterprise_id=enterprise_id, since=since, verified_at=since))
