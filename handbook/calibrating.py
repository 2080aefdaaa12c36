"""Learn fusion weights, confidence and thresholds from held-out phrasings. Used by commands, never by the server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from handbook.entry import Entry, Kind
from handbook.features import ALL_COLUMNS, LEXICAL_COLUMNS, Features
from handbook.fusion import TOPIC_KINDS, Weights, confidence_columns, confidence_features, distribution
from handbook.holdout import Fold
from handbook.lexicon_build import build_lexicon
from handbook.search import Brain, Handbook
from handbook.text import Segmenter
from handbook.vectors import Encode, build_vectors

# Held-out phrasings are harder than asked questions (some belong to two entries): 0.925 here was 0.98 there.
TARGET_PRECISION = 0.925
META_PRECISION = 0.74
# A sibling of the right refusal or greeting still leads to the right decision, and each offers the way on to a person:
# among asked questions between this bar and 0.5, sixteen of nineteen were right and none was a business question.
META_AT_MOST = 0.3
CHOOSE_AT = 0.25
SCORER_PENALTY = 3e-3
CONFIDENCE_STRENGTH = 0.05


# What people ask, roughly: held-out questions are weighed to these shares, whatever the handbook's sizes are.
SHARES = {"topic": 0.65, "other": 0.12, "none": 0.23}
_TOPIC = tuple(kind.value for kind in TOPIC_KINDS)
_KIND_IS_ENOUGH = (Kind.SMALLTALK.value, Kind.REDIRECT.value, Kind.OUT_OF_SCOPE.value)


@dataclass(frozen=True)
class Sample:
    """One held-out question: features over the fold's entries, the right entry's place (-1: none), its kind."""

    features: Features
    answer: int
    kind: str
    kinds: NDArray[np.str_]

    @property
    def is_topic(self) -> NDArray[np.bool_]:
        """Which entries answer a topic."""
        return np.isin(self.kinds, _TOPIC)

    @property
    def group(self) -> str:
        """Whether a topic, a kind of other entry, or nothing was asked for."""
        if self.kind in _TOPIC:
            return "topic" if self.answer >= 0 else "none"
        return "other" if self.kind else "none"

    def is_right(self, winner: int) -> bool:
        """The right entry; for small talk, redirects and scope any entry of the right kind."""
        return winner == self.answer or (
            self.kind in _KIND_IS_ENOUGH and str(self.kinds[winner]) == self.kind
        )


def collect(
    folds: Sequence[Fold],
    segmenter: Segmenter,
    encoders: Sequence[Encode] | None,
    tick: Callable[[int], None],
) -> list[Sample]:
    """Features of every held-out question; `encoders` holds one a fold, trained without its questions."""
    samples: list[Sample] = []
    for number, fold in enumerate(folds):
        samples += _collect_fold(fold, segmenter, encoders[number] if encoders is not None else None)
        tick(len(samples))
    return samples


def _collect_fold(fold: Fold, segmenter: Segmenter, encode: Encode | None) -> list[Sample]:
    lexicon = build_lexicon(fold.entries, segmenter, fold.outside)
    handbook = Handbook(fold.entries, lexicon, Brain(neutral_weights()))
    vectors = build_vectors(lexicon, encode) if encode is not None else None
    place = {entry.id: index for index, entry in enumerate(fold.entries)}
    kinds = np.asarray([entry.kind.value for entry in fold.entries])
    result = []
    for question in fold.questions:
        dense = vectors.compare(question.text) if vectors is not None else None
        features = handbook.features(question.text, dense)
        if features.length:
            result.append(Sample(features, place.get(question.answer, -1), question.kind, kinds))
    return result


def neutral_weights() -> Weights:
    """Weights that decide nothing, for a handbook that only gives features."""
    return _bare(LEXICAL_COLUMNS, np.zeros(len(LEXICAL_COLUMNS), np.float32))


def fit(
    samples: Sequence[Sample],
    *,
    columns: tuple[str, ...],
    encoder: str = "",
    precision: float = TARGET_PRECISION,
) -> Weights:
    """Scorer, then confidence on its out-of-sample distributions, then thresholds for the target precision.

    The confidence must not be fitted on distributions of a scorer that saw the same questions, so the samples
    are split in two halves that score each other.
    """
    halves = (samples[0::2], samples[1::2])
    scorers = [fit_scorer(half, len(columns)) for half in halves]
    judged = [
        _judge(sample, _bare(columns, scorer))
        for half, scorer in zip(halves, reversed(scorers), strict=True)
        for sample in half
    ]
    matrix = np.stack([row for row, _, _ in judged])
    labels = np.asarray([is_right for _, is_right, _ in judged])
    is_topic = np.asarray([topic for _, _, topic in judged])
    importance = _importance([*halves[0], *halves[1]])
    coefficients, bias = fit_confidence(matrix, labels, importance)
    sure = 1 / (1 + np.exp(-(matrix @ coefficients + bias)))
    thresholds = [
        threshold_for(sure[chosen], labels[chosen], importance[chosen], wanted)
        for chosen, wanted in ((is_topic, precision), (~is_topic, META_PRECISION))
    ]
    return Weights(
        columns=columns,
        scorer=fit_scorer(samples, len(columns)),
        confidence=coefficients,
        bias=bias,
        answer_at=thresholds[0],
        meta_at=min(thresholds[1], META_AT_MOST),
        choose_at=CHOOSE_AT,
        encoder=encoder,
    )


def _judge(sample: Sample, weights: Weights) -> tuple[NDArray[np.float32], bool, bool]:
    """What the confidence sees of a sample, whether its winner is right, whether the winner is a topic."""
    features = _cut(sample.features, len(weights.columns))
    chances = distribution(features, weights)
    winner = int(np.argmax(chances))
    is_topic = sample.is_topic
    return (
        confidence_features(features, chances, weights, is_topic), sample.is_right(winner), bool(is_topic[winner])
    )  # fmt: skip


def _importance(samples: Sequence[Sample]) -> NDArray[np.float64]:
    groups = np.asarray([sample.group for sample in samples])
    result = np.ones(len(samples))
    for name, share in SHARES.items():
        chosen = groups == name
        if chosen.any():
            result[chosen] = share * len(samples) / chosen.sum()
    return result


def fit_scorer(samples: Sequence[Sample], width: int) -> NDArray[np.float32]:
    """Conditional logit by L-BFGS over the answerable samples, shape (width,).

    A better fit may not lower a score, nor a better fitting near miss raise it: signs that collinear columns
    would otherwise take do not carry over to other questions.
    """
    from scipy.optimize import minimize  # training only

    known = [sample for sample in samples if sample.answer >= 0]
    matrices = [sample.features.matrix[:, :width].astype(np.float64) for sample in known]
    sizes = np.asarray([len(matrix) for matrix in matrices])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    stacked = np.concatenate(matrices)
    answers = starts + np.asarray([sample.answer for sample in known])
    owner = np.repeat(np.arange(len(known)), sizes)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = stacked @ weights
        scores -= np.maximum.reduceat(scores, starts)[owner]
        chances = np.exp(scores)
        totals = np.add.reduceat(chances, starts)
        chances /= totals[owner]
        value = float(np.mean(np.log(totals) - scores[answers])) + SCORER_PENALTY * float(weights @ weights)
        gradient = (stacked.T @ chances - stacked[answers].sum(axis=0)) / len(
            known
        ) + 2 * SCORER_PENALTY * weights
        return value, gradient

    bounds = [(None, 0.0) if "unlike" in name else (0.0, None) for name in ALL_COLUMNS[:width]]
    found = minimize(
        loss, np.zeros(width), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}
    )
    return np.asarray(found.x, np.float32)


def fit_confidence(
    matrix: NDArray[np.float32], labels: NDArray[np.bool_], importance: NDArray[np.float64]
) -> tuple[NDArray[np.float32], float]:
    """A regularised logistic model in the columns' own units: coefficients and bias."""
    from sklearn.linear_model import LogisticRegression  # training only

    mean, spread = matrix.mean(axis=0), matrix.std(axis=0)
    spread[spread < 1e-6] = 1.0
    model = LogisticRegression(C=CONFIDENCE_STRENGTH, max_iter=2000)
    model.fit((matrix - mean) / spread, labels, sample_weight=importance)
    coefficients = model.coef_[0] / spread
    return coefficients.astype(np.float32), float(model.intercept_[0] - (coefficients * mean).sum())


def threshold_for(
    sure: NDArray[np.floating], labels: NDArray[np.bool_], importance: NDArray[np.float64], precision: float
) -> float:
    """The lowest confidence above which answers are right with `precision`; 0.99 where none is."""
    order = np.argsort(-sure)
    rates = np.cumsum(labels[order] * importance[order]) / np.cumsum(importance[order])
    enough = np.flatnonzero((rates >= precision) & (np.arange(len(order)) >= 20))
    return float(sure[order][enough[-1]]) if len(enough) else 0.99


def _bare(columns: tuple[str, ...], scorer: NDArray[np.float32]) -> Weights:
    return Weights(
        columns, scorer, np.zeros(len(confidence_columns(columns)), np.float32), 0.0, 1.0, 1.0, 1.0
    )


def _cut(features: Features, width: int) -> Features:
    return replace(features, matrix=features.matrix[:, :width])


def is_enough(entries: Sequence[Entry]) -> bool:
    """Whether there is enough to calibrate on: fifty entries with a dozen phrasings."""
    return sum(len(entry.questions) >= 12 for entry in entries) >= 50
