"""Other searches over the same entries, to put beside the one in use: another encoder, words alone, BM25, parts off.

A part is switched off by letting its neighbour speak for it (the best phrasing for the centroid, the whole
question for its clauses); weights are not learned anew, so what a part gives is shown a little too large.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from handbook.bm25 import Bm25
from handbook.calibration import dense_weights, lexical_weights, shipped_dense_weights
from handbook.channels import outside_of, segmenter_of
from handbook.embedding import Encoder, EncoderUnavailable, load_encoder
from handbook.entry import Entry, Search
from handbook.fusion import Weights, confidence_columns
from handbook.index import build_index
from handbook.lexicon_build import build_lexicon
from handbook.places import Places
from handbook.search import Brain, Handbook
from handbook.service import Sources
from handbook.vectors import build_vectors

WORDS, BM25 = "words", "bm25"
UNCALIBRATED = "未校准：借用自带模型的权重和门槛，把握不可信"

# Part → column and the column that speaks for it ("" none).
SWITCHED_OFF: dict[str, dict[str, str]] = {
    "no-centroid": {"centroid": "dense"},
    "no-clauses": {"clause": "characters_mass", "clause_phrasing": "phrasing_mass", "dense_clause": "dense"},
    "no-sounds": {"sounds": "characters", "sounds_mass": "characters_mass", "phrasing_sounds": "phrasing"},
    "no-body": {"body": "", "body_mass": "", "whole": "words", "whole_mass": "phrasing_mass"},
    "no-unlike": {"unlike": "", "dense_unlike": ""},
    "no-outside": {"outside": "", "dense_outside": ""},
}
# Part → the entries without it.
WITHOUT_TEXT: dict[str, Callable[[Entry], Entry]] = {
    "no-phrasing-files": lambda entry: replace(entry, more_questions=()),
    "titles-only": lambda entry: replace(entry, more_questions=(), questions=()),
}
NO_PLACES = "no-places"
LEVERS = (WORDS, *SWITCHED_OFF, NO_PLACES, *WITHOUT_TEXT)


class UnknownArm(Exception):
    """Nothing can be compared under this name; the text says what can."""


@dataclass(frozen=True)
class Arm:
    """A search with the name it was asked for; `note` says what is special about it ("": nothing)."""

    name: str
    search: Search
    note: str = ""


class Bench:
    """Makes arms over the entries of a handbook in use."""

    def __init__(self, sources: Sources, handbook: Handbook) -> None:
        self._sources = sources
        self._handbook = handbook
        self._segmenter = segmenter_of(sources.folders)
        self._outside = outside_of(sources.folders)
        self._places = Places.of(sources.folders, sources.district)
        self._encoder: Encoder | None = None

    def arm(self, name: str) -> Arm:
        """`words`, `bm25`, one of LEVERS, a model's folder or its name. Raises UnknownArm, EncoderUnavailable,
        YardstickMissing."""
        if name == WORDS:
            return Arm(name, self._over(Brain(lexical_weights())), "只用字词")
        if name == BM25:
            return Arm(
                name, Bm25(self._handbook.entries, self._segmenter), "只有排序，没有把握，从不直接回答"
            )
        if name == NO_PLACES:
            return Arm(name, self._over(self._brain(), Places(())))
        if name in SWITCHED_OFF:
            brain = self._brain()
            dense = folded(brain.dense, SWITCHED_OFF[name]) if brain.dense is not None else None
            return Arm(name, self._over(replace(brain, dense=dense)))
        if name in WITHOUT_TEXT:
            return Arm(name, self._without(WITHOUT_TEXT[name]))
        return self._other(name)

    def _over(self, brain: Brain, places: Places | None = None) -> Handbook:
        return Handbook(self._handbook.entries, self._handbook.lexicon, brain, places or self._places)

    def _brain(self) -> Brain:
        """The brain in use, made again: vectors come from the index folder."""
        encoder = self._own_encoder()
        dense = dense_weights(encoder.fingerprint, self._sources.index_dir)
        if dense is None:
            raise EncoderUnavailable("现在的语义模型没有校准过：先运行 qiying kb eval --calibrate")
        report = build_index(self._handbook.entries, self._handbook.lexicon, encoder, self._sources.index_dir)
        return Brain(lexical_weights(), dense, report.vectors)

    def _without(self, cut: Callable[[Entry], Entry]) -> Handbook:
        encoder = self._own_encoder()
        entries = tuple(cut(entry) for entry in self._handbook.entries)
        lexicon = build_lexicon(entries, self._segmenter, self._outside)
        dense = dense_weights(encoder.fingerprint, self._sources.index_dir)
        brain = Brain(lexical_weights(), dense, build_vectors(lexicon, encoder.encode))
        return Handbook(entries, lexicon, brain, self._places)

    def _other(self, name: str) -> Arm:
        if "/" in name and Path(name).is_absolute() and not Path(name).is_dir():
            raise UnknownArm(f"没有这个文件夹：{name}。可以比的还有 {'、'.join((BM25, *LEVERS))}")
        try:
            encoder = load_encoder(name)
        except EncoderUnavailable as error:
            raise UnknownArm(f"{error}。可以比的还有 {'、'.join((BM25, *LEVERS))}") from None
        beside = Path(name).resolve().parent if Path(name).is_dir() else None
        weights = dense_weights(encoder.fingerprint, self._sources.index_dir)
        if weights is None and beside is not None:
            weights = dense_weights(encoder.fingerprint, beside)
        note = "" if weights is not None else UNCALIBRATED
        vectors = build_vectors(self._handbook.lexicon, encoder.encode)
        brain = Brain(lexical_weights(), weights or shipped_dense_weights(), vectors)
        return Arm(name, self._over(brain), note)

    def _own_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load_encoder(self._sources.embedding_model)
        return self._encoder


def folded(weights: Weights, instead: Mapping[str, str]) -> Weights:
    """Weights under which a column counts as if it held what another column holds ("" nothing)."""
    scorer, confidence = weights.scorer.copy(), weights.confidence.copy()
    names = confidence_columns(weights.columns)
    for column, other in instead.items():
        _move(scorer, weights.columns, column, other)
        for prefix in ("", "winner_", "lead_"):
            _move(confidence, names, prefix + column, prefix + other if other else "")
    return replace(weights, scorer=scorer, confidence=confidence)


def _move(numbers: "np.ndarray", names: tuple[str, ...], column: str, other: str) -> None:
    if column not in names:
        return
    place = names.index(column)
    if other in names:
        numbers[names.index(other)] += numbers[place]
    numbers[place] = 0
