"""Pure: how well each entry fits one question, as numbers; the learned scorer weighs the columns.

A channel's score enters relative to its best entry (who leads?) and relative to the question's idf mass
(is the lead worth anything?). Long questions are also scored clause by clause: the need is often one clause.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, Tokens, question_parts
from handbook.lexical import Channel, Floats
from handbook.text import key, loose_key, normalise

LEXICAL_COLUMNS = (
    "words", "characters", "sounds", "body", "phrasing", "phrasing_sounds", "whole", "title", "official",
    "characters_mass", "phrasing_mass", "sounds_mass", "body_mass", "whole_mass", "title_mass",
    "clause", "clause_phrasing", "unlike",
)  # fmt: skip
DENSE_COLUMNS = ("dense", "centroid", "dense_clause", "dense_unlike")
ALL_COLUMNS = LEXICAL_COLUMNS + DENSE_COLUMNS


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
    normal = normalise(question)
    tokens = lexicon.tokens(normal)
    count = lexicon.size
    wide = tokens.wide
    characters = lexicon.characters.scores(tokens.characters)
    sounds = lexicon.sounds.scores(tokens.sounds)
    body, whole = lexicon.body.scores(wide), lexicon.whole.scores(wide)
    title = lexicon.title.scores(wide)
    phrasing = lexicon.positive.best_per_entry(lexicon.phrasing_characters.scores(tokens.characters), count)
    spoken = lexicon.positive.best_per_entry(lexicon.phrasing_sounds.scores(tokens.sounds), count)
    unlike = lexicon.negative.best_per_entry(lexicon.negative_characters.scores(tokens.characters), count)
    covered, mass = lexicon.words.covered(tokens.words)
    whole_clause, best_clause = _clause_scores(question, lexicon, count, characters, phrasing, tokens)
    phrasing_mass = _per_mass(phrasing, lexicon.phrasing_characters, tokens.characters)
    columns = [
        _led(lexicon.words.scores(tokens.words)), _led(characters), _led(sounds), _led(body), _led(phrasing),
        _led(spoken), _led(whole), _led(title), _led(lexicon.title.scores(tokens.official)),
        _per_mass(characters, lexicon.characters, tokens.characters), phrasing_mass,
        _per_mass(sounds, lexicon.sounds, tokens.sounds), _per_mass(body, lexicon.body, wide),
        _per_mass(whole, lexicon.whole, wide), _per_mass(title, lexicon.title, wide),
        whole_clause, best_clause,
        np.maximum(0, _per_mass(unlike, lexicon.negative_characters, tokens.characters) - phrasing_mass),
    ]  # fmt: skip
    outside = _per_mass(
        lexicon.outside_characters.scores(tokens.characters), lexicon.outside_characters, tokens.characters
    )
    return Features(
        matrix=np.stack(columns, axis=1).astype(np.float32),
        covered=covered / max(mass, 1e-6),
        exact=lexicon.exact.get(key(question), lexicon.exact.get(loose_key(question), -1)),
        length=len(normal),
        outside=float(outside.max(initial=0)),
    )


def with_dense(features: Features, dense: Dense) -> Features:
    """The same with the dense columns appended, in the order of DENSE_COLUMNS."""
    columns = [dense.phrasing, dense.centroid, dense.clause, np.maximum(0, dense.unlike - dense.phrasing)]
    matrix = np.concatenate([features.matrix, np.stack(columns, axis=1).astype(np.float32)], axis=1)
    return replace(features, matrix=matrix, dense_outside=dense.outside)


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
