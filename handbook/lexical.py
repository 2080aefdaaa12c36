"""BM25 over inverted lists in numpy. One list per token serves every field, so a question's tokens are looked up
once and only their postings are touched.

A field is one way to make documents of the handbook (all phrasings of an entry, one phrasing, a body): document
i of field f has the number `offsets[f] + i`, and its own idf and length statistics.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Places = NDArray[np.int64]

K1 = 1.2
B = 0.4
# In a large handbook a token that more than this share of a field's documents hold tells nothing and costs most.
COMMON_SHARE = 0.04


@dataclass(frozen=True)
class Owners:
    """The entry that each row belongs to, rows sorted by entry; `holders` have rows, the first ones at `firsts`."""

    places: Integers
    holders: Places
    firsts: Places

    def best(self, scores: Floats, count: int) -> Floats:
        """The maximum of scores (…, rows) within each entry, shape (…, count); 0 for an entry without rows."""
        result = np.zeros((*scores.shape[:-1], count), np.float32)
        if len(self.holders):
            result[..., self.holders] = np.maximum.reduceat(scores, self.firsts, axis=-1)
        return result


def owners_of(places: Integers) -> Owners:
    """Group rows that are sorted by entry."""
    holders, firsts = np.unique(places, return_index=True)
    return Owners(places, holders.astype(np.int64), firsts.astype(np.int64))


@dataclass(frozen=True)
class Asked:
    """The different tokens of a question: rows of the known ones, how often each stands there (at most twice)."""

    rows: Places
    times: list[int]
    unknown: int


@dataclass(frozen=True)
class Postings:
    """`starts[t]:starts[t+1]` are token t's documents with their BM25 weights; `idf` has shape (fields, tokens)."""

    names: tuple[str, ...]
    offsets: tuple[int, ...]
    vocabulary: Mapping[str, int]
    starts: Places
    documents: Integers
    weights: Floats
    idf: Floats

    def look_up(self, tokens: Sequence[str]) -> Asked:
        """Find a question's tokens."""
        counted = Counter(tokens)
        rows = map(self.vocabulary.get, counted)
        known = [(row, times) for row, times in zip(rows, counted.values(), strict=True) if row is not None]
        places = np.asarray([row for row, _ in known], np.int64)
        return Asked(places, [times if times < 2 else 2 for _, times in known], len(counted) - len(known))

    def scores(self, asked: Asked) -> Floats:
        """BM25 of every document of every field; `part` cuts one field out."""
        result = np.zeros(self.offsets[-1], np.float32)
        self._add(asked, result)
        return result

    def scores_of_each(self, several: Sequence[Asked]) -> Floats:
        """`scores` of several questions, one a row."""
        result = np.zeros((len(several), self.offsets[-1]), np.float32)
        for row, asked in zip(result, several, strict=True):
            self._add(asked, row)
        return result

    def _add(self, asked: Asked, result: Floats) -> None:
        spans = self._spans(asked)
        if spans:
            weights = [
                self.weights[start:end] if times == 1 else self.weights[start:end] * np.float32(times)
                for (start, end), times in zip(spans, asked.times, strict=True)
            ]
            np.add.at(result, self._documents(spans), np.concatenate(weights))

    def held(self, asked: Asked) -> Floats:
        """The idf mass of the question that each document holds, by the idf of the first field."""
        result = np.zeros(self.offsets[-1], np.float32)
        spans = self._spans(asked)
        if spans:
            lengths = [end - start for start, end in spans]
            np.add.at(result, self._documents(spans), np.repeat(self.idf[0][asked.rows], lengths))
        return result

    def part(self, scores: Floats, name: str) -> Floats:
        """The scores of one field's documents, along the last axis."""
        field = self.names.index(name)
        return scores[..., self.offsets[field] : self.offsets[field + 1]]

    def masses(self, asked: Asked) -> Floats:
        """The idf mass of the question's different tokens in each field; an unseen token weighs as the rarest."""
        return np.asarray(self.idf[:, asked.rows].sum(axis=1) + asked.unknown * self._rarest, np.float32)

    @cached_property
    def _rarest(self) -> Floats:
        """The idf of a token that no document of a field holds, for each field; 0 where it has no documents."""
        sizes = np.diff(np.asarray(self.offsets, np.float64))
        return np.asarray(np.where(sizes > 0, np.log(1 + (sizes + 0.5) / 0.5), 0), np.float32)

    def _documents(self, spans: Sequence[tuple[int, int]]) -> Places:
        """In the width that `np.add.at` is quick with."""
        return np.concatenate([self.documents[start:end] for start, end in spans], dtype=np.int64)

    def _spans(self, asked: Asked) -> list[tuple[int, int]]:
        starts, ends = self.starts[asked.rows].tolist(), self.starts[asked.rows + 1].tolist()
        return list(zip(starts, ends, strict=True))
