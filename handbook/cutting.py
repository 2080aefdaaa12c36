"""Texts cut into token numbers: words, characters and sounds. What was cut before is taken over from `kept`, so
that an edit cuts only what changed; a large rest is cut by several processes. The result is the same either way.
"""

import hashlib
import multiprocessing
import os
import pickle
import threading
from array import array
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handbook.lexical import Integers, Places
from handbook.text import Segmenter, characters, sounds

KINDS = ("words", "characters", "sounds")
# Fewer characters than this are cut sooner than other processes start (four seconds or so).
WORTH_PROCESSES = 3_000_000
_PIECE = 200_000

Keys = NDArray[np.uint64]


class Use(StrEnum):
    """What a text is needed for: everything, characters only, or words and whatever has two characters or more."""

    PHRASING = "phrasing"
    LINE = "line"
    BODY = "body"


Text = tuple[Use, str]


@dataclass(frozen=True)
class Flat:
    """Token numbers of many texts on end; those of text i are `numbers[starts[i]:starts[i + 1]]`."""

    numbers: Integers
    starts: Places

    def between(self, first: int, last: int) -> tuple[Integers, Places]:
        """The numbers of texts first … last-1, and how many each has."""
        starts = self.starts[first : last + 1]
        return self.numbers[int(starts[0]) : int(starts[-1])], np.diff(starts)


@dataclass(frozen=True)
class Cuts:
    """Normalised texts, cut. `keys` (texts, 2) are their hashes, `tokens` spells numbers out in sorted order;
    `fresh` texts were cut for it, the others taken over."""

    keys: Keys
    tokens: Sequence[str]
    flats: Mapping[str, Flat]
    fresh: int = 0


@dataclass(frozen=True)
class _Piece:
    """What one process cut, with numbers of its own."""

    tokens: list[str]
    numbers: tuple[Integers, ...]
    sizes: tuple[Integers, ...]


def cut_texts(texts: Sequence[Text], segmenter: Segmenter, kept: Cuts | None = None) -> Cuts:
    """Cut normalised texts, in order; `kept` must come from a segmenter of the same fingerprint."""
    keys = keys_of(texts)
    rows = _rows_in(keys, kept)
    missing = np.flatnonzero(rows < 0)
    pieces = _cut_pieces([texts[place] for place in missing.tolist()], segmenter)
    spelt = kept.tokens if kept is not None else ()
    numbering = {token: number for number, token in enumerate(spelt)}
    renamed = [
        np.asarray([numbering.setdefault(token, len(numbering)) for token in piece.tokens], np.int32)
        for piece in pieces
    ]
    chosen = rows.copy()
    chosen[missing] = np.arange(len(missing)) + (len(kept.keys) if kept is not None else 0)
    flats = {}
    for place, kind in enumerate(KINDS):
        found = [kept.flats[kind]] if kept is not None else []
        for names, piece in zip(renamed, pieces, strict=True):
            found.append(Flat(names[piece.numbers[place]], _starts(piece.sizes[place])))
        flats[kind] = _chosen_of(found, chosen)
    return _canonical(keys, list(numbering), flats, len(missing))


def keys_of(texts: Sequence[Text]) -> Keys:
    """128-bit hashes of texts with their use, shape (texts, 2)."""
    digests = [hashlib.blake2b(f"{use}\n{text}".encode(), digest_size=16).digest() for use, text in texts]
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def cut_piece(texts: Sequence[Text], segmenter: Segmenter) -> _Piece:
    """Cut some texts in this process."""
    numbering: dict[str, int] = {}
    numbers, sizes = [array("i") for _ in KINDS], [array("i") for _ in KINDS]
    for use, text in texts:
        for place, tokens in enumerate(_tokens(use, text, segmenter)):
            numbers[place].extend([numbering.setdefault(token, len(numbering)) for token in tokens])
            sizes[place].append(len(tokens))
    return _Piece(list(numbering), tuple(map(_integers, numbers)), tuple(map(_integers, sizes)))


def _tokens(use: Use, text: str, segmenter: Segmenter) -> tuple[list[str], list[str], list[str]]:
    cut = characters(text)
    if use is Use.LINE:
        return [], cut, []
    if use is Use.BODY:
        return segmenter.words(text), [part for part in cut if len(part) > 1], []
    return segmenter.words(text), cut, sounds(text)


def _cut_pieces(texts: Sequence[Text], segmenter: Segmenter) -> list[_Piece]:
    """By several processes where there is much to do and they start; by this one otherwise."""
    pieces = list(_in_pieces(texts))
    workers = min(len(os.sched_getaffinity(0)), len(pieces))
    if workers > 1 and sum(len(text) for _, text in texts) >= WORTH_PROCESSES:
        try:
            return _cut_by_processes(pieces, segmenter, workers)
        except (
            OSError,
            RuntimeError,
            pickle.PicklingError,
        ):  # no room, no permission, a script without a guard
            pass
    return [cut_piece(piece, segmenter) for piece in pieces]


def _in_pieces(texts: Sequence[Text]) -> Iterator[list[Text]]:
    piece: list[Text] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text[1])
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _cut_by_processes(pieces: Sequence[list[Text]], segmenter: Segmenter, workers: int) -> list[_Piece]:
    context = multiprocessing.get_context("spawn")  # threads of the caller make a fork unsafe
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=segmenter.made_of
    ) as pool:
        return list(pool.map(_cut_in_worker, pieces))


_worker: list[Segmenter] = []


def _begin(*made_of: Any) -> None:
    threading.Thread(target=_end_with_parent, name="cutting-parent", daemon=True).start()
    dictionary, synonyms, cache_dir = made_of
    _worker[:] = [Segmenter(dictionary, synonyms, cache_dir=cache_dir)]


def _end_with_parent() -> None:
    """A build that is killed must not leave its workers waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cut_in_worker(texts: list[Text]) -> _Piece:
    return cut_piece(texts, _worker[0])


def _rows_in(keys: Keys, kept: Cuts | None) -> Places:
    """Each key's row in `kept`, -1 where it is not there."""
    if kept is None or not len(kept.keys):
        return np.full(len(keys), -1, np.int64)
    order = np.lexsort((kept.keys[:, 1], kept.keys[:, 0]))
    known = kept.keys[order]
    places = np.minimum(np.searchsorted(known[:, 0], keys[:, 0]), len(known) - 1)
    return np.where((known[places] == keys).all(axis=1), order[places], -1)


def _chosen_of(found: Sequence[Flat], rows: Places) -> Flat:
    """The texts at `rows` of several lists on end."""
    numbers = np.concatenate([flat.numbers for flat in found]) if found else np.zeros(0, np.int32)
    sizes = np.concatenate([np.diff(flat.starts) for flat in found]) if found else np.zeros(0, np.int64)
    before, wanted = _starts(sizes), sizes[rows]
    starts = _starts(wanted)
    if np.array_equal(rows, np.arange(len(sizes))):
        return Flat(numbers, starts)
    places = np.repeat(before[rows] - starts[:-1], wanted) + np.arange(int(starts[-1]))
    return Flat(numbers[places], starts)


def _canonical(keys: Keys, tokens: Sequence[str], flats: Mapping[str, Flat], fresh: int) -> Cuts:
    """Only tokens that are used, numbered in sorted order: whoever cut the texts, and when, the numbers are the same."""
    used = np.zeros(len(tokens), np.bool_)
    for flat in flats.values():
        used[flat.numbers] = True
    order = sorted(np.flatnonzero(used).tolist(), key=tokens.__getitem__)
    names = np.zeros(len(tokens), np.int32)
    names[order] = np.arange(len(order), dtype=np.int32)
    renamed = {kind: Flat(names[flat.numbers], flat.starts) for kind, flat in flats.items()}
    return Cuts(keys, [tokens[number] for number in order], renamed, fresh)


def _starts(sizes: NDArray[Any]) -> Places:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


def _integers(values: "array[int]") -> Integers:
    return np.frombuffer(values, np.int32).copy() if values else np.zeros(0, np.int32)
