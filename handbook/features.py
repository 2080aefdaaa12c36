"""Pure: how well each entry fits one question, as numbers; the learned scorer weighs the columns.

A channel's score enters relative to its best entry (who leads?) and relative to the question's idf mass
(is the lead worth anything?). Long questions are also scored clause by clause: the need is often one clause.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, Tokens, question_parts
from handbook.lexical import Channel, Floats
from handbook.text import loose_key, normalise

LEXICAL_COLUMNS = (
    "words", "characters", "sounds", "body", "phrasing", "phrasing_sounds",
    "characters_mass", "phrasing_mass", "sounds_mass", "body_mass", "covered", "clause", "clause_phrasing",
    "unlike", "exact", "is_meta",
)  # fmt: skip
DENSE_COLUMNS = ("dense", "centroid", "dense_lead", "centroid_lead", "dense_clause", "dense_unlike")
ALL_COLUMNS = LEXICAL_COLUMNS + DENSE_COLUMNS


@dataclass(frozen=True)
class Dense:
    """Cosines of one question with each entry, each of shape (entries,): best phrasing, centroid, clauses, unlike."""

    phrasing: Floats
    centroid: Floats
    clause: Floats
    unlike: Floats


@dataclass(frozen=True)
class Features:
    """`matrix` (entries, columns) and what concerns the question alone."""

    matrix: NDArray[np.float32]
    mass: float
    unseen: float
    length: int
    clauses: int


def lexical_features(question: str, lexicon: Lexicon, is_meta: Floats) -> Features:
    """The lexical columns, in the order of LEXICAL_COLUMNS. `is_meta` is 1 for small talk, commands, scope."""
    normal = normalise(question)
    tokens = lexicon.tokens(normal)
    count = len(is_meta)
    words = lexicon.words.scores(tokens.words)
    characters = lexicon.characters.scores(tokens.characters)
    sounds = lexicon.sounds.scores(tokens.sounds)
    body_tokens = tokens.words + [part for part in tokens.characters if len(part) > 1]
    body = lexicon.body.scores(body_tokens)
    phrasing = lexicon.positive.best_per_entry(lexicon.phrasing_characters.scores(tokens.characters), count)
    spoken = lexicon.positive.best_per_entry(lexicon.phrasing_sounds.scores(tokens.sounds), count)
    covered, mass = lexicon.words.covered(tokens.words)
    clause, clause_phrasing = _clause_scores(question, lexicon, count, characters, phrasing, tokens)
    unlike = lexicon.negative.best_per_entry(lexicon.negative_characters.scores(tokens.characters), count)
    exact = np.zeros(count, np.float32)
    found = lexicon.exact.get(loose_key(question))
    if found is not None:
        exact[found] = 1.0
    columns = [
        _led(words), _led(characters), _led(sounds), _led(body), _led(phrasing), _led(spoken),
        _per_mass(characters, lexicon.characters, tokens.characters),
        _per_mass(phrasing, lexicon.phrasing_characters, tokens.characters),
        _per_mass(sounds, lexicon.sounds, tokens.sounds),
        _per_mass(body, lexicon.body, body_tokens),
        covered / max(mass, 1e-6), clause, clause_phrasing,
        np.maximum(0, _per_mass(unlike, lexicon.negative_characters, tokens.characters)
                   - _per_mass(phrasing, lexicon.phrasing_characters, tokens.characters)),
        exact, is_meta,
    ]  # fmt: skip
    unseen = 1 - float(covered.max(initial=0)) / mass if mass else 1.0
    matrix = np.stack(columns, axis=1).astype(np.float32)
    return Features(matrix, mass, unseen, len(normal), len(question_parts(question)))


def with_dense(features: Features, dense: Dense) -> Features:
    """The same with the dense columns appended, in the order of DENSE_COLUMNS."""
    columns = [
        dense.phrasing, dense.centroid,
        dense.phrasing - dense.phrasing.max(initial=-1), dense.centroid - dense.centroid.max(initial=-1),
        dense.clause, np.maximum(0, dense.unlike - dense.phrasing),
    ]  # fmt: skip
    matrix = np.concatenate([features.matrix, np.stack(columns, axis=1).astype(np.float32)], axis=1)
    return Features(matrix, features.mass, features.unseen, features.length, features.clauses)


def _led(scores: Floats) -> Floats:
    best = float(scores.max(initial=0))
    return scores / best if best > 0 else scores


def _per_mass(scores: Floats, channel: Channel, tokens: list[str]) -> Floats:
    mass = channel.mass(tokens)
    return np.minimum(scores / mass, 2.0) if mass > 0 else scores


def _clause_scores(
    question: str, lexicon: Lexicon, count: int, whole: Floats, phrasing: Floats, tokens: Tokens
) -> tuple[Floats, Floats]:
    """The best clause's characters and phrasing score per mass; those of the whole where there is one clause."""
    best = _per_mass(whole, lexicon.characters, tokens.characters)
    best_phrasing = _per_mass(phrasing, lexicon.phrasing_characters, tokens.characters)
    for part in question_parts(question):
        cut = lexicon.tokens(part).characters
        best = np.maximum(best, _per_mass(lexicon.characters.scores(cut), lexicon.characters, cut))
        scores = lexicon.positive.best_per_entry(lexicon.phrasing_characters.scores(cut), count)
        best_phrasing = np.maximum(best_phrasing, _per_mass(scores, lexicon.phrasing_characters, cut))
    return best, best_phrasing
