"""A made-up handbook of two thousand entries and one of two hundred, built once."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.bench.retrieval import Made, made_from
from app.bench.synthetic import Pool, made_up, pool_of
from handbook.entry import Entry
from handbook.loader import load
from handbook.text import Segmenter

ROOT = Path(__file__).parents[2]
VARIABLES = {
    "name": "宁河区", "hall": "宁河区政务服务中心", "hotline": "12345", "hub": "宁河区政务服务办",
    "officer_title": "服务专员", "feedback_window": "「办不成事」反映窗口", "online_platform": "线上诉求平台",
}  # fmt: skip


@pytest.fixture(scope="session")
def pool() -> Pool:
    """The shipped entries, taken apart."""
    return pool_of(load(ROOT / "kb", district="ninghe", variables=VARIABLES).entries)


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    """jieba without own words."""
    return Segmenter()


def short_entries(pool: Pool, count: int) -> tuple[Entry, ...]:
    """Few phrasings and hardly any body: enough to see growth, quick to cut."""
    return tuple(
        replace(entry, sections=(), summary=entry.summary[:30], unlike=())
        for entry in made_up(pool, count, seed=5, phrasings=3)
    )


@pytest.fixture(scope="session")
def small(pool: Pool, segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two hundred entries."""
    return made_from(short_entries(pool, 200), segmenter, (), tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def large(pool: Pool, segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Ten times as many, enough for common tokens to be left out."""
    return made_from(short_entries(pool, 2000), segmenter, (), tmp_path_factory.mktemp("large"))
