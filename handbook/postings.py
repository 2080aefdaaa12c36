"""Build inverted lists with BM25 weights from token numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from handbook.lexical import COMMON_SHARE, K1, B, Floats, Integers, Places, Postings

_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class Documents:
    """`count` documents of one field. Each run gives tokens (by number) with the documents they stand in, the
    documents in rising order; a document's tokens are those of all runs together."""

    count: int
    runs: Sequence[tuple[Integers, Integers]]


@dataclass(frozen=True)
class _Counted:
    """The different tokens of each document, document after document: numbers, times, and how many a document has."""

    tokens: Integers
    times: Integers
    sizes: Places
    lengths: Places


def build_postings(
    fields: Mapping[str, Documents], spelt: Sequence[str], *, drop_common: bool = False
) -> Postings:
    """Inverted lists over all fields; `spelt` names the token numbers.

    `drop_common` leaves out what is in more than COMMON_SHARE of a field's documents.
    """
    from scipy import sparse  # a tenth of a second, and only where an index is built

    counted = [_counted(documents, len(spelt)) for documents in fields.values()]
    used = np.zeros(len(spelt), np.bool_)
    for field in counted:
        used[field.tokens] = True
    names = (np.cumsum(used) - 1).astype(np.int32)
    kept = np.flatnonzero(used).tolist()
    width = max(1, len(kept))
    parts = [_weigh(field, names[field.tokens], width, drop_common=drop_common) for field in counted]
    offsets = np.cumsum([0, *(documents.count for documents in fields.values())])
    borders = np.cumsum(np.concatenate([[0], *(field.sizes for field in counted)]))
    tokens = np.concatenate([names[field.tokens] for field in counted])
    weights = np.concatenate([weights for weights, _ in parts])
    matrix = sparse.csr_array((weights, tokens, borders), shape=(int(offsets[-1]), width)).tocsc()
    if drop_common:
        matrix.eliminate_zeros()
    return Postings(
        tuple(fields), tuple(int(offset) for offset in offsets),
        {spelt[number]: row for row, number in enumerate(kept)},
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data,
        np.stack([idf for _, idf in parts]),
    )  # fmt: skip


def _counted(documents: Documents, width: int) -> _Counted:
    """Count by sorting, some documents at a time so that memory stays bounded."""
    total = sum(len(tokens) for _, tokens in documents.runs)
    slices = min(max(1, documents.count), total // _AT_ONCE + 1)
    borders = np.linspace(0, documents.count, slices + 1).astype(np.int64)
    tokens, times, sizes, lengths = [], [], [], []
    for first, last in pairwise(borders.tolist()):
        keys = np.concatenate([np.zeros(0, np.int64), *_keys(documents, first, last, width)])
        found, count = np.unique(keys, return_counts=True)
        tokens.append((found % max(1, width)).astype(np.int32))
        times.append(count.astype(np.int32))
        sizes.append(np.bincount(found // max(1, width), minlength=last - first))
        lengths.append(np.bincount(keys // max(1, width), minlength=last - first))
    return _Counted(
        np.concatenate(tokens), np.concatenate(times), np.concatenate(sizes), np.concatenate(lengths)
    )  # fmt: skip


def _keys(documents: Documents, first: int, last: int, width: int) -> list[NDArray[np.int64]]:
    """Document and token in one number, for documents first … last-1, counted from `first`."""
    result = []
    for owners, numbers in documents.runs:
        start, end = np.searchsorted(owners, [first, last])
        result.append((owners[start:end].astype(np.int64) - first) * width + numbers[start:end])
    return result


def _weigh(field: _Counted, tokens: Integers, width: int, *, drop_common: bool) -> tuple[Floats, Floats]:
    size = len(field.sizes)
    if size == 0:
        return np.zeros(0, np.float32), np.zeros(width, np.float32)
    held = np.bincount(tokens, minlength=width)
    idf = np.log(1 + (size - held + 0.5) / (held + 0.5)).astype(np.float32)
    if drop_common:
        idf[held > COMMON_SHARE * size] = 0
    lengths = field.lengths.astype(np.float32)
    mean = float(lengths.mean()) if lengths.any() else 1.0
    saturation = np.repeat((K1 * (1 - B + B * lengths / mean)).astype(np.float32), field.sizes)
    times = field.times.astype(np.float32)
    weights = idf[tokens] * times * np.float32(K1 + 1) / (times + saturation)
    return weights.astype(np.float32), idf
