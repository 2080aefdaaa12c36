"""Pure: features to scores, scores to a calibrated confidence, confidence to a decision.

The scorer is a conditional logit (a softmax over the entries of one question); the confidence is a second
logistic model over the shape of that distribution. Raw scores are useless as confidence: wrong pairs reach
higher ones than right pairs do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handbook.entry import Decision, Kind
from handbook.features import ALL_COLUMNS, LEXICAL_COLUMNS, Features

Array = NDArray[np.float32]
Flags = NDArray[np.bool_]

SHAPE = (
    "first", "gap", "score", "score_gap", "logit", "entropy", "agreement", "uncovered", "unseen",
    "log_length", "outside", "dense_outside", "topic_share", "is_topic",
)  # fmt: skip
TOPIC_KINDS = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE})
SURE_OF_EXACT = 0.99
_RANKERS = ("words", "characters", "sounds", "body", "phrasing", "whole", "title", "dense", "centroid")

_ABSOLUTE = frozenset(
    {"clause", "clause_phrasing", "unlike", "dense", "centroid", "dense_clause", "dense_unlike"}
)

# Two sides of one matter: whoever names one side must not get the other's answer without being asked.
CONTRASTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("注销", "关店", "不干了", "关门"), ("设立", "注册", "开办", "新办", "开店")),
    (("增资", "增加注册资本"), ("减资", "减少注册资本")),
    (("增员", "入职", "参保登记"), ("减员", "停保", "离职")),
    (("补缴", "补交"), ("退费", "退款", "退还")),
    (("列入", "拉黑"), ("移出", "移除", "修复")),
    (("启用", "开通", "激活"), ("停用", "关闭", "报停")),
    (("出口",), ("进口",)),
    (("招聘", "录用"), ("辞退", "开除", "解除", "裁员")),
)


@dataclass(frozen=True)
class Weights:
    """What a calibration learned for one set of columns; `encoder` names the vectors it was measured on."""

    columns: tuple[str, ...]
    scorer: Array
    confidence: Array
    bias: float
    answer_at: float
    meta_at: float
    choose_at: float
    encoder: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Weights":
        """Read what `to_json` wrote; ValueError when its columns are not this program's."""
        columns = tuple(data["scorer"])
        confidence = data["confidence"]
        if columns not in (LEXICAL_COLUMNS, ALL_COLUMNS) or tuple(confidence) != confidence_columns(columns):
            raise ValueError("calibrated for other columns")
        return cls(
            columns=columns,
            scorer=np.asarray(list(data["scorer"].values()), np.float32),
            confidence=np.asarray(list(confidence.values()), np.float32),
            bias=float(data["bias"]),
            answer_at=float(data["answer_at"]),
            meta_at=float(data["meta_at"]),
            choose_at=float(data["choose_at"]),
            encoder=str(data["encoder"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Named numbers, four digits after the point."""
        return {
            "encoder": self.encoder,
            "answer_at": round(self.answer_at, 4),
            "meta_at": round(self.meta_at, 4),
            "choose_at": round(self.choose_at, 4),
            "bias": round(self.bias, 4),
            "scorer": {n: round(float(w), 4) for n, w in zip(self.columns, self.scorer, strict=True)},
            "confidence": {
                n: round(float(w), 4)
                for n, w in zip(confidence_columns(self.columns), self.confidence, strict=True)
            },
        }


def confidence_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """What the second model sees, by name: the shape of the distribution, the winner, the winner's lead."""
    absolute = [name for name in columns if _is_absolute(name)]
    return (*SHAPE, *(f"winner_{name}" for name in absolute), *(f"lead_{name}" for name in columns))


def distribution(features: Features, weights: Weights) -> Array:
    """P(entry | one of them is right), shape (entries,)."""
    scores = features.matrix @ weights.scorer
    chances = np.exp(scores - scores.max(initial=-np.inf))
    return np.asarray(chances / chances.sum(), np.float32)


def confidence_features(features: Features, chances: Array, weights: Weights, is_topic: Flags) -> Array:
    """What the second model sees, in the order of `confidence_columns`; needs at least one entry."""
    order = np.argsort(-chances)[:2]
    winner, second = int(order[0]), int(order[-1])
    row, lead = features.matrix[winner], features.matrix[winner] - features.matrix[second]
    rankers, absolute = _places_of(weights.columns)
    agreeing = int((row[rankers] >= features.matrix[:, rankers].max(axis=0) - 1e-6).sum())
    first = float(chances[winner])
    positive = chances[chances > 0]
    shape = [
        first,
        first - (float(chances[second]) if second != winner else 0.0),
        float(row @ weights.scorer),
        float(lead @ weights.scorer),
        float(np.log(max(first, 1e-6) / max(1 - first, 1e-6))),
        float(-(positive * np.log(positive)).sum()),
        agreeing / len(rankers),
        1 - float(features.covered[winner]),
        1 - float(features.covered.max()),
        float(np.log1p(features.length)),
        features.outside,
        features.dense_outside,
        float(chances[is_topic].sum()),
        float(is_topic[winner]),
    ]
    return np.concatenate([np.asarray(shape, np.float32), row[absolute], lead])


@lru_cache(maxsize=8)
def _places_of(columns: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Where the rankers and the columns that count by themselves stand."""
    rankers = [place for place, name in enumerate(columns) if name in _RANKERS]
    return rankers, [place for place, name in enumerate(columns) if _is_absolute(name)]


def _is_absolute(name: str) -> bool:
    return name.endswith("_mass") or name in _ABSOLUTE


def preferring(chances: Array, place: int) -> Array:
    """The distribution where the entry at `place` holds this very phrasing (-1: none does)."""
    if place < 0 or chances[place] <= 0:
        return chances
    result = chances * (1 - SURE_OF_EXACT)
    result[place] += SURE_OF_EXACT
    return result


def confidence(features: Features, chances: Array, weights: Weights, is_topic: Flags) -> float:
    """P(the first entry is right), 0..1; a phrasing that an editor wrote for the winner needs no estimate."""
    if not len(chances) or features.length == 0:
        return 0.0
    if features.exact == int(np.argmax(chances)):
        return SURE_OF_EXACT
    seen = confidence_features(features, chances, weights, is_topic)
    return float(1 / (1 + np.exp(-np.clip(float(seen @ weights.confidence) + weights.bias, -30, 30))))


def contradicts(question: str, entry_text: str) -> bool:
    """Whether the question names one side of a contrast and the entry only the other."""
    for sides in CONTRASTS:
        for here, there in (sides, sides[::-1]):
            if any(word in question for word in here) and not any(word in question for word in there):
                has_here = any(word in entry_text for word in here)
                has_there = any(word in entry_text for word in there)
                if has_there and not has_here:
                    return True
    return False


def decide(sure: float, kind: Kind, weights: Weights, *, guarded: bool) -> Decision:
    """What to do with a winner of `kind` at confidence `sure`; a guarded answer becomes a question back."""
    is_topic = kind in TOPIC_KINDS
    if sure >= (weights.answer_at if is_topic else weights.meta_at):
        if guarded and is_topic:
            return Decision.CHOOSE
        return Decision.ANSWER if is_topic else Decision(kind.value)
    return Decision.CHOOSE if sure >= weights.choose_at else Decision.NONE
