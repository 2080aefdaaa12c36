"""`kb eval --compare` and `kb report`: searches side by side, causes of failure, the table of the goals."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import doctor
from app.cli.main import app
from app.errors import AppError
from app.settings import Settings
from handbook.arms import SWITCHED_OFF, folded
from handbook.bm25 import Bm25
from handbook.calibration import lexical_weights, shipped_dense_weights, store_weights
from handbook.embedding import SHIPPED, encoder_fingerprint
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult
from handbook.evaluation import Outcome, measure, report
from handbook.failures import Cause, by_cause, cause_of
from handbook.fusion import ALL_COLUMNS, confidence_columns
from handbook.labelled import Labelled, mark_of
from handbook.reporting import BEGIN, END, GOALS, Run, put_into, written
from handbook.text import Segmenter

ROOT = Path(__file__).parents[2]


def entry(entry_id: str, *phrasings: str, kind: Kind = Kind.ANSWER, related: tuple[str, ...] = ()) -> Entry:
    return Entry(
        id=entry_id, title=entry_id, questions=phrasings, unlike=(), keywords=(), department="", category="", kind=kind,
        audience="public", summary="", sections=(), internal_notes="", basis=(), reviewed=None, review_every=180,
        related=related,
    )  # fmt: skip


def outcome(
    decision: Decision, *got: Entry, topics: tuple[str, ...] = (), kind: str = "", sure: float = 0.5
) -> Outcome:
    """A question that ended so."""
    found = SearchResult("q", decision, tuple(Candidate(e, sure) for e in got), sure)
    place = next((i for i, e in enumerate(got) if e.id in topics), None)
    return Outcome(Labelled("q", frozenset(topics), "", kind), found, place, 0.001)


A, B, C = entry("x/a"), entry("x/b"), entry("y/c")
D = entry("y/d", related=("x/a",))


@pytest.mark.parametrize(
    ("ended", "cause"),
    [
        (outcome(Decision.ANSWER, A, topics=("x/a",)), None),
        (outcome(Decision.ANSWER, B, topics=("x/a",)), Cause.WRONG_SIBLING),
        (outcome(Decision.ANSWER, D, topics=("x/a",)), Cause.WRONG_SIBLING),
        (outcome(Decision.ANSWER, C, topics=("x/a",)), Cause.WRONG_ENTRY),
        (outcome(Decision.CHOOSE, B, A, topics=("x/a",)), Cause.ASKED_BACK),
        (outcome(Decision.CHOOSE, B, C, D, A, topics=("x/a",)), Cause.CHOICES_WITHOUT),
        (outcome(Decision.NONE, A, topics=("x/a",)), Cause.NOT_FOUND),
        (outcome(Decision.COMMAND, C, topics=("x/a",)), Cause.TAKEN_FOR_TALK),
        (outcome(Decision.REDIRECT, A, topics=("x/a",)), None),
        (outcome(Decision.ANSWER, A, kind="near"), Cause.FALSE_NEAR_MISS),
        (outcome(Decision.ANSWER, A, kind="citizen"), Cause.FALSE_ANSWER),
        (outcome(Decision.CHOOSE, A, kind="near"), None),
        (outcome(Decision.REDIRECT, A, kind="near"), Cause.LED_AWAY),
        (outcome(Decision.REDIRECT, A, kind="citizen"), None),
        (outcome(Decision.NONE, A, kind="command"), Cause.NOT_RECOGNISED),
        (outcome(Decision.SMALLTALK, A, kind="excluded"), Cause.KIND_MISTAKEN),
    ],
)
def test_every_failure_has_one_cause(ended: Outcome, cause: Cause | None) -> None:
    assert cause_of(ended) is cause


def test_causes_come_gravest_first_and_the_surest_of_each_first() -> None:
    groups = by_cause(
        [
            outcome(Decision.NONE, A, topics=("x/a",)),
            outcome(Decision.ANSWER, B, topics=("x/a",), sure=0.7),
            outcome(Decision.ANSWER, B, topics=("x/a",), sure=0.9),
        ]
    )
    assert list(groups) == [Cause.WRONG_SIBLING, Cause.NOT_FOUND]
    assert [item.result.confidence for item in groups[Cause.WRONG_SIBLING]] == [0.9, 0.7]


class Counting:
    """A search that remembers the order in which it and others were asked."""

    def __init__(self, name: str, asked: list[str]) -> None:
        self._name, self._asked = name, asked

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self._asked.append(self._name + question)
        return SearchResult(question, Decision.ANSWER, (Candidate(A, 0.9),), 0.9)

    def entry(self, entry_id: str) -> Entry | None:
        return None


def test_two_searches_are_asked_in_turn_so_that_a_busy_machine_is_fair() -> None:
    asked: list[str] = []
    questions = [Labelled(text, frozenset({"x/a"})) for text in "12345"]
    outcomes = measure({"m": Counting("m", asked), "n": Counting("n", asked)}, questions)
    assert asked[-10:] == [name + text for text in "12345" for name in "mn"]
    assert report(outcomes["m"]).hit1 == report(outcomes["n"]).hit1 == 1.0


def test_a_part_is_switched_off_by_letting_its_neighbour_speak() -> None:
    weights = shipped_dense_weights()
    off = folded(weights, SWITCHED_OFF["no-centroid"])
    at = {name: place for place, name in enumerate(ALL_COLUMNS)}
    assert off.scorer[at["centroid"]] == 0
    assert off.scorer[at["dense"]] == pytest.approx(
        weights.scorer[at["dense"]] + weights.scorer[at["centroid"]]
    )
    names = confidence_columns(ALL_COLUMNS)
    assert off.confidence[names.index("winner_centroid")] == off.confidence[names.index("lead_centroid")] == 0
    assert float(off.confidence.sum()) == pytest.approx(float(weights.confidence.sum()), rel=1e-4)
    dropped = folded(weights, SWITCHED_OFF["no-unlike"])
    assert dropped.scorer[at["unlike"]] == 0
    assert np.delete(dropped.scorer, [at["unlike"], at["dense_unlike"]]) == pytest.approx(
        np.delete(weights.scorer, [at["unlike"], at["dense_unlike"]])
    )


def test_bm25_alone_ranks_and_never_answers() -> None:
    yardstick = Bm25((entry("x/a", "面包店怎么办证"), entry("x/b", "货车营运证怎么办")), Segmenter((), ()))
    found = yardstick.search("货车要什么证")
    assert (found.decision, found.best.entry.id if found.best else "") == (Decision.CHOOSE, "x/b")
    assert yardstick.search("qwxyz").decision is Decision.NONE


def test_the_table_says_which_goals_are_met_and_fills_its_place_in_a_document() -> None:
    good = report([outcome(Decision.ANSWER, A, topics=("x/a",)), outcome(Decision.NONE, kind="near")])
    poor = replace(good, hit1=0.5, false_answers=0.2)
    assert [goal.name for goal in GOALS if not goal.is_met(poor)] == [GOALS[0].name, GOALS[-1].name]
    run = Run("2026-11-20", "c", 2, 3, "f", "m", {"": good, "bm25": poor}, {Cause.NOT_FOUND: 1})
    block = written(run)
    assert "| ≥ 0.85 | 1.000 | yes |" in block and "not asked" in block
    assert "0.500 (-50.0)" in block and Cause.NOT_FOUND.value in block
    assert put_into(f"# Title\n\n{BEGIN}\nold\n{END}\n\nhand\n", block) == f"# Title\n\n{block}\nhand\n"
    assert put_into("# no place", block) is None


def test_confidence_is_held_against_truth() -> None:
    talk = entry("t/hi", kind=Kind.SMALLTALK)
    steps = report(
        [
            outcome(Decision.ANSWER, A, topics=("x/a",), sure=0.9),
            outcome(Decision.ANSWER, B, topics=("x/a",), sure=0.9),
            outcome(Decision.SMALLTALK, talk, kind="chitchat", sure=1.0),
            outcome(Decision.CHOOSE, A, kind="near", sure=0.3),
        ]
    ).calibration
    assert [(step["from"], step["questions"], round(step["right"], 2)) for step in steps] == [
        (0.2, 1, 0.0),
        (0.8, 3, 0.67),
    ]


def test_a_set_of_questions_is_named_by_its_content() -> None:
    first = [Labelled("甲", frozenset({"x/a"}))]
    assert mark_of(first) == mark_of(list(first)) != mark_of([Labelled("甲", frozenset())])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small handbook, questions, and a foreign encoder: the shipped one under another name."""
    folder = tmp_path_factory.mktemp("measure")
    for name in ("credit", "redirect", "smalltalk"):
        shutil.copytree(ROOT / "kb" / name, folder / "kb" / name)
    shutil.copy(ROOT / "kb" / "categories.toml", folder / "kb")
    shutil.copytree(SHIPPED, folder / "models" / "other")
    (folder / "models" / "other" / "note.txt").write_text("another model\n", "utf-8")
    (folder / "q.jsonl").write_text(
        '{"query": "年报忘了报进了异常名录", "topic": "credit/annual-report-missed", "style": "a"}\n'
        '{"query": "你好呀", "topic": null, "kind": "chitchat"}\n',
        "utf-8",
    )
    return folder


@pytest.fixture
def kb(small: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`qiying kb …` over the small handbook, in this process."""
    monkeypatch.setenv("QIYING_KB_DIR", str(small / "kb"))
    monkeypatch.setenv("QIYING_DATA_DIR", str(small / "data"))
    monkeypatch.setenv("QIYING_NOW", "2026-11-21T10:00:00+08:00")

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["kb", *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    return call


def test_two_searches_side_by_side_in_one_run(kb: Callable[..., str], small: Path) -> None:
    questions, other = str(small / "q.jsonl"), str(small / "models" / "other")
    shown = json.loads(kb("eval", questions, "--compare", "words", "--compare", other, "--json"))
    assert (shown["answerable"], shown["degraded"]) == (1, "")
    assert [row["name"] for row in shown["compared"]] == ["words", other]
    assert set(shown["compared"][0]["difference"]) >= {"hit1", "coverage", "p50_ms", "by_category", "by_kind"}
    assert "未校准" in shown["compared"][1]["note"]
    store_weights(
        small / "models" / "calibration.json",
        lexical=lexical_weights(),
        dense=replace(shipped_dense_weights(), encoder=encoder_fingerprint(other)),
        note="t",
    )
    text = kb("eval", questions, "--compare", other)
    assert f"和「{other}」并排\n" in text and "首位命中 hit@1" in text and "没答好的，按原因" in text
    assert "  信用年报：题数 1；" in text and "  闲谈：题数 1；闲谈 1；判断对 1" in text
    assert not re.search(r"\b(questions|coverage|precision|helped|confidence|smalltalk)\b", text)
    with pytest.raises(AppError, match="可以比的还有"):
        kb("eval", questions, "--compare", str(small / "none"))


def test_another_model_is_marked_uncalibrated_by_eval_and_by_doctor(
    kb: Callable[..., str], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor.calibration_of(Settings.load()).is_ok
    monkeypatch.setenv("QIYING_EMBEDDING_MODEL", str(small / "models" / "other"))
    found = doctor.calibration_of(Settings.load())
    assert not found.is_ok and "qiying kb calibrate" in found.text
    assert "语义模型没有校准过" in kb("eval", str(small / "q.jsonl"))
    with pytest.raises(AppError, match="条目太少"):
        kb("eval", str(small / "q.jsonl"), "--calibrate")
    store_weights(
        small / "data" / "index" / f"calibration-{encoder_fingerprint(str(small / 'models' / 'other'))}.json",
        lexical=lexical_weights(),
        dense=replace(shipped_dense_weights(), encoder=encoder_fingerprint(str(small / "models" / "other"))),
        note="t",
    )
    assert doctor.calibration_of(Settings.load()).is_ok


def test_one_command_writes_the_table_and_leaves_the_rest_of_the_document(
    kb: Callable[..., str], small: Path
) -> None:
    document = small / "quality.md"
    document.write_text(f"# Ours\n\n{BEGIN}\n{END}\n\nWritten by hand.\n", "utf-8")
    kb("report", str(small / "q.jsonl"), "--out", str(document))
    text = document.read_text("utf-8")
    assert text.startswith("# Ours\n") and text.endswith("\nWritten by hand.\n")
    assert "BM25 alone (bm25s)" in text and "right decision: smalltalk" in text
    assert str(small) not in text
    plain = small / "plain.md"
    plain.write_text("nothing here\n", "utf-8")
    with pytest.raises(AppError, match="没有改动"):
        kb("report", str(small / "q.jsonl"), "--out", str(plain))
    assert plain.read_text("utf-8") == "nothing here\n"
