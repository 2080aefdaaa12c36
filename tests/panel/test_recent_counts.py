"""Large numbers are not counted again for every page: kept half a minute, by scope, until somebody changes something."""

import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from app.clock import SHANGHAI
from app.panel import recent_counts
from app.panel.recent_counts import KEPT, LARGE, MOST, RecentCounts
from app.panel.scope import OfDepartment
from app.tickets.models import Ticket

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
ALL = "/admin/tickets?status=all"
TOTAL = re.compile(r"共 ([0-9]+) 条")


def test_a_large_number_is_counted_once_in_half_a_minute_and_a_small_one_each_time() -> None:
    counts, counted = RecentCounts(), iter(range(LARGE, LARGE + 9))

    def number() -> int:
        return next(counted)

    assert counts.of("a", NOW, number, size=int) == LARGE
    assert counts.of("a", NOW + KEPT - timedelta(seconds=1), number, size=int) == LARGE
    assert counts.of("b", NOW, number, size=int) == LARGE + 1
    assert counts.of("a", NOW + KEPT, number, size=int) == LARGE + 2
    assert counts.of("a", NOW - timedelta(days=1), number, size=int) == LARGE + 3  # a demo's clock went back
    counts.forget()
    assert counts.of("b", NOW, number, size=int) == LARGE + 4
    small = iter(range(9))
    assert [counts.of("c", NOW, lambda: next(small), size=int) for _ in range(2)] == [0, 1]


def test_a_count_begun_before_a_change_is_not_kept_after_it() -> None:
    counts = RecentCounts()

    def while_somebody_writes() -> int:
        counts.forget()
        return LARGE

    counts.of("a", NOW, while_somebody_writes, size=int)
    assert counts.of("a", NOW, lambda: LARGE + 1, size=int) == LARGE + 1


def test_however_much_is_asked_little_is_kept() -> None:
    counts = RecentCounts()
    for number in range(3 * MOST):
        counts.of(number, NOW, lambda: LARGE, size=int)
        assert len(counts._kept) <= MOST


def test_one_departments_number_is_never_shown_to_another() -> None:
    """Both are sets of no area at all."""
    assert OfDepartment(4) == OfDepartment(4) != OfDepartment(5) and OfDepartment(4) != frozenset()
    counts = RecentCounts()
    numbers = iter((LARGE, LARGE + 1, LARGE + 2))
    shown = [
        counts.of(("all", scope), NOW, lambda: next(numbers), size=int)
        for scope in (OfDepartment(4), OfDepartment(5), frozenset[str](), OfDepartment(5))
    ]
    assert shown == [LARGE, LARGE + 1, LARGE + 2, LARGE + 1]


def test_the_list_says_what_was_counted_a_moment_ago_until_somebody_here_changes_something(
    office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows themselves are as they are now; and nobody sees the own change late."""
    monkeypatch.setattr(recent_counts, "LARGE", 1)
    hub, leader = office.user("hub"), office.user("leader")

    def total(browser) -> int:
        found = TOTAL.search(browser.get(ALL).text)
        assert found
        return int(found[1])

    def one_more(session: Session) -> None:
        given = session.exec(select(Ticket)).first()
        assert given is not None
        copied = {name: value for name, value in given.model_dump().items() if name not in ("id", "number")}
        session.add(Ticket(number="20261120-9999", **copied))

    before = total(hub)
    assert 0 < total(leader) < before
    office.change(one_more)
    assert "20261120-9999" in hub.get(f"{ALL}&q=20261120-9999").text
    assert total(hub) == before
    leader.post("/admin/tickets/filters", filter_name="我的")
    assert total(hub) == before + 1
