"""BM25 alone, by the library bm25s: the yardstick for ranking and time. Ranks, but has no idea how sure it is.

bm25s is a development library; importing this module needs none of it.
"""

from collections.abc import Sequence
from typing import Any

from handbook.entry import Candidate, Decision, Entry, Search, SearchResult
from handbook.text import Segmenter, normalise

SHOWN = 5


class YardstickMissing(Exception):
    """bm25s is not installed; the text says what to do."""


class Bm25(Search):
    """A `Search` over the words of every entry's phrasings; never answers by itself, since it has no confidence."""

    def __init__(self, entries: Sequence[Entry], segmenter: Segmenter) -> None:
        try:
            import bm25s  # a development library
        except ImportError:
            raise YardstickMissing("没有安装 bm25s：运行 make setup-dev 后再比") from None
        self._entries = tuple(entries)
        self._segmenter = segmenter
        words = [self._words(" ".join(entry.phrasings)) for entry in self._entries]
        self._known = frozenset(word for document in words for word in document)
        self._index: Any = bm25s.BM25()
        self._index.index(words, show_progress=False)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """The five best entries; the decision is to choose, or none where no word is known."""
        words = [word for word in self._words(question) if word in self._known]
        if not words:
            return SearchResult(question, Decision.NONE, (), 0.0)
        most = min(SHOWN, len(self._entries))
        places, scores = self._index.retrieve([words], k=most, show_progress=False, n_threads=0)
        top = max(float(scores[0][0]), 1e-9)
        candidates = tuple(
            Candidate(self._entries[int(place)], round(float(score) / top, 4))
            for place, score in zip(places[0], scores[0], strict=True)
            if score > 0
        )
        return SearchResult(question, Decision.CHOOSE, candidates, 0.0)

    def entry(self, entry_id: str) -> Entry | None:
        """One entry by id."""
        return next((entry for entry in self._entries if entry.id == entry_id), None)

    def _words(self, text: str) -> list[str]:
        return self._segmenter.words(normalise(text))
