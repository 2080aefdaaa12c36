"""What an edit changes for a set of questions: the same question asked of two handbooks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from handbook.entry import Entry, Search, SearchResult

UNCHANGED_SCORE = 0.1


@dataclass(frozen=True)
class Asked:
    """A question with the entry it should lead to: "" where that is not known, None where none should answer."""

    question: str
    wanted: str | None = ""
    source: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one handbook does with a question: `entry` is the winner's id."""

    decision: str
    entry: str
    score: float
    words: str


@dataclass(frozen=True)
class Change:
    """One question before and after. `kind`: decision, entry, words (same entry, edited answer) or score."""

    asked: Asked
    before: Outcome
    after: Outcome
    kind: str

    @property
    def verdict(self) -> str:
        """better or worse where the right entry is known and only one of the two has it; else ""."""
        if self.asked.wanted == "":
            return ""
        right = [_is_right(self.asked.wanted, outcome) for outcome in (self.before, self.after)]
        if right[0] == right[1]:
            return ""
        return "better" if right[1] else "worse"


def changes(before: Search, after: Search, questions: Iterable[Asked]) -> Iterator[Change]:
    """Every question that the two treat differently, in order."""
    for asked in questions:
        old, new = _outcome(before.search(asked.question)), _outcome(after.search(asked.question))
        kind = _kind(old, new)
        if kind:
            yield Change(asked, old, new, kind)


def _outcome(result: SearchResult) -> Outcome:
    best = result.best
    if best is None:
        return Outcome(result.decision.value, "", 0.0, "")
    words = _words(best.entry) if result.decision.value not in {"none", "choose"} else ""
    return Outcome(result.decision.value, best.entry.id, round(result.confidence, 3), words)


def _words(entry: Entry) -> str:
    return "\n".join([entry.summary, *(f"{part.heading}\n{part.body}" for part in entry.sections)])


def _kind(old: Outcome, new: Outcome) -> str:
    if old.decision != new.decision:
        return "decision"
    if old.entry != new.entry:
        return "entry"
    if old.words != new.words:
        return "words"
    return "score" if abs(old.score - new.score) >= UNCHANGED_SCORE else ""


def _is_right(wanted: str | None, outcome: Outcome) -> bool:
    answers = outcome.decision not in {"none", "choose", "out_of_scope"}
    return not answers if wanted is None else answers and outcome.entry == wanted
