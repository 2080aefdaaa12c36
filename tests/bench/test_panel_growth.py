"""A list over many enterprises and tickets does about the work of the same list over few (A1, E1).

Counted in hundreds of steps of SQLite's machine, not in seconds: the same on a busy machine.
"""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.bench.district import Size, fill
from app.bench.panel import AREA, ENTERPRISES, KEY, LAST, TICKETS, Page, Panel, pages, words_for
from app.bench.synthetic import Pool
from app.clock import Clock, real_now
from app.db import Database
from app.districts.loader import load_profile
from app.duties import index_texts, keep_coverage
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
        self.steps = self.statements = 0
        event.listen(self.db.read_engine, "before_cursor_execute", self._note)
        event.listen(self.db.read_engine, "connect", self._watch)
        runner.upgrade(self.db)
        now = real_now()
        rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
        with self.db.transaction() as session:
            fill(session, pool, size, rules=rules, now=now)
        index_texts(self.db, now, patience_s=600)
        keep_coverage(self.db, rules.profile, now)
        self.panel = Panel(self.db, rules, Clock.starting_at(now))

    def _watch(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.set_progress_handler(self._step, EVERY)

    def _note(self, *_: Any) -> None:
        self.statements += 1

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
    """Twenty times the enterprises, ten times the tickets: no page does more than finding a page of a common word
    takes."""
    small, large = districts
    words = words_for(pool, small.db)
    costs = {page: (small.of(page), large.of(page)) for page in pages(words)}
    assert len(costs) > 90
    assert {page: cost for page, cost in costs.items() if cost[1] > MOST} == {}


CEILINGS = {
    Page(Role.HUB, "/admin"): 350,
    Page(Role.LEADER, "/admin"): 300,
    Page(Role.HUB, "/admin/areas/coverage"): 80,
    Page(Role.HUB, f"/admin/areas/{AREA}"): 200,
    Page(Role.HUB, f"{TICKETS}?status=finished&by=resolved&quality=late"): 250,
    Page(Role.LEADER, f"{TICKETS}?status=finished&by=resolved&quality=late"): 280,
    Page(Role.HUB, f"{TICKETS}?status=all&by=rated&quality=dissatisfied"): 120,
    Page(Role.LEADER, f"{TICKETS}?status=all&{LAST}"): 180,
    Page(Role.LEADER, f"{TICKETS}?status=closed"): 300,
    Page(Role.LEADER, f"{TICKETS}?q=登记 材料"): 280,
    Page(Role.LEADER, f"{TICKETS}?q=税"): 530,
    Page(Role.HUB, f"{TICKETS}?q=税"): 280,
    Page(Role.LEADER, f"{TICKETS}?q=登记&status=all&{LAST}"): 410,
    Page(Role.DEPARTMENT, f"{TICKETS}?status=all&by=rated&quality=dissatisfied"): 60,
    Page(Role.LEADER, f"{ENTERPRISES}?q=示例路17号"): 110,
    Page(Role.HUB, "/admin/supervision"): 60,
}


WEEK = f"since={real_now() - timedelta(21):%Y-%m-%d}&until={real_now() - timedelta(15):%Y-%m-%d}"
BEHIND_A_CHART = [
    Page(role, f"{TICKETS}?{asked}&{WEEK}")
    for role in (Role.HUB, Role.LEADER)
    for asked in (
        "status=finished&by=resolved",
        "status=finished&by=resolved&quality=late",
        "status=all&by=rated",
        "status=all&by=rated&quality=dissatisfied",
        "status=all&by=opened",
    )
]


@pytest.mark.parametrize("page", BEHIND_A_CHART, ids=lambda page: f"{page.role} {page.path[15:-33]}")
def test_a_week_of_a_chart_does_not_read_the_years(districts: tuple[Counted, Counted], page: Page) -> None:
    """The rows behind one point of the first screen: a week's, whatever they are chosen by."""
    _, large = districts
    large.of(page)
    assert large.of(page) <= 200


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", CEILINGS, ids=lambda page: f"{page.role} {page.path}")
def test_a_page_that_was_made_quick_stays_quick(districts: tuple[Counted, Counted], page: Page) -> None:
    """Each has about a third to spare over the large district; reading all that it is about takes several times that."""
    _, large = districts
    large.of(page)
    assert large.of(page) <= CEILINGS[page]


def test_the_first_screen_asks_once_for_all_its_figures(districts: tuple[Counted, Counted]) -> None:
    """One look at the open requests and one a chart, not one a figure and a week."""
    _, large = districts
    for role, most in ((Role.HUB, 25), (Role.LEADER, 15)):
        large.statements = 0
        large.panel.body(Page(role, "/admin"))
        assert large.statements <= most
