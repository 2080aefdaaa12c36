"""A list over many enterprises and tickets does about the work of the same list over few (A1, E1).

Counted in hundreds of steps of SQLite's machine, not in seconds: the same on a busy machine.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.bench.district import Size, fill
from app.bench.panel import KEY, Page, Panel, pages, words_for
from app.bench.synthetic import Pool
from app.clock import Clock, real_now
from app.db import Database
from app.districts.loader import load_profile
from app.duties import index_texts
from app.migrations import runner
from app.panel.roles import Role
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar

EVERY = 100
MOST = 800


class Counted:
    """The panel over one district, and the machine's steps of a page in hundreds."""

    def __init__(self, folder: Path, pool: Pool, size: Size) -> None:
        self.db = Database(f"sqlite:///{folder}/{size.enterprises}.db")
        self.steps = 0
        event.listen(self.db.read_engine, "connect", self._watch)
        runner.upgrade(self.db)
        now = real_now()
        rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
        with self.db.transaction() as session:
            fill(session, pool, size, rules=rules, now=now)
        index_texts(self.db, now, patience_s=600)
        self.panel = Panel(self.db, rules, Clock.starting_at(now))

    def _watch(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.set_progress_handler(self._step, EVERY)

    def _step(self) -> int:
        self.steps += 1
        return 0

    def of(self, page: Page) -> int:
        before = self.steps
        self.panel.body(page)
        return self.steps - before


@pytest.fixture(scope="module")
def districts(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counted, Counted]]:
    folder = tmp_path_factory.mktemp("growth")
    both = Counted(folder, pool, Size(300, 300)), Counted(folder, pool, Size(6000, 3000))
    yield both
    for counted in both:
        counted.db.close()


@pytest.mark.timeout(180)
def test_no_list_reads_the_whole_district(districts: tuple[Counted, Counted], pool: Pool) -> None:
    """Twenty times the enterprises, ten times the tickets: no page does ten times the work, and none more than
    finding a page of a common word takes."""
    small, large = districts
    words = words_for(pool, small.db)
    costs = {page: (small.of(page), large.of(page)) for page in pages(words) if not reads_more(page, words)}
    assert len(costs) > 90
    assert {page: cost for page, cost in costs.items() if cost[1] > MOST} == {}


def reads_more(page: Page, words: dict[str, str]) -> bool:
    """What looks at every enterprise or at a quarter's results, and confined readers' words that nearly all have."""
    path = page.path
    if path.endswith(("/coverage", "quality=late")):
        return True
    return page.role is not Role.HUB and any(
        f"tickets?q={words[name]}" in path for name in ("name_common", "one")
    )
