"""`kb gaps` and `kb diff`: the pure parts, and both commands over a real database and a real git repository."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.cli import kb_review
from app.clock import real_now
from app.conversations.models import Answer
from app.db import Database
from app.tables import metadata
from handbook.clustering import clusters
from handbook.comparing import Asked, changes
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult
from handbook.text import Segmenter

KB = Path(__file__).parents[2] / "kb"


def entry(entry_id: str, summary: str = "短答") -> Entry:
    return Entry(
        id=entry_id, title=entry_id, questions=(), unlike=(), keywords=(), department="住建委", category="", kind=Kind.ANSWER,
        audience="public", summary=summary, sections=(), internal_notes="", basis=(), reviewed=None, review_every=180,
        related=(),
    )  # fmt: skip


class Fixed:
    """A handbook that says what it was told to."""

    def __init__(self, **answers: tuple[Decision, Entry, float]) -> None:
        self._answers = answers

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        decision, found, score = self._answers[question]
        return SearchResult(question, decision, (Candidate(found, score),), score)

    def entry(self, entry_id: str) -> Entry | None:
        return None


def test_what_changes_for_a_question_is_named() -> None:
    a, b, edited = entry("x/a"), entry("x/b"), entry("x/a", "改过的短答")
    before = Fixed(
        same=(Decision.ANSWER, a, 0.9), words=(Decision.ANSWER, a, 0.9), moved=(Decision.ANSWER, a, 0.9),
        lost=(Decision.ANSWER, a, 0.9), weaker=(Decision.ANSWER, a, 0.9), refused=(Decision.ANSWER, b, 0.5),
    )  # fmt: skip
    after = Fixed(
        same=(Decision.ANSWER, a, 0.93), words=(Decision.ANSWER, edited, 0.9), moved=(Decision.ANSWER, b, 0.9),
        lost=(Decision.NONE, a, 0.2), weaker=(Decision.ANSWER, a, 0.7), refused=(Decision.NONE, b, 0.2),
    )  # fmt: skip
    asked = [
        Asked("same"), Asked("words"), Asked("moved", "x/b"), Asked("lost", "x/a"), Asked("weaker"), Asked("refused", None),
    ]  # fmt: skip
    found = {change.asked.question: (change.kind, change.verdict) for change in changes(before, after, asked)}
    assert found == {
        "words": ("words", ""),
        "moved": ("entry", "better"),
        "lost": ("decision", "worse"),
        "weaker": ("score", ""),
        "refused": ("decision", "better"),
    }


def test_questions_of_one_meaning_are_one_gap() -> None:
    texts = [
        "园区里能不能装光伏", "装光伏电网让接吗", "园区装光伏行吗", "员工宿舍算不算群租房", "职工宿舍是不是群租房", "冷库用氨要备案吗",
    ]  # fmt: skip
    groups = [sorted(members) for members in clusters(texts, Segmenter())]
    assert groups == [[0, 1, 2], [3, 4], [5]]
    assert clusters([], Segmenter()) == []
    assert sorted(map(len, clusters(["？？", "!!", "。"], Segmenter()))) == [1, 1, 1]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a small handbook, and a database with what was asked."""
    kb = tmp_path / "kb"
    kb.mkdir()
    shutil.copytree(KB / "registration", kb / "registration")
    shutil.copy(KB / "categories.toml", kb)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True)
    for name, value in (("KB_DIR", kb), ("DATA_DIR", tmp_path / "data"), ("DISTRICT", "ninghe")):
        monkeypatch.setenv(f"QIYING_{name}", str(value))
    (tmp_path / "data").mkdir()
    db = Database(f"sqlite:///{tmp_path}/data/qiying.db")
    metadata.create_all(db.write_engine)
    with db.transaction() as session:
        rows = (("园区能装光伏吗", "none", None), ("园区能装光伏吗", "none", None), ("光伏园区里能装吗", "none", None),
                ("个体执照几天能拿到手", "answer", False), ("合伙企业要几个人", "answer", None))  # fmt: skip
        for question, decision, is_solved in rows:
            session.add(
                Answer(
                    openid="o",
                    question=question,
                    decision=decision,
                    at=real_now() - timedelta(days=2),
                    is_solved=is_solved,
                )
            )
        session.add(
            Answer(openid="o", question="很久以前", decision="none", at=real_now() - timedelta(days=90))
        )
    db.close()
    return tmp_path


def run(*arguments: str) -> str:
    app = typer.Typer()
    kb_review.register(app)
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_gaps_counts_what_was_not_answered_or_not_solved(workplace: Path) -> None:
    report = json.loads(run("gaps", "--lexical", "--json"))
    assert [gap["count"] for gap in report["gaps"]] == [3, 1]
    first = report["gaps"][0]
    assert set(first["samples"]) == {"园区能装光伏吗", "光伏园区里能装吗"}
    second = report["gaps"][1]
    assert (second["nearest"], second["department"]) == ("registration/individual-setup", "市场监管局")
    assert "2 堆" in run("gaps", "--lexical")
    assert "没有答不上" in run("gaps", "--lexical", "--least", "9")


def test_gaps_name_nobody_and_leave_out_what_was_erased(workplace: Path) -> None:
    """PIPL 6, 47: a list that editors pass around holds no numbers."""
    db = Database(f"sqlite:///{workplace}/data/qiying.db")
    with db.transaction() as session:
        for question in ("光伏咋装，打13912345678", "", ""):
            session.add(Answer(openid="oTest", question=question, decision="none", at=real_now()))
    db.close()
    shown = run("gaps", "--lexical")
    assert "光伏咋装，打（电话）" in shown and "13912345678" not in shown
    assert "有 5 次没答上" in shown


def test_diff_shows_what_an_edit_does_to_questions(workplace: Path) -> None:
    """Labelled questions from a file and real ones from the answers, against the commit."""
    (workplace / "kb/registration/individual-setup.md").unlink()
    questions = workplace / "q.jsonl"
    questions.write_text('{"query": "办个体户执照", "topic": "registration/individual-setup"}\n', "utf-8")
    report = json.loads(run("diff", "HEAD", "--questions", str(questions), "--lexical", "--json"))
    assert report["removed"] == ["registration/individual-setup"]
    by_question = {change["query"]: change for change in report["changes"]}
    assert by_question["办个体户执照"]["verdict"] == "worse"
    assert by_question["办个体户执照"]["before"]["entry"] == "registration/individual-setup"
    assert by_question["个体执照几天能拿到手"]["source"] == "真实提问"
    assert "合伙企业要几个人" not in by_question
    assert "变差 1 句" in run("diff", "HEAD", "--questions", str(questions), "--lexical")


@pytest.mark.parametrize(
    ("revision", "says"), [("nonsense", "没有版本"), ("--output=/tmp/x", "版本号不对|No such option")]
)
def test_a_revision_that_is_none_is_refused(workplace: Path, revision: str, says: str) -> None:
    import re

    try:
        output = run("diff", "--lexical", "--", revision)
    except Exception as error:
        output = str(error)
    assert re.search(says, output)
