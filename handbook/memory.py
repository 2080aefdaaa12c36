"""Remembers what one handbook said: people ask the same things in the same words all day."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from handbook.entry import Entry, Search, SearchResult

REMEMBERED = 4096  # about 8 KiB each
LONGEST = 100


class Memory(Search):
    """A search over one handbook that never changes. Bounded, and safe to share between threads.

    An edit makes a new handbook and with it an empty memory. Stories are told once: they are not kept.
    """

    def __init__(self, handbook: Search) -> None:
        self.handbook = handbook
        self._results: OrderedDict[tuple[str, bool], SearchResult] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """The remembered result, else a fresh one."""
        return self.search_each([(question, staff)])[0]

    def search_each(self, questions: Sequence[tuple[str, bool]]) -> list[SearchResult]:
        """The remembered results; the handbook is asked for the others, each once."""
        found = {asked: result for asked in questions if (result := self._recalled(asked)) is not None}
        missing = [asked for asked in dict.fromkeys(questions) if asked not in found]
        fresh = dict(zip(missing, self.handbook.search_each(missing), strict=True)) if missing else {}
        self._keep(fresh)
        found |= fresh
        return [found[asked] for asked in questions]

    def entry(self, entry_id: str) -> Entry | None:
        """One entry by id."""
        return self.handbook.entry(entry_id)

    def _recalled(self, asked: tuple[str, bool]) -> SearchResult | None:
        with self._lock:
            result = self._results.get(asked)
            if result is not None:
                self._results.move_to_end(asked)
            return result

    def _keep(self, fresh: dict[tuple[str, bool], SearchResult]) -> None:
        with self._lock:
            for asked, result in fresh.items():
                if len(asked[0]) <= LONGEST:
                    self._results[asked] = result
            while len(self._results) > REMEMBERED:
                self._results.popitem(last=False)
