"""The dense half of an index: unit vectors of phrasings, `unlike` lines, outside lines and entry centroids.

FAISS keeps them. Up to APPROXIMATE_FROM vectors one matrix product compares a question with every one of them;
beyond, inverted lists of quantised vectors give the nearest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, question_parts
from handbook.features import Dense
from handbook.lexical import Floats, Owners, Places, owners_of
from handbook.text import normalise

Matrix = NDArray[np.float32]
Halves = NDArray[np.float16]
Encode = Callable[[Sequence[str]], Matrix]

NEIGHBOURS = 400
APPROXIMATE_FROM = 40_000
_LISTS_PER_ROOT = 2
# Which share of the lists is looked through for a whole question, and for each clause of a long one.
_PROBED, _PROBED_FOR_CLAUSE = 8, 32
_SAMPLE_PER_LIST = 48
_ROUNDS = 6
_PIECE = 65_536
_SEED = 11
# How many vectors are compared one by one, and how many by one product else.
_ONE_BY_ONE, _TOGETHER = 3, 4
_BLOCK = 1024
# How many vectors are compared with all rows by one product at most: it takes memory for each pair.
_AT_ONCE = 64


@dataclass(frozen=True)
class Shelf:
    """One FAISS index whose rows belong to entries; `rows` is the matrix itself where comparing with all is cheap."""

    index: Any
    owned: Owners
    rows: Matrix | None

    def best(self, vectors: Matrix, count: int) -> Floats:
        """The highest cosine with each entry, never negative, shape (len(vectors), count).

        In an approximate index entries outside the nearest rows share the last neighbour's cosine.
        """
        if self.rows is not None:
            pieces = [vectors[start : start + _AT_ONCE] for start in range(0, len(vectors), _AT_ONCE)]
            found = [self.owned.best(_products(piece, self.rows), count) for piece in pieces]
            return np.maximum(np.concatenate(found), 0)
        scores, places = self._nearest(vectors)
        result = np.empty((len(vectors), count), np.float32)
        for row, (cosines, near) in enumerate(zip(scores, places, strict=True)):
            found = near >= 0
            result[row] = cosines[found].min(initial=1)
            np.maximum.at(result[row], self.owned.places[near[found]], cosines[found])
        return np.maximum(result, 0)

    def _nearest(self, vectors: Matrix) -> tuple[Floats, Places]:
        """Cosines and rows of the nearest, the first vector with more care than its clauses."""
        scores, places = self.index.search(vectors[:1], NEIGHBOURS)
        if len(vectors) == 1:
            return scores, places
        hurried = faiss.SearchParametersIVF()
        hurried.nprobe = max(1, self.index.nlist // _PROBED_FOR_CLAUSE)
        more_scores, more_places = self.index.search(vectors[1:], NEIGHBOURS, params=hurried)
        return np.concatenate([scores, more_scores]), np.concatenate([places, more_places])

    def highest(self, vectors: Matrix) -> Floats:
        """The highest cosine of each vector with any row, shape (len(vectors),); 0 where there are no rows."""
        if self.index.ntotal == 0:
            return np.zeros(len(vectors), np.float32)
        if self.rows is not None:
            return np.asarray(_products(vectors, self.rows).max(axis=1), np.float32)
        return np.asarray(self.index.search(vectors, 1)[0][:, 0], np.float32)


@dataclass(frozen=True)
class Vectors:
    """Shelves over one set of entries and the encoder that made them. Read-only, so threads may share it."""

    encode: Encode
    count: int
    phrasings: Shelf
    centroids: Shelf
    negatives: Shelf
    outside: Shelf

    def compare(self, question: str) -> Dense:
        """Cosines with every entry."""
        return self.compare_each([question])[0]

    def compare_each(self, questions: Sequence[str]) -> list[Dense]:
        """Cosines of each question with every entry. One product for all takes a third of the time of many."""
        if not questions:
            return []
        faiss.omp_set_num_threads(1)  # per calling thread; a few million products need no team
        texts = [[normalise(question), *question_parts(question)] for question in questions]
        vectors = self.encode([text for group in texts for text in group])
        ends = list(accumulate(map(len, texts)))
        firsts = [0, *ends[:-1]]
        whole = vectors[firsts]
        found = self._with_phrasings(vectors, firsts, ends)
        centroids, unlike = self.centroids.best(whole, self.count), self.negatives.best(whole, self.count)
        outside = self.outside.highest(whole).tolist()
        return [
            Dense(found[first], centroids[place], found[first:end].max(axis=0), unlike[place], outside[place])
            for place, (first, end) in enumerate(zip(firsts, ends, strict=True))
        ]

    def _with_phrasings(self, vectors: Matrix, firsts: Sequence[int], ends: Sequence[int]) -> Floats:
        """`Shelf.best` of all at once; an approximate shelf takes a question with its clauses at a time."""
        if self.phrasings.rows is not None:
            return self.phrasings.best(vectors, self.count)
        spans = zip(firsts, ends, strict=True)
        return np.concatenate([self.phrasings.best(vectors[first:end], self.count) for first, end in spans])


def build_vectors(lexicon: Lexicon, encode: Encode) -> Vectors:
    """Encode every phrasing, `unlike` line and line outside the handbook, and index them."""
    texts = (lexicon.positive.texts, lexicon.negative.texts, lexicon.outside)
    return assemble(lexicon, *(encode(part) for part in texts), encode=encode)


def assemble(
    lexicon: Lexicon,
    positive: Matrix | Halves,
    negative: Matrix | Halves,
    outside: Matrix | Halves,
    *,
    encode: Encode,
) -> Vectors:
    """Index vectors that are already there, each of shape (texts, d)."""
    centroids = np.zeros((lexicon.size, positive.shape[1]), np.float32)
    for start in range(0, len(positive), _PIECE):
        owners = lexicon.positive.owners[start : start + _PIECE]
        np.add.at(centroids, owners, np.asarray(positive[start : start + _PIECE], np.float32))
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    indices = {
        "phrasings": indexed(positive), "centroids": indexed(centroids),
        "negatives": indexed(negative), "outside": indexed(outside),
    }  # fmt: skip
    return with_indices(lexicon, indices, encode)


def with_indices(lexicon: Lexicon, indices: dict[str, Any], encode: Encode) -> Vectors:
    """Put stored FAISS indices to use."""
    every = owners_of(np.arange(lexicon.size, dtype=np.int32))
    return Vectors(
        encode, lexicon.size,
        _shelf(indices["phrasings"], lexicon.positive.owned), _shelf(indices["centroids"], every),
        _shelf(indices["negatives"], lexicon.negative.owned), _shelf(indices["outside"], _NOBODY),
    )  # fmt: skip


def indexed(vectors: Matrix | Halves) -> Any:
    """A FAISS index by inner product: every vector as it is, or inverted lists where there are many."""
    count, width = vectors.shape
    index = faiss.IndexFlatIP(width) if count < APPROXIMATE_FROM else _lists(vectors)
    for start in range(0, count, _PIECE):
        index.add(np.ascontiguousarray(vectors[start : start + _PIECE], np.float32))
    return index


def _lists(vectors: Matrix | Halves) -> Any:
    """Trained and empty: one byte a number, in as many lists as keep both looking them through and choosing short."""
    count, width = vectors.shape
    lists = int(_LISTS_PER_ROOT * count**0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width), width, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.cp.seed, index.cp.max_points_per_centroid = _ROUNDS, _SEED, _SAMPLE_PER_LIST
    index.by_residual = False
    index.nprobe = max(1, lists // _PROBED)
    chosen = np.random.default_rng(_SEED).choice(count, min(count, lists * _SAMPLE_PER_LIST), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(chosen)], np.float32))
    return index


_NOBODY = Owners(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64))


def _products(vectors: Matrix, rows: Matrix) -> Matrix:
    """`vectors @ rows.T`, shape (len(vectors), len(rows)).

    A few vectors go one by one over blocks that stay in the processor's cache; more in fours, filled up with
    zeros: other counts make BLAS copy the rows or leave its quick path, and take up to twice the time.
    """
    count = len(vectors)
    if count <= _ONE_BY_ONE:
        result = np.empty((count, len(rows)), np.float32)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            for place in range(count):
                np.dot(block, vectors[place], out=result[place, start : start + _BLOCK])
        return result
    padded = np.zeros((-(-count // _TOGETHER) * _TOGETHER, vectors.shape[1]), np.float32)
    padded[:count] = vectors
    return np.asarray((padded @ rows.T)[:count], np.float32)


def _shelf(index: Any, owned: Owners) -> Shelf:
    return Shelf(index, owned, _rows_of(index) if isinstance(index, faiss.IndexFlat) else None)


def _rows_of(index: Any) -> Matrix:
    """The vectors inside a flat index, not copied: they live as long as the index."""
    if index.ntotal == 0:
        return np.zeros((0, index.d), np.float32)
    numbers = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return np.asarray(numbers, np.float32).reshape(index.ntotal, index.d)
