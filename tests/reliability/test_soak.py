"""Steady traffic with edits, backups and open pages: nothing fails, nothing grows (tests 2, 12 and 22)."""

import os
from collections.abc import Callable

import pytest

from app.bench.soak import soak
from app.bench.synthetic import pool_of
from app.settings import Settings
from handbook.service import HandbookService

SECONDS = float(os.environ.get("QIYING_SOAK_SECONDS", "8"))
RATE = float(os.environ.get("QIYING_SOAK_RATE", "15"))
LONG_S = 600


@pytest.mark.slow
@pytest.mark.timeout(int(SECONDS) + 300)
def test_a_day_in_small(
    small_handbook: Callable[..., object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The short form sees faults and a log that is never folded in; slopes mean something from ten minutes on."""
    words = HandbookService(small_handbook(tmp_path_factory.mktemp("words")))
    found = soak(Settings.load(), pool_of(words.handbook.entries), seconds=SECONDS, rate=RATE, tell=print)
    print(found)
    assert found["failed"] == 0 and found["acknowledged_only"] == 0
    assert found["bad_pages"] == 0 and found["bad_backups"] == 0
    assert found["files"]["most"] <= found["files"]["first"] + 20
    assert found["log_mib_most"] <= 64
    assert found["slowest_ms"] <= 3800, "somebody would have been put off"
    if SECONDS >= LONG_S:
        assert found["rss_slope_mib_per_hour"] <= 2 * 3600 / SECONDS * 5
        assert found["p99_ms"] <= 500
