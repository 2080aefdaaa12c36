"""One loaded handbook: a question in, a decision with calibrated candidates out. Never raises for any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress

import numpy as np

from handbook.channels import Lexicon, question_parts
from handbook.entry import Candidate, Decision, Entry, Search, SearchResult
from handbook.features import Dense, Features, lexical_features, lexical_features_each, with_dense
from handbook.fusion import (
    TOPIC_KINDS,
    Array,
    Weights,
    confidence,
    contradicts,
    decide,
    distribution,
    preferring,
)
from handbook.hearing import as_meant
from handbook.lexical import Floats
from handbook.places import Places
from handbook.text import MAX_CHARACTERS, normalise
from handbook.vectors import Vectors

MAX_CANDIDATES = 5
# How sure it is that a named place decides (0 of 18,000 local phrasings are taken for another place's).
ELSEWHERE_CONFIDENCE = 0.95
MATTERS = frozenset({Decision.ANSWER, Decision.CHOOSE, Decision.NONE})


@dataclass(frozen=True)
class Brain:
    """The weights for the lexical channels alone, and those with vectors where encoder and calibration agree."""

    lexical: Weights
    dense: Weights | None = None
    vectors: Vectors | None = None
    missing: str = ""


class Handbook(Search):
    """Over entries of one district. Safe to share between threads."""

    def __init__(
        self, entries: Sequence[Entry], lexicon: Lexicon, brain: Brain, places: Places | None = None
    ) -> None:
        self._entries = tuple(entries)
        self._by_id: Mapping[str, Entry] = {entry.id: entry for entry in self._entries}
        self._lexicon = lexicon
        self._brain = brain
        self._places = places or Places(())
        self._is_topic = np.asarray([entry.kind in TOPIC_KINDS for entry in self._entries], bool)
        self._for_staff = np.asarray([not entry.is_public for entry in self._entries], bool)

    @property
    def degraded(self) -> str:
        """Why a channel is missing; "" when all are there."""
        return self._brain.missing

    @property
    def lexicon(self) -> Lexicon:
        """The lexical half, for a second brain over the same entries."""
        return self._lexicon

    @property
    def weights(self) -> Weights:
        """The weights that decide now."""
        brain = self._brain
        return brain.lexical if brain.vectors is None or brain.dense is None else brain.dense

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry of this district, by id."""
        return self._entries

    def with_brain(self, brain: Brain) -> "Handbook":
        """The same handbook with other weights or vectors."""
        return Handbook(self._entries, self._lexicon, brain, self._places)

    def entry(self, entry_id: str) -> Entry | None:
        """One entry by id, whoever may see it."""
        return self._by_id.get(entry_id)

    def public_entries(self) -> tuple[Entry, ...]:
        """What an enterprise may see, by id."""
        return tuple(entry for entry in self._entries if entry.is_public)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """Decide on one question; `staff` also finds entries for officers only."""
        return self.search_each([(question, staff)])[0]

    def search_each(self, questions: Sequence[tuple[str, bool]]) -> list[SearchResult]:
        """Decide on several questions, each with whether the staff asks: together they take less time."""
        brain = self._brain
        asked = [as_meant(question[:MAX_CHARACTERS]) for question, _ in questions]
        worded = [bool(self._entries and normalise(words)) for words in asked]
        texts = list(compress(asked, worded))
        found = lexical_features_each(texts, self._lexicon)
        if brain.vectors is not None and brain.dense is not None:
            found = [with_dense(*pair) for pair in zip(found, brain.vectors.compare_each(texts), strict=True)]
        features = iter(found)
        return [
            self._decided(question, words, next(features), staff=staff)
            if has_words
            else self._wordless(question)
            for (question, staff), words, has_words in zip(questions, asked, worded, strict=True)
        ]

    def _decided(self, question: str, asked: str, features: Features, *, staff: bool) -> SearchResult:
        """The decision on a question with words; `asked` is what was meant."""
        weights = self.weights
        if not features.matrix.any():  # letters at random, a script we do not know
            return SearchResult(question, Decision.NONE, (), 0.0, self.degraded)
        chances = self._permitted(distribution(features, weights), staff=staff)
        chances = preferring(chances, features.exact)
        sure = confidence(features, chances, weights, self._is_topic)
        order = [int(place) for place in np.argsort(-chances)[:MAX_CANDIDATES] if chances[place] > 0]
        if not order:
            return SearchResult(question, Decision.NONE, (), 0.0, self.degraded)
        winner = self._entries[order[0]]
        guarded = features.exact != order[0] and contradicts(normalise(asked), _all_words(winner))
        decision = decide(sure, winner.kind, weights, guarded=guarded)
        reasons = np.round(features.matrix[order].astype(np.float64), 3).tolist()
        candidates = tuple(
            Candidate(
                self._entries[place],
                _calibrated(sure, chances, place, order[0]),
                dict(zip(weights.columns, reason, strict=True)),
            )
            for place, reason in zip(order, reasons, strict=True)
        )
        found = SearchResult(question, decision, candidates, sure, self.degraded)
        return found if features.exact == order[0] else self._unless_elsewhere(found, asked)

    def _unless_elsewhere(self, found: SearchResult, asked: str) -> SearchResult:
        """A business in another place is led there, however well a local entry fits its words."""
        entry = self._by_id.get(self._places.leads_to(asked)) if found.decision in MATTERS else None
        if entry is None:
            return found
        others = tuple(item for item in found.candidates if item.entry is not entry)
        first = Candidate(entry, ELSEWHERE_CONFIDENCE, {"place": 1.0})
        lowered = tuple(replace(item, score=min(item.score, 1 - ELSEWHERE_CONFIDENCE)) for item in others)
        candidates = (first, *lowered)[:MAX_CANDIDATES]
        return SearchResult(found.query, Decision.REDIRECT, candidates, ELSEWHERE_CONFIDENCE, found.degraded)

    def explain(self, question: str, entry_id: str) -> dict[str, str]:
        """What speaks for an entry: its nearest phrasing, the clause of the question that fits best, the nearest `unlike`."""
        place = next((index for index, entry in enumerate(self._entries) if entry.id == entry_id), None)
        if place is None:
            return {}
        asked = as_meant(question[:MAX_CHARACTERS])
        parts = question_parts(asked) or [normalise(asked)]
        scored = [(*self._nearest(part, place, negative=False), part) for part in parts]
        score, phrasing, clause = max(scored)
        _, unlike = self._nearest(normalise(asked), place, negative=True)
        found = {
            "phrasing": phrasing if score > 0 else "",
            "clause": clause if len(parts) > 1 else "",
            "unlike": unlike,
        }
        return {name: text for name, text in found.items() if text}

    def _nearest(self, normal: str, place: int, *, negative: bool) -> tuple[float, str]:
        lexicon = self._lexicon
        phrasings = lexicon.negative if negative else lexicon.positive
        scores = np.where(phrasings.owners == place, lexicon.likeness(normal, negative=negative), 0)
        best = int(np.argmax(scores)) if len(scores) else -1
        return (float(scores[best]), phrasings.texts[best]) if best >= 0 and scores[best] > 0 else (0.0, "")

    def _wordless(self, question: str) -> SearchResult:
        """Punctuation and emoji alone: the small talk that lists such, if any."""
        place = self._lexicon.exact.get("") if question.strip() else None
        if place is None:
            return SearchResult(question, Decision.NONE, (), 0.0, self.degraded)
        entry = self._entries[place]
        decision = Decision.NONE if entry.kind in TOPIC_KINDS else Decision(entry.kind.value)
        return SearchResult(question, decision, (Candidate(entry, 1.0),), 1.0, self.degraded)

    def features(self, question: str, dense: Dense | None = None) -> Features:
        """The features of every entry; with the given cosines appended, for a calibration."""
        features = lexical_features(question[:MAX_CHARACTERS], self._lexicon)
        return with_dense(features, dense) if dense is not None else features

    def _permitted(self, chances: Array, *, staff: bool) -> Floats:
        if staff or not self._for_staff.any():
            return chances
        kept = np.where(self._for_staff, np.float32(0), chances)
        total = float(kept.sum())
        return np.asarray(kept / total if total > 0 else kept, np.float32)


@lru_cache(maxsize=1024)
def _all_words(entry: Entry) -> str:
    """What an entry calls itself, for the contrast guard."""
    return normalise(" ".join((*entry.phrasings, *entry.keywords)))


def _calibrated(sure: float, chances: Floats, place: int, winner: int) -> float:
    """The winner's chance is the confidence; the others share the rest in proportion, never above the winner."""
    if place == winner:
        return round(sure, 4)
    rest = 1 - float(chances[winner])
    share = float(chances[place]) / rest if rest > 1e-9 else 0.0
    return round(min(sure, (1 - sure) * share), 4)
