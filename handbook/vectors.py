"""The dense half of an index: unit vectors of phrasings and entry centroids in FAISS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from handbook.channels import Phrasings, question_parts
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

    def compare(self, question: str) -> Dense:
        """Cosines with every entry; entries outside the nearest phrasings share the last neighbour's cosine."""
        parts = question_parts(question)
        vectors = self.encode([normalise(question), *parts])
        found = self._best(self.phrasings, self.owners, vectors)
        centroid = self._best(self.centroids, np.arange(self.count, dtype=np.int32), vectors[:1])[0]
        unlike = self._best(self.negatives, self.negative_owners, vectors[:1])[0]
        return Dense(found[0], centroid, found.max(axis=0), unlike)

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


def build_vectors(positive: Phrasings, negative: Phrasings, count: int, encode: Encode) -> Vectors:
    """Encode every phrasing and index it."""
    return assemble(encode(positive.texts), encode(negative.texts), positive, negative, count, encode)


def assemble(
    vectors: Matrix, negative_vectors: Matrix, positive: Phrasings, negative: Phrasings, count: int, encode: Encode
) -> Vectors:
    """Index vectors that are already there, shapes (phrasings, d) and (unlike lines, d)."""
    width = vectors.shape[1]
    centroids = np.zeros((count, width), np.float32)
    np.add.at(centroids, positive.owners, vectors)
    norms = np.linalg.norm(centroids, axis=1, keepdims=True)
    centroids /= np.maximum(norms, 1e-9)
    return Vectors(
        encode, count, positive.owners, negative.owners,
        _flat(vectors, width), _flat(centroids, width), _flat(negative_vectors, width),
    )  # fmt: skip


def _flat(vectors: Matrix, width: int) -> Any:
    index = faiss.IndexFlatIP(width)
    index.add(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, width))
    return index
