"""docs/mission.md: every demand of the five documents has its row, and every row a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAST = {"A": 12, "B": 8, "C": 18, "D": 5, "E": 7}
ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.MULTILINE)
CITED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
DOCUMENTS = re.compile(r"DL|BC|FT|NH|BH")
UNFINISHED = "「未完成」"
MOST_TESTS = 3


def rows() -> list[tuple[str, list[str]]]:
    """(id, cells) of every row, in the page's order."""
    text = (ROOT / "docs" / "mission.md").read_text(encoding="utf-8")
    return [(found[1], [cell.strip() for cell in found[2].split("|")]) for found in ROW.finditer(text)]


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the test functions at the top of a file; empty where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return frozenset(
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def faults_of(cells: list[str]) -> list[str]:
    """What is wrong with one row: cells, document, tests."""
    if len(cells) != 3 or not all(cells[:2]):
        return [f"{len(cells)} cells"]
    demand, where, proof = cells
    cited = CITED.findall(proof)
    gone = [f"{path}::{name}" for path, name in cited if name not in names_in(path)]
    faults = [f"no such test: {one}" for one in gone]
    if not DOCUMENTS.search(demand):
        faults.append("names no document")
    if len(cited) > MOST_TESTS or len(cited) != proof.count("`") // 2:
        faults.append("tests are cited as `tests/….py::test_…`, three at most")
    if not cited and UNFINISHED not in where:
        faults.append(f"neither a test nor {UNFINISHED}")
    if UNFINISHED in where and not where.partition(UNFINISHED)[2].strip("：。 "):
        faults.append("does not say what is missing")
    return faults


def test_every_demand_is_there_exactly_once() -> None:
    expected = [f"{letter}{number}" for letter, last in LAST.items() for number in range(1, last + 1)]
    assert sorted(found for found, _ in rows()) == sorted(expected)


def test_every_row_is_proved_or_says_what_is_missing() -> None:
    found = rows()
    assert [(name, fault) for name, cells in found for fault in faults_of(cells)] == []
    unfinished = [name for name, cells in found if UNFINISHED in cells[1]]
    print(f"{len(unfinished)} of {len(found)} unfinished: {' '.join(unfinished)}")


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (["要求（DL）", "后台", "`tests/docs/test_mission.py::test_that_was_renamed`"], "no such test"),
        (["要求（DL）", "后台", "`tests/docs/gone.py::test_x`"], "no such test"),
        (["要求（DL）", "后台", ""], "neither"),
        (["要求（DL）", "「未完成」：", ""], "what is missing"),
        (["要求", "「未完成」：没有", ""], "no document"),
        (["要求（DL）", "后台", "`tests/docs/test_mission.py`"], "cited as"),
        (["要求（DL）", ""], "cells"),
    ],
)
def test_the_check_sees_what_is_wrong(cells: list[str], fault: str) -> None:
    """It must be able to fail."""
    assert any(fault in one for one in faults_of(cells))
