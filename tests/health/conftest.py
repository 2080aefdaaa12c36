"""A migrated database, and what a process knows beside it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.alarms.facts import Facts
from app.db import Database

GIGABYTE = 1_000_000_000


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    database = blank_database(tmp_path / "t.db")
    yield database
    database.close()


@pytest.fixture
def healthy() -> Facts:
    """Nothing wrong outside the database."""
    return Facts(entries=217, disk_free=50 * GIGABYTE, database_bytes=4096)
