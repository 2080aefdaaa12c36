"""One question at a time, in one thread: the handbook beside BM25 alone and a brute-force dense search."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.bench.measuring import peak_mib, resident_mib, timed
from app.bench.synthetic import made_up, pool_of, questions
from handbook.bm25 import Bm25, YardstickMissing
from handbook.calibration import dense_weights, lexical_weights
from handbook.embedding import Encoder, load_encoder
from handbook.entry import Entry
from handbook.index import PIECE, build_index
from handbook.lexical import Places
from handbook.lexicon_store import open_lexicon
from handbook.search import Brain, Handbook
from handbook.service import HandbookService
from handbook.text import Segmenter, normalise
from handbook.vectors import NEIGHBOURS, Halves, Matrix, Vectors

SEED = 20261120
ASKED = 240
ROUNDS = 3
FEW = 60
# The library beside has to cut every phrasing anew: not for more entries than this.
MOST_BESIDE = 20_000
_TEN = 10

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A made-up handbook of some size, built, with what the building cost; `rows` are its phrasings' vectors."""

    handbook: Handbook
    vectors: Vectors
    encoder: Encoder
    rows: Halves
    figures: dict[str, Any]


def shipped(service: HandbookService, asked: Sequence[str], *, rounds: int = ROUNDS) -> dict[str, Any]:
    """The handbook in use: with the encoder, by words alone, and BM25 by a library on the same questions."""
    handbook = service.handbook
    words_alone = handbook.with_brain(Brain(lexical_weights()))
    row: dict[str, Any] = {
        "entries": len(handbook.entries),
        "phrasings": len(handbook.lexicon.positive.texts),
    }
    row["search"] = asdict(timed(handbook.search, asked, rounds=rounds))
    row["words_alone"] = asdict(timed(words_alone.search, asked, rounds=rounds))
    row |= _beside(
        handbook.entries, handbook.lexicon.segmenter, asked, row["search"]["processor_p50_ms"], rounds
    )
    return row


def made(
    service: HandbookService, count: int, folder: Path, *, phrasings: int, tell: Tell, body: int | None = None
) -> Made:
    """Build a made-up handbook with the channels, encoder and weights of the one in use."""
    start = time.perf_counter()
    entries = tuple(
        made_up(pool_of(service.handbook.entries), count, seed=SEED, phrasings=phrasings, body=body)
    )
    tell(f"{count} entries: written in {time.perf_counter() - start:.1f} s")
    lexicon = service.handbook.lexicon
    return made_from(entries, lexicon.segmenter, lexicon.outside, folder, tell=tell)


def made_from(
    entries: Sequence[Entry],
    segmenter: Segmenter,
    outside: Sequence[str],
    folder: Path,
    *,
    tell: Tell | None = None,
) -> Made:
    """Build an index over given entries with the shipped encoder, and note what it cost."""
    tell = tell or _nobody
    encoder = load_encoder()
    start, before = time.perf_counter(), resident_mib()
    lexicon = open_lexicon(entries, segmenter, outside, folder)
    cut = time.perf_counter()
    tell(f"{len(entries)} entries: words in {cut - start:.1f} s")
    report = build_index(entries, lexicon, encoder, folder, tick=_seldom(tell))
    done = time.perf_counter()
    dense = dense_weights(encoder.fingerprint)
    again = open_lexicon(entries, segmenter, outside, folder)
    opened = build_index(entries, again, encoder, folder)
    handbook = Handbook(entries, again, Brain(lexical_weights(), dense, opened.vectors))
    figures = {
        "entries": len(entries), "phrasings": report.phrasings, "encoded": report.encoded, "reused": report.reused,
        "words_s": round(cut - start, 1), "vectors_s": round(done - cut, 1),
        "per_1000_entries_s": round((done - start) / len(entries) * 1000, 2),
        "open_s": round(time.perf_counter() - done, 2),
        "rss_before_mib": before, "rss_mib": resident_mib(), "peak_mib": peak_mib(),
        "disk_mib": round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20, 1),
    }  # fmt: skip
    rows = np.load(report.folder / "vectors.npy", mmap_mode="r")[: report.phrasings]
    return Made(handbook, opened.vectors, encoder, rows, figures)


def scaled(
    service: HandbookService, found: Made, *, rounds: int = ROUNDS, asked: int = ASKED
) -> dict[str, Any]:
    """Questions to a made-up handbook, with BM25 and brute force beside, and what the approximate index misses."""
    count = len(found.handbook.entries)
    texts = questions(pool_of(service.handbook.entries), count, seed=SEED, how_many=asked)
    row = dict(found.figures)
    row["search"] = asdict(timed(found.handbook.search, texts, rounds=rounds))
    if count <= MOST_BESIDE:
        own_ms = row["search"]["processor_p50_ms"]
        segmenter = found.handbook.lexicon.segmenter
        row |= _beside(found.handbook.entries, segmenter, texts, own_ms, rounds)
    row["brute_force"], row["recall"] = _brute_force(found, texts)
    return row


def _beside(
    entries: Sequence[Entry], segmenter: Segmenter, asked: Sequence[str], own_ms: float, rounds: int
) -> dict[str, Any]:
    try:
        yardstick = Bm25(entries, segmenter)
    except YardstickMissing:
        return {}
    found = timed(yardstick.search, asked, rounds=rounds)
    return {"bm25s": asdict(found), "ratio_to_bm25s": round(own_ms / max(found.processor_p50_ms, 1e-9), 2)}


def _brute_force(found: Made, asked: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Every phrasing compared by one product: its time, and the share of its nearest that the index in use finds."""
    rows = np.asarray(found.rows, np.float32)

    def nearest(text: str) -> tuple[Matrix, Places]:
        vector = found.encoder.encode([normalise(text)])
        cosines = rows @ vector[0]
        ten = np.argpartition(-cosines, _TEN)[:_TEN]
        return vector, ten[np.argsort(-cosines[ten])]

    few = asked[:FEW]
    spread = timed(nearest, few, rounds=1)
    first, ten = 0, 0
    for text in few:
        vector, best = nearest(text)
        near = found.vectors.phrasings.index.search(vector, NEIGHBOURS)[1][0]
        first += int(best[0] in near)
        ten += len(np.intersect1d(best, near))
    return asdict(spread), {"first": round(first / len(few), 3), "of_ten": round(ten / _TEN / len(few), 3)}


def _nobody(_text: str) -> None:
    """Progress that nobody asked for."""


def _seldom(tell: Tell) -> Callable[[int, int], None]:
    def tick(done: int, of: int) -> None:
        if done == of or done % (PIECE * 16) == 0:
            tell(f"{done}/{of} vectors")

    return tick
