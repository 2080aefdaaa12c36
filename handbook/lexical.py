"""BM25 over an inverted index in numpy: precomputed weights, one bincount a question."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

K1 = 1.2
B = 0.4


@dataclass(frozen=True)
class Channel:
    """One kind of token over one kind of document. `starts[i]:starts[i+1]` are token i's postings."""

    vocabulary: Mapping[str, int]
    starts: Integers
    documents: Integers
    weights: Floats
    idf: Floats
    size: int

    def scores(self, tokens: Sequence[str]) -> Floats:
        """BM25 of every document, shape (size,); a token counts as often as the question holds it, at most twice."""
        spans = self._spans(tokens)
        if not spans:
            return np.zeros(self.size, dtype=np.float32)
        documents = np.concatenate([self.documents[start:end] for _, start, end, _ in spans])
        weights = np.concatenate([self.weights[start:end] * times for _, start, end, times in spans])
        return np.bincount(documents, weights=weights, minlength=self.size).astype(np.float32)

    def covered(self, tokens: Sequence[str]) -> tuple[Floats, float]:
        """The idf mass of the question that each document holds, shape (size,), and the whole mass."""
        spans = self._spans(tokens)
        total = self.mass(tokens)
        if not spans:
            return np.zeros(self.size, dtype=np.float32), total
        documents = np.concatenate([self.documents[start:end] for _, start, end, _ in spans])
        weights = np.concatenate(
            [np.full(end - start, self.idf[row], np.float32) for row, start, end, _ in spans]
        )
        return np.bincount(documents, weights=weights, minlength=self.size).astype(np.float32), total

    def mass(self, tokens: Sequence[str]) -> float:
        """The idf mass of the question's different tokens; an unseen token weighs as the rarest."""
        rarest = float(np.log(1 + (self.size + 0.5) / 0.5)) if self.size else 0.0
        rows = (self.vocabulary.get(token) for token in set(tokens))
        return float(sum(rarest if row is None else self.idf[row] for row in rows))

    def _spans(self, tokens: Sequence[str]) -> list[tuple[int, int, int, float]]:
        spans = []
        for token, times in Counter(tokens).items():
            row = self.vocabulary.get(token)
            if row is not None:
                spans.append((row, int(self.starts[row]), int(self.starts[row + 1]), float(min(times, 2))))
        return spans


def build_channel(documents: Sequence[Sequence[str]]) -> Channel:
    """The channel over tokenised documents; document i keeps its place."""
    vocabulary: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    times: list[int] = []
    for place, tokens in enumerate(documents):
        for token, count in Counter(tokens).items():
            rows.append(vocabulary.setdefault(token, len(vocabulary)))
            columns.append(place)
            times.append(count)
    row_of, column_of = np.asarray(rows, np.int32), np.asarray(columns, np.int32)
    frequency = np.asarray(times, np.float32)
    order = np.argsort(row_of, kind="stable")
    row_of, column_of, frequency = row_of[order], column_of[order], frequency[order]
    counts = np.bincount(row_of, minlength=len(vocabulary)) if len(row_of) else np.zeros(len(vocabulary))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    size = len(documents)
    idf = np.log(1 + (size - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    lengths = np.asarray([len(tokens) for tokens in documents], np.float32)
    mean = float(lengths.mean()) if size and lengths.sum() else 1.0
    saturation = K1 * (1 - B + B * lengths[column_of] / mean) if len(column_of) else np.zeros(0, np.float32)
    weights = (idf[row_of] * frequency * (K1 + 1) / (frequency + saturation)).astype(np.float32)
    return Channel(vocabulary, starts, column_of, weights, idf, size)
