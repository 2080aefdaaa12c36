"""Remembers what one handbook said: people ask the same things in the same words all day."""

from functools import lru_cache

from handbook.entry import Search, SearchResult

REMEMBERED = 4096  # about 8 KiB each
LONGEST = 100


class Memory:
    """A search over one handbook that never changes. Bounded, and safe to share between threads.

    An edit makes a new handbook and with it an empty memory. Stories are told once: they are not kept.
    """

    def __init__(self, handbook: Search) -> None:
        self.handbook = handbook
        self._ask = lru_cache(maxsize=REMEMBERED)(self._searched)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """The remembered result, else a fresh one."""
        if len(question) > LONGEST:
            return self.handbook.search(question, staff=staff)
        return self._ask(question, staff)

    def _searched(self, question: str, staff: bool) -> SearchResult:
        return self.handbook.search(question, staff=staff)
