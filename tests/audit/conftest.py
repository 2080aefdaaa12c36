"""A migrated database with a short, sealed trail, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import audit
from app.db import Database
from app.migrations import runner

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """At the newest schema, with the guard in place."""
    url = f"sqlite:///{tmp_path}/t.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_database()
    made = Database(url)
    runner.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def act(database: Database) -> Callable[..., None]:
    """Write one audited act in a transaction of its own."""

    def write(number: int = 0, **values: object) -> None:
        row = {
            "at": START + timedelta(minutes=number),
            "actor_kind": "user",
            "actor": "测试审计",
            "action": "test.write",
            "target": f"thing:{number}",
            "detail": {"before": {"状态": "旧"}, "after": {"状态": "新", "数": number}},
        } | values
        with database.transaction() as session:
            audit.record(session, **row)

    return write
