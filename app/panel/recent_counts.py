"""Large numbers that were counted a moment ago.

A leader's list of twelve thousand finished tickets costs more to count than to show. Such a number need not be counted
again for every page of the list: it is kept for half a minute, or until somebody changes something through this panel.
Rows are never kept, and small numbers, in which one more would be noticed, are counted each time.
"""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

KEPT = timedelta(seconds=30)
LARGE = 300
MOST = 500

Counted = TypeVar("Counted")


class RecentCounts:
    """What was counted, by what was asked; one for all threads of a process."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[datetime, Any]] = {}

    def of(
        self, asked: Hashable, now: datetime, count: Callable[[], Counted], size: Callable[[Counted], int]
    ) -> Counted:
        """What was asked: all that it depends on, the reader's part of the district included. `size`: how many rows
        a count stands for (`int` for a plain number)."""
        kept = self._kept
        if asked in kept:
            at, counted = cast(tuple[datetime, Counted], kept[asked])
            if timedelta(0) <= now - at < KEPT:
                return counted
        fresh = count()
        if size(fresh) >= LARGE:
            if len(kept) >= MOST:
                kept.clear()
            kept[asked] = (now, fresh)
        return fresh

    def forget(self) -> None:
        """Something was changed. Whoever is counting just now keeps what they find in what is thrown away here."""
        self._kept = {}
