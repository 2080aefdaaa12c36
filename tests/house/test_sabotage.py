"""What `make chaos` takes out is still there to be taken out, and the tests that must notice it exist."""

from pathlib import Path

import pytest

from tests.reliability.chaos.test_sabotage import CASES, Sabotage

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_words_and_its_test_are_where_it_says(case: Sabotage) -> None:
    code = (ROOT / case.file).read_text("utf-8")
    assert [old for old, _ in case.changes if old not in code] == []
    file, _, chosen = case.test.partition(" -k ")
    text = (ROOT / file).read_text("utf-8")
    assert chosen in text or chosen == "sqlite"
