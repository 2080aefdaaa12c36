"""Why the handbook says what it says: which phrasing, which channel, which clause decided, and how sure it is.

One explanation for `kb ask` and for the panel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handbook.entry import Candidate, Decision, Entry, Search, SearchResult
from handbook.fusion import TOPIC_KINDS, Weights
from handbook.search import Handbook
from handbook.text import key, loose_key

# What the search measures, in words an editor can use; several columns make one channel.
CHANNELS: dict[str, tuple[str, ...]] = {
    "词": ("words",),
    "字": ("characters", "characters_mass"),
    "读音": ("sounds", "sounds_mass", "phrasing_sounds"),
    "正文": ("body", "body_mass", "whole", "whole_mass"),
    "问法的字": ("phrasing", "phrasing_mass"),
    "标题": ("title", "title_mass"),
    "俗称对应的正式说法": ("official",),
    "一个分句": ("clause", "clause_phrasing", "dense_clause"),
    "意思最近的问法": ("dense",),
    "整条的意思": ("centroid",),
    "像反例": ("unlike", "dense_unlike"),
}
SHOWN_CHANNELS = 4
LEAST_SHARE = 0.05


class Ground(StrEnum):
    """What the decision rests on; the value is the sentence that people read."""

    EXACT = "和手册里的一句问法一字不差"
    PLACE = "说的是别处的事（地名名单）"
    CONTRAST = "问的是一件事的另一面，所以先反问"
    SCORES = "各项打分合起来的把握"
    NOTHING = "没有认得的词"


@dataclass(frozen=True)
class Reason:
    """One candidate: the phrasing nearest to the question, the clause that fits best, the nearest counter-example
    ("" where there is none), and the channels that put it before (or behind) its rival, strongest first, each
    with its part of the log-odds."""

    candidate: Candidate
    phrasing: str = ""
    clause: str = ""
    unlike: str = ""
    channels: tuple[tuple[str, float], ...] = ()

    @property
    def entry(self) -> Entry:
        """The entry it is about."""
        return self.candidate.entry

    @property
    def texts(self) -> dict[str, str]:
        """The three texts by name, empty ones left out."""
        found = {"phrasing": self.phrasing, "clause": self.clause, "unlike": self.unlike}
        return {name: text for name, text in found.items() if text}


@dataclass(frozen=True)
class Explanation:
    """A result with its reasons; `answer_at` and `choose_at` are the bars that the confidence was held against."""

    result: SearchResult
    ground: Ground
    reasons: tuple[Reason, ...]
    answer_at: float = 0.0
    choose_at: float = 0.0


def explain(search: Search, question: str, *, staff: bool = False) -> Explanation:
    """Ask, and say why. A search that is no handbook explains its scores only."""
    result = search.search(question, staff=staff)
    handbook = getattr(search, "handbook", search)
    if not isinstance(handbook, Handbook):
        return Explanation(result, _plain_ground(result), tuple(Reason(found) for found in result.candidates))
    weights, ground = handbook.weights, _ground(result, question, handbook)
    reasons = tuple(
        Reason(
            found,
            channels=() if ground is Ground.PLACE else _channels(found, _rival(result, place), weights),
            **handbook.explain(question, found.entry.id),
        )
        for place, found in enumerate(result.candidates)
    )
    best = result.best
    is_topic = best is None or best.entry.kind in TOPIC_KINDS
    answer_at = weights.answer_at if is_topic else weights.meta_at
    return Explanation(result, ground, reasons, answer_at, weights.choose_at)


def _plain_ground(result: SearchResult) -> Ground:
    return Ground.SCORES if result.candidates else Ground.NOTHING


def _ground(result: SearchResult, question: str, handbook: Handbook) -> Ground:
    best = result.best
    if best is None:
        return Ground.NOTHING
    if "place" in best.why:
        return Ground.PLACE
    exact = handbook.lexicon.exact
    place = exact.get(key(question), exact.get(loose_key(question), -1))
    if place >= 0 and handbook.entries[place] is best.entry:
        return Ground.EXACT
    is_held_back = result.decision is Decision.CHOOSE and best.entry.kind in TOPIC_KINDS
    if is_held_back and result.confidence >= handbook.weights.answer_at:
        return Ground.CONTRAST
    return Ground.SCORES


def _rival(result: SearchResult, place: int) -> Candidate | None:
    """The winner's rival is the second; everybody else's is the winner."""
    other = 1 if place == 0 else 0
    return result.candidates[other] if other < len(result.candidates) else None


def _channels(found: Candidate, rival: Candidate | None, weights: Weights) -> tuple[tuple[str, float], ...]:
    each = dict(zip(weights.columns, weights.scorer, strict=True))
    theirs: Mapping[str, object] = rival.why if rival is not None else {}
    parts = {
        label: sum(
            float(each[column]) * (_number(found.why, column) - _number(theirs, column))
            for column in columns
            if column in each
        )
        for label, columns in CHANNELS.items()
    }
    strongest = sorted(parts.items(), key=lambda item: -abs(item[1]))[:SHOWN_CHANNELS]
    return tuple((label, round(part, 2)) for label, part in strongest if abs(part) >= LEAST_SHARE)


def _number(values: Mapping[str, object], name: str) -> float:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
