"""Pure: how well each entry fits one question, as numbers; the learned scorer weighs the columns.

A channel's score enters relative to its best entry (who leads?) and relative to the question's idf mass
(is the lead worth anything?). Long questions are also scored clause by clause: the need is often one clause.
"""

from dataclasses import dataclass, replace

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
    cut, said = characters(normal), lexicon.segmenter.words(normal)
    words, wide = lexicon.words.look_up(said), said + [part for part in cut if len(part) > 1]
    parts, outside = _characters(cut, lexicon)
    best_clause, best_clause_phrasing = _clause_scores(question, lexicon, parts)
    spoken, whole = _sounds(normal, lexicon), _wide(wide, lexicon)
    columns = [
        _led(lexicon.words.scores(words)), _led(parts.entry), _led(spoken.entry), _led(whole.body),
        _led(parts.phrasing), _led(spoken.phrasing), _led(whole.whole), _led(whole.title),
        _led(_official(normal, lexicon)), parts.entry_mass, parts.phrasing_mass, spoken.entry_mass,
        whole.body_mass, whole.whole_mass, whole.title_mass, best_clause, best_clause_phrasing,
        np.maximum(0, parts.unlike_mass - parts.phrasing_mass),
    ]  # fmt: skip
    return Features(
        matrix=np.stack(columns, axis=1),
        covered=lexicon.words.held(words) / max(lexicon.words.mass(words, "entry"), 1e-6),
        exact=lexicon.exact.get(key(question), lexicon.exact.get(loose_key(question), -1)),
        length=len(normal),
        outside=outside,
    )


@dataclass(frozen=True)
class _Parts:
    entry: Floats
    phrasing: Floats
    entry_mass: Floats
    phrasing_mass: Floats
    unlike_mass: Floats


@dataclass(frozen=True)
class _Spoken:
    entry: Floats
    phrasing: Floats
    entry_mass: Floats


@dataclass(frozen=True)
class _Wide:
    body: Floats
    whole: Floats
    title: Floats
    body_mass: Floats
    whole_mass: Floats
    title_mass: Floats


def _characters(cut: list[str], lexicon: Lexicon) -> tuple[_Parts, float]:
    """The character fields for the whole question, and how well a line that no entry answers fits."""
    postings, count = lexicon.characters, lexicon.size
    asked = postings.look_up(cut)
    scores = postings.scores(asked)
    entry = postings.part(scores, "entry")
    phrasing = lexicon.positive.owned.best(postings.part(scores, "phrasing"), count)
    unlike = lexicon.negative.owned.best(postings.part(scores, "unlike"), count)
    outside = float(postings.part(scores, "outside").max(initial=0))
    mass = postings.mass(asked, "outside")
    parts = _Parts(
        entry, phrasing, _per_mass(entry, postings.mass(asked, "entry")),
        _per_mass(phrasing, postings.mass(asked, "phrasing")), _per_mass(unlike, postings.mass(asked, "unlike")),
    )  # fmt: skip
    return parts, min(outside / mass, 2.0) if mass > 0 else outside


def _sounds(normal: str, lexicon: Lexicon) -> _Spoken:
    postings = lexicon.sounds
    asked = postings.look_up(sounds(normal))
    scores = postings.scores(asked)
    entry = postings.part(scores, "entry")
    phrasing = lexicon.positive.owned.best(postings.part(scores, "phrasing"), lexicon.size)
    return _Spoken(entry, phrasing, _per_mass(entry, postings.mass(asked, "entry")))


def _wide(tokens: list[str], lexicon: Lexicon) -> _Wide:
    postings = lexicon.wide
    asked = postings.look_up(tokens)
    scores = postings.scores(asked)
    fields = [postings.part(scores, name) for name in ("body", "whole", "title")]
    masses = [postings.mass(asked, name) for name in ("body", "whole", "title")]
    return _Wide(*fields, *(_per_mass(part, mass) for part, mass in zip(fields, masses, strict=True)))


def _official(normal: str, lexicon: Lexicon) -> Floats:
    """How well titles fit the official terms that the question's everyday words stand for."""
    terms = " ".join(lexicon.segmenter.official_words(normal))
    if not terms:
        return np.zeros(lexicon.size, np.float32)
    postings = lexicon.wide
    return postings.part(postings.scores(postings.look_up(wide_tokens(terms, lexicon.segmenter))), "title")


def with_dense(features: Features, dense: Dense) -> Features:
    """The same with the dense columns appended, in the order of DENSE_COLUMNS."""
    columns = [dense.phrasing, dense.centroid, dense.clause, np.maximum(0, dense.unlike - dense.phrasing)]
    matrix = np.concatenate([features.matrix, np.stack(columns, axis=1).astype(np.float32)], axis=1)
    return replace(features, matrix=matrix, dense_outside=dense.outside)


def _led(scores: Floats) -> Floats:
    best = float(scores.max(initial=0))
    return scores / best if best > 0 else scores


def _per_mass(scores: Floats, mass: float) -> Floats:
    return np.minimum(scores / np.float32(mass), np.float32(2)) if mass > 0 else scores


def _clause_scores(question: str, lexicon: Lexicon, whole: _Parts) -> tuple[Floats, Floats]:
    """The best clause's characters and phrasing score per mass; those of the whole where there is one clause."""
    best, best_phrasing = whole.entry_mass, whole.phrasing_mass
    postings = lexicon.characters
    for clause in question_parts(question):
        asked = postings.look_up(characters(clause))
        scores = postings.scores(asked)
        entry = _per_mass(postings.part(scores, "entry"), postings.mass(asked, "entry"))
        phrasing = lexicon.positive.owned.best(postings.part(scores, "phrasing"), lexicon.size)
        best = np.maximum(best, entry)
        best_phrasing = np.maximum(best_phrasing, _per_mass(phrasing, postings.mass(asked, "phrasing")))
    return best, best_phrasing
