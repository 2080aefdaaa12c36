"""A handbook ten times as large: little slower, built by what changed. Mission B7: it grows with the district."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.bench.measuring import timed
from app.bench.retrieval import Made
from app.bench.synthetic import Pool, made_up, questions
from handbook import vectors
from handbook.index import build_index
from handbook.lexicon_store import open_lexicon
from handbook.text import Segmenter
from handbook.vectors import indexed


def test_ten_times_the_entries_cost_less_than_five_times_the_time(
    pool: Pool, small: Made, large: Made
) -> None:
    """The goal for 10,000 entries, at a size that a test can build; processor time, each question's fastest of four."""
    before = timed(small.handbook.search, questions(pool, 200, seed=5, how_many=40), rounds=4)
    after = timed(large.handbook.search, questions(pool, 2000, seed=5, how_many=40), rounds=4)
    assert after.processor_p99_ms <= 5 * before.processor_p99_ms


def test_a_made_up_matter_is_found_by_its_name(pool: Pool, large: Made) -> None:
    """Otherwise the times would be those of finding nothing."""
    entries = large.handbook.entries[::100]
    found = [large.handbook.search(f"{entry.keywords[0]}怎么办").candidates[0].entry.id for entry in entries]
    assert sum(name == entry.id for name, entry in zip(found, entries, strict=True)) >= 18


def test_an_edit_encodes_one_phrasing(large: Made, segmenter: Segmenter, tmp_path: Path) -> None:
    """`kb build` encodes only what changed, whatever the size."""
    entries = list(large.handbook.entries[:60])
    build_index(entries, open_lexicon(entries, segmenter, (), tmp_path), large.encoder, tmp_path)
    first = entries[0]
    entries[0] = replace(first, questions=(*first.questions[:-1], "从没写过的一句"), fingerprint="edited")
    heard: list[tuple[int, int]] = []
    lexicon = open_lexicon(entries, segmenter, (), tmp_path)
    report = build_index(
        entries, lexicon, large.encoder, tmp_path, tick=lambda done, of: heard.append((done, of))
    )
    assert report.encoded == 1
    assert report.reused == report.phrasings + report.unlike - 1
    assert heard[-1] == (report.phrasings + report.unlike,) * 2


def test_what_is_made_up_is_the_same_every_time(pool: Pool) -> None:
    assert list(made_up(pool, 3, seed=1, phrasings=5)) == list(made_up(pool, 3, seed=1, phrasings=5))
    assert list(made_up(pool, 3, seed=1, phrasings=5)) != list(made_up(pool, 3, seed=2, phrasings=5))


def test_many_vectors_go_into_lists_and_the_nearest_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Approximate from a size on; a vector finds itself."""
    monkeypatch.setattr(vectors, "APPROXIMATE_FROM", 3000)
    rows = np.random.default_rng(3).standard_normal((4000, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = indexed(rows)
    assert index.nlist > 1
    found = index.search(rows[:200], 1)[1][:, 0]
    assert (found == np.arange(200)).mean() >= 0.99
