"""The handbook's values: entries, problems, hits and decisions. The only handbook file that bot imports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What an entry is for; the decision follows the winning entry's kind."""

    ANSWER = "answer"
    POLICY = "policy"
    CASE = "case"
    REDIRECT = "redirect"
    OUT_OF_SCOPE = "out_of_scope"
    SMALLTALK = "smalltalk"
    COMMAND = "command"


class Decision(StrEnum):
    """What the bot does with a question."""

    ANSWER = "answer"
    CHOOSE = "choose"
    NONE = "none"
    REDIRECT = "redirect"
    SMALLTALK = "smalltalk"
    COMMAND = "command"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Basis:
    """A legal basis: statute or rule, article if it has one, address if it is known."""

    title: str
    article: str = ""
    url: str = ""


@dataclass(frozen=True)
class Section:
    """One `##` part of an entry, markdown."""

    heading: str
    body: str


@dataclass(frozen=True)
class Entry:
    """One approved entry, variables filled in for this district."""

    id: str
    title: str
    questions: tuple[str, ...]
    unlike: tuple[str, ...]
    keywords: tuple[str, ...]
    department: str
    category: str
    kind: Kind
    audience: str
    summary: str
    sections: tuple[Section, ...]
    internal_notes: str
    basis: tuple[Basis, ...]
    reviewed: date | None
    review_every: int
    related: tuple[str, ...]
    effective_from: date | None = None
    effective_to: date | None = None
    approved_by: str = ""
    approved_on: date | None = None
    districts: tuple[str, ...] = ()
    command: str = ""
    path: str = ""
    fingerprint: str = ""
    more_questions: tuple[str, ...] = ()

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Every way people ask for it: title, questions, and those kept in a file of their own."""
        return (self.title, *self.questions, *self.more_questions)

    @property
    def is_public(self) -> bool:
        """Whether an enterprise may see it."""
        return self.audience == "public"


@dataclass(frozen=True)
class Problem:
    """A fault of a file, as a compiler would say it."""

    path: str
    line: int
    message: str
    advice: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        """`kb/a/b.md:12: message。advice`."""
        tail = f" → {self.advice}" if self.advice else ""
        return f"{self.path}:{self.line}: {self.message}{tail}"


@dataclass(frozen=True)
class Candidate:
    """An entry with how well it fits: `score` in 0..1, calibrated; `why` for `kb ask` and the panel."""

    entry: Entry
    score: float
    why: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchResult:
    """What the handbook says about one question.

    `candidates` best first, at most five. `confidence` is P(the first one is right). `degraded` says why
    a channel is missing ("" when all are there).
    """

    query: str
    decision: Decision
    candidates: tuple[Candidate, ...]
    confidence: float
    degraded: str = ""

    @property
    def best(self) -> Candidate | None:
        """The first candidate, if any."""
        return self.candidates[0] if self.candidates else None


class Search(Protocol):
    """What bot needs of a handbook."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """Ask; `staff` also finds entries for officers only. Never raises for any text."""
        ...

    def search_each(self, questions: Sequence[tuple[str, bool]]) -> list[SearchResult]:
        """The result of `search` for each text with its `staff`; a handbook may be quicker with many at once."""
        return [self.search(text, staff=staff) for text, staff in questions]

    def entry(self, entry_id: str) -> Entry | None:
        """One entry by id."""
        ...
