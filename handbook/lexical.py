"""BM25 over inverted lists in numpy. One list per token serves every field, so a question's tokens are looked up
once and only their postings are touched.

A field is one way to make documents of the handbook (all phrasings of an entry, one phrasing, a body): document
i of field f has the number `offsets[f] + i`, and its own idf and length statistics.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
        rows, times, unknown = [], [], 0
        for token, count in Counter(tokens).items():
            row = self.vocabulary.get(token)
            if row is None:
                unknown += 1
            else:
                rows.append(row)
                times.append(min(count, 2))
        return Asked(np.asarray(rows, np.int64), times, unknown)

    def scores(self, asked: Asked) -> Floats:
        """BM25 of every document of every field; `part` cuts one field out."""
        result = np.zeros(self.offsets[-1], np.float32)
        spans = self._spans(asked)
        if spans:
            weights = [
                self.weights[start:end] if times == 1 else self.weights[start:end] * np.float32(times)
                for (start, end), times in zip(spans, asked.times, strict=True)
            ]
            documents = np.concatenate([self.documents[start:end] for start, end in spans])
            np.add.at(result, documents, np.concatenate(weights))
        return result

    def held(self, asked: Asked) -> Floats:
        """The idf mass of the question that each document holds, by the idf of the first field."""
        result = np.zeros(self.offsets[-1], np.float32)
        spans = self._spans(asked)
        if spans:
            documents = np.concatenate([self.documents[start:end] for start, end in spans])
            lengths = [end - start for start, end in spans]
            np.add.at(result, documents, np.repeat(self.idf[0][asked.rows], lengths))
        return result

    def part(self, scores: Floats, name: str) -> Floats:
        """The scores of one field's documents."""
        field = self.names.index(name)
        return scores[self.offsets[field] : self.offsets[field + 1]]

    def mass(self, asked: Asked, name: str) -> float:
        """The idf mass of the question's different tokens in one field; an unseen token weighs as the rarest."""
        field = self.names.index(name)
        size = self.offsets[field + 1] - self.offsets[field]
        return float(self.idf[field][asked.rows].sum()) + asked.unknown * _rarest(size)

    def _spans(self, asked: Asked) -> list[tuple[int, int]]:
        starts, ends = self.starts[asked.rows].tolist(), self.starts[asked.rows + 1].tolist()
        return list(zip(starts, ends, strict=True))


class PostingsBuilder:
    """Takes documents one by one and keeps numbers only, so that memory grows with postings, not with text."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._vocabulary: dict[str, int] = {}
        self._tokens = {name: array("i") for name in names}
        self._times = {name: array("H") for name in names}
        self._sizes = {name: array("i") for name in names}
        self._lengths = {name: array("i") for name in names}

    def add(self, name: str, tokens: Sequence[str]) -> None:
        """Append one document to a field."""
        counted = Counter(tokens)
        vocabulary = self._vocabulary
        self._tokens[name].extend([vocabulary.setdefault(token, len(vocabulary)) for token in counted])
        self._times[name].extend([min(times, 65535) for times in counted.values()])
        self._sizes[name].append(len(counted))
        self._lengths[name].append(len(tokens))

    def finish(self, *, drop_common: bool = False) -> Postings:
        """Sort by token. `drop_common` leaves out what is in more than COMMON_SHARE of a field's documents."""
        from scipy import sparse  # a tenth of a second, and only where an index is built

        counts = [len(self._sizes[name]) for name in self._names]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        parts = [self._weigh(name, drop_common=drop_common) for name in self._names]
        sizes = np.concatenate([_numbers(self._sizes[name], np.int64) for name in self._names])
        borders = np.concatenate([[0], np.cumsum(sizes)])
        tokens = np.concatenate([_numbers(self._tokens[name], np.int32) for name in self._names])
        weights = np.concatenate([weights for weights, _ in parts])
        shape = (int(offsets[-1]), max(1, len(self._vocabulary)))
        matrix = sparse.csr_array((weights, tokens, borders), shape=shape).tocsc()
        if drop_common:
            matrix.eliminate_zeros()
        return Postings(
            self._names, tuple(int(offset) for offset in offsets), self._vocabulary,
            matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data,
            np.stack([idf for _, idf in parts]),
        )  # fmt: skip

    def _weigh(self, name: str, *, drop_common: bool) -> tuple[Floats, Floats]:
        tokens, times = _numbers(self._tokens[name], np.int32), _numbers(self._times[name], np.float32)
        sizes, lengths = _numbers(self._sizes[name], np.int64), _numbers(self._lengths[name], np.float32)
        size, width = len(sizes), max(1, len(self._vocabulary))
        if size == 0:
            return np.zeros(0, np.float32), np.zeros(width, np.float32)
        held = np.bincount(tokens, minlength=width)
        idf = np.log(1 + (size - held + 0.5) / (held + 0.5)).astype(np.float32)
        if drop_common:
            idf[held > COMMON_SHARE * size] = 0
        mean = float(lengths.mean()) if lengths.any() else 1.0
        saturation = np.repeat((K1 * (1 - B + B * lengths / mean)).astype(np.float32), sizes)
        weights = idf[tokens] * times * np.float32(K1 + 1) / (times + saturation)
        return weights.astype(np.float32), idf


def _numbers(values: "array[int]", kind: type) -> NDArray[Any]:
    typed = np.frombuffer(values, dtype=values.typecode) if len(values) else np.zeros(0)
    return typed.astype(kind)


def _rarest(size: int) -> float:
    return float(np.log(1 + (size + 0.5) / 0.5)) if size else 0.0
