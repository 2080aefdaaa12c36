"""The dense half of an index: unit vectors of phrasings and entry centroids in FAISS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, question_parts
from handbook.features import Dense
from handbook.lexical import Floats, Integers
from handbook.text import normalise

Matrix = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]

NEIGHBOURS = 400


@dataclass(frozen=True)
class Vectors:
    """Indices over one set of entries and the encoder that made them. Read-only, so threads may share it."""

    encode: Encode
    count: int
    owners: Integers
    negative_owners: Integers
    phrasings: Any
    centroids: Any
    negatives: Any
    outside: Any

    def compare(self, question: str) -> Dense:
        """Cosines with every entry; entries outside the nearest phrasings share the last neighbour's cosine."""
        parts = question_parts(question)
        faiss.omp_set_num_threads(1)  # per calling thread; a few hundred thousand products need no team
        vectors = self.encode([normalise(question), *parts])
        found = self._best(self.phrasings, self.owners, vectors)
        centroid = self._best(self.centroids, np.arange(self.count, dtype=np.int32), vectors[:1])[0]
        unlike = self._best(self.negatives, self.negative_owners, vectors[:1])[0]
        outside = (
            self.outside.search(vectors[:1], 1)[0] if self.outside.ntotal else np.zeros((1, 1), np.float32)
        )
        return Dense(found[0], centroid, found.max(axis=0), unlike, float(outside[0, 0]))

    def _best(self, index: Any, owners: Integers, vectors: Matrix) -> Floats:
        result = np.zeros((len(vectors), self.count), np.float32)
        if index.ntotal == 0:
            return result
        scores, places = index.search(vectors, min(NEIGHBOURS, index.ntotal))
        for row, (cosines, near) in enumerate(zip(scores, places, strict=True)):
            floor = float(cosines[-1]) if index.ntotal > NEIGHBOURS else -1.0
            result[row] = floor
            np.maximum.at(result[row], owners[near], cosines)
        return np.maximum(result, 0.0)


def build_vectors(lexicon: Lexicon, encode: Encode) -> Vectors:
    """Encode every phrasing, `unlike` line and line outside the handbook, and index them."""
    texts = (lexicon.positive.texts, lexicon.negative.texts, lexicon.outside)
    return assemble(lexicon, *(encode(part) for part in texts), encode=encode)


def assemble(
    lexicon: Lexicon, positive: Matrix, negative: Matrix, outside: Matrix, *, encode: Encode
) -> Vectors:
    """Index vectors that are already there, each of shape (texts, d)."""
    width = positive.shape[1]
    centroids = np.zeros((lexicon.size, width), np.float32)
    np.add.at(centroids, lexicon.positive.owners, positive)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    return Vectors(
        encode, lexicon.size, lexicon.positive.owners, lexicon.negative.owners,
        _flat(positive, width), _flat(centroids, width), _flat(negative, width), _flat(outside, width),
    )  # fmt: skip


def _flat(vectors: Matrix, width: int) -> Any:
    index = faiss.IndexFlatIP(width)
    index.add(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, width))
    return index
