"""Pure: how well each entry fits one question, as numbers; the learned scorer weighs the columns.

A channel's score enters relative to its best entry (who leads?) and relative to the question's idf mass
(is the lead worth anything?). Long questions are also scored clause by clause: the need is often one clause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, question_parts, wide_tokens
from handbook.lexical import Floats
from handbook.text import characters, key, loose_key, normalise, sounds

LEXICAL_COLUMNS = (
    "words", "characters", "sounds", "body", "phrasing", "phrasing_sounds", "whole", "title", "official",
    "characters_mass", "phrasing_mass", "sounds_mass", "body_mass", "whole_mass", "title_mass",
    "clause", "clause_phrasing", "unlike",
)  # fmt: skip
DENSE_COLUMNS = ("dense", "centroid", "dense_clause", "dense_unlike")
ALL_COLUMNS = LEXICAL_COLUMNS + DENSE_COLUMNS
# The channels behind the columns before and after the first `_mass`, in the order of LEXICAL_COLUMNS.
_LED = LEXICAL_COLUMNS[: LEXICAL_COLUMNS.index("characters_mass")]
_WEIGHED = ("characters", "phrasing", "sounds", "body", "whole", "title", "unlike")

# One score an entry, and the idf mass of the question in that field (0 where it is not compared with it).
Channel = tuple[Floats, float]


@dataclass(frozen=True)
class Dense:
    """Cosines of one question with each entry, each of shape (entries,): best phrasing, centroid, clauses, unlike.

    `outside` is the cosine with the nearest line that no entry answers.
    """

    phrasing: Floats
    centroid: Floats
    clause: Floats
    unlike: Floats
    outside: float


@dataclass(frozen=True)
class Features:
    """`matrix` (entries, columns), and what concerns the whole question.

    `covered` is the share of the question's idf mass that each entry's phrasings hold, `exact` the place of an
    entry with this very phrasing (-1: none), `outside` how well a line that no entry answers fits.
    """

    matrix: NDArray[np.float32]
    covered: Floats
    exact: int
    length: int
    outside: float
    dense_outside: float = 0.0


def lexical_features(question: str, lexicon: Lexicon) -> Features:
    """The lexical columns, in the order of LEXICAL_COLUMNS."""
    return lexical_features_each([question], lexicon)[0]


def lexical_features_each(questions: Sequence[str], lexicon: Lexicon) -> list[Features]:
    """The same for several questions, one channel after the other: its lists stay in the processor's cache."""
    normals = [normalise(question) for question in questions]
    cut = [characters(normal) for normal in normals]
    said = [lexicon.segmenter.words(normal) for normal in normals]
    by_word = [_by_word(words, lexicon) for words in said]
    by_character = [_by_character(parts, lexicon) for parts in cut]
    clauses = [_by_clause(question, lexicon) for question in questions]
    by_sound = [_by_sound(normal, lexicon) for normal in normals]
    by_wide_tokens = [_by_wide_tokens(*tokens, lexicon) for tokens in zip(said, cut, strict=True)]
    official = [_official(normal, lexicon) for normal in normals]
    found = zip(by_word, by_character, by_sound, by_wide_tokens, official, clauses, strict=True)
    return [
        _put_together(question, normal, channels, lexicon)
        for question, normal, channels in zip(questions, normals, found, strict=True)
    ]


def _put_together(question: str, normal: str, found: tuple[Any, ...], lexicon: Lexicon) -> Features:
    (words, covered), (by_character, outside), by_sound, by_wide_tokens, official, clauses = found
    channels = {
        "words": (words, 0.0), **by_character, **by_sound, **by_wide_tokens, "official": (official, 0.0),
    }  # fmt: skip
    led = _relative_to_the_best(np.stack([channels[name][0] for name in _LED]))
    per_mass = _relative_to_mass([channels[name] for name in _WEIGHED])
    unlike = np.maximum(0, per_mass[_WEIGHED.index("unlike")] - per_mass[_WEIGHED.index("phrasing")])
    best = np.stack([per_mass[_WEIGHED.index("characters")], per_mass[_WEIGHED.index("phrasing")]])
    if clauses is not None:
        best = np.maximum(best, clauses)
    return Features(
        matrix=np.concatenate([led, per_mass[: len(_WEIGHED) - 1], best, unlike[np.newaxis]]).T,
        covered=covered,
        exact=lexicon.exact.get(key(question), lexicon.exact.get(loose_key(question), -1)),
        length=len(normal),
        outside=outside,
    )


def _by_word(said: list[str], lexicon: Lexicon) -> tuple[Floats, Floats]:
    """The word scores, and the share of the question's idf mass that each entry holds."""
    postings = lexicon.words
    asked = postings.look_up(said)
    return postings.scores(asked), postings.held(asked) / max(float(postings.masses(asked)[0]), 1e-6)


def _by_character(cut: list[str], lexicon: Lexicon) -> tuple[dict[str, Channel], float]:
    """The character fields for the whole question, and how well a line that no entry answers fits."""
    postings, count = lexicon.characters, lexicon.size
    asked = postings.look_up(cut)
    scores = postings.scores(asked)
    entry, phrasing, unlike, outside = (postings.part(scores, name) for name in postings.names)
    masses = postings.masses(asked).tolist()
    channels = {
        "characters": (entry.copy(), masses[0]),
        "phrasing": (lexicon.positive.owned.best(phrasing, count), masses[1]),
        "unlike": (lexicon.negative.owned.best(unlike, count), masses[2]),
    }
    best, mass = float(outside.max(initial=0)), masses[3]
    return channels, min(best / mass, 2.0) if mass > 0 else best


def _by_sound(normal: str, lexicon: Lexicon) -> dict[str, Channel]:
    postings = lexicon.sounds
    asked = postings.look_up(sounds(normal))
    scores = postings.scores(asked)
    entry, phrasing = (postings.part(scores, name) for name in postings.names)
    return {
        "sounds": (entry.copy(), float(postings.masses(asked)[0])),
        "phrasing_sounds": (lexicon.positive.owned.best(phrasing, lexicon.size), 0.0),
    }


def _by_wide_tokens(said: list[str], cut: list[str], lexicon: Lexicon) -> dict[str, Channel]:
    postings = lexicon.wide
    asked = postings.look_up(said + [part for part in cut if len(part) > 1])
    scores, masses = postings.scores(asked), postings.masses(asked).tolist()
    return {
        name: (postings.part(scores, name), mass) for name, mass in zip(postings.names, masses, strict=True)
    }


def _official(normal: str, lexicon: Lexicon) -> Floats:
    """How well titles fit the official terms that the question's everyday words stand for."""
    terms = " ".join(lexicon.segmenter.official_words(normal))
    if not terms:
        return np.zeros(lexicon.size, np.float32)
    postings = lexicon.wide
    return postings.part(postings.scores(postings.look_up(wide_tokens(terms, lexicon.segmenter))), "title")


def _by_clause(question: str, lexicon: Lexicon) -> Floats | None:
    """The best clause's characters and phrasing score per mass, shape (2, entries); None where there is but one."""
    parts = question_parts(question)
    if not parts:
        return None
    postings = lexicon.characters
    several = [postings.look_up(characters(part)) for part in parts]
    scores = postings.scores_of_each(several)
    phrasing = lexicon.positive.owned.best(postings.part(scores, "phrasing"), lexicon.size)
    found = np.stack([postings.part(scores, "entry"), phrasing])
    masses = np.stack([postings.masses(asked)[:2] for asked in several], axis=1)
    clauses = np.minimum(found / np.where(masses > 0, masses, np.float32(1))[..., np.newaxis], 2)
    return np.asarray(clauses.max(axis=1), np.float32)


def with_dense(features: Features, dense: Dense) -> Features:
    """The same with the dense columns appended, in the order of DENSE_COLUMNS."""
    columns = [dense.phrasing, dense.centroid, dense.clause, np.maximum(0, dense.unlike - dense.phrasing)]
    matrix = np.concatenate([features.matrix.T, np.stack(columns).astype(np.float32)])
    return replace(features, matrix=matrix.T, dense_outside=dense.outside)


def _relative_to_the_best(scores: Floats) -> Floats:
    """Each row by its own maximum; a row of zeros stays."""
    best = scores.max(axis=1, keepdims=True, initial=0)
    return np.asarray(scores / np.where(best > 0, best, np.float32(1)), np.float32)


def _relative_to_mass(channels: Sequence[Channel]) -> Floats:
    """Each row of scores by the idf mass of the question, at most 2; a question without mass has no scores."""
    masses = np.asarray([[mass or 1.0] for _, mass in channels], np.float32)
    return np.asarray(np.minimum(np.stack([scores for scores, _ in channels]) / masses, 2), np.float32)
