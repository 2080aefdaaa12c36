"""A search that was made before the transaction opened, remembered for the turn inside it."""

from handbook.entry import Entry, Search, SearchResult


class SearchMemo(Search):
    """Asks each question once."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._results: dict[tuple[str, bool], SearchResult] = {}

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """The remembered result, else a fresh one."""
        key = (question, staff)
        if key not in self._results:
            self._results[key] = self._search.search(question, staff=staff)
        return self._results[key]

    def keep(self, question: str, result: SearchResult, *, staff: bool) -> None:
        """Take in what was found elsewhere."""
        self._results[(question, staff)] = result

    def entry(self, entry_id: str) -> Entry | None:
        """One entry by id."""
        return self._search.entry(entry_id)
