"""Empty databases of both kinds; `QIYING_CHAOS=1` (make chaos) makes every run longer."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from app.migrations import runner

IS_CHAOS = os.environ.get("QIYING_CHAOS", "") == "1"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def is_chaos() -> bool:
    """Whether this is the long form."""
    return IS_CHAOS


def _empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/qiying.db"
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.new_database()
    yield url
    cluster.drop(url)


@pytest.fixture(params=BOTH)
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    yield from _empty(request, tmp_path)


@pytest.fixture(params=BOTH if IS_CHAOS else ["sqlite"])
def served_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database for tests that start servers again and again: both kinds in the long form only."""
    yield from _empty(request, tmp_path)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of either kind with every table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/qiying.db")
        runner.upgrade(made)
    else:
        made = request.getfixturevalue("cluster").new_schema()
    yield made
    made.close()
