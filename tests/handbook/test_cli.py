"""`qiying kb …` as an editor and as a script would use it: real process, real files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(kb: Path, tmp_path: Path):  # type: ignore[no-untyped-def]  # a callable fixture
    """The command in a process of its own, over the small handbook."""

    def call(*arguments: str, code: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
        environment |= {
            "QIYING_KB_DIR": str(kb), "QIYING_DATA_DIR": str(tmp_path / "data"), "QIYING_NOW": "2026-11-21T10:00:00+08:00",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", "from app.cli.main import run; run()", "kb", *arguments],
            capture_output=True, text=True, cwd=ROOT, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr

    return call


def test_check_is_quiet_about_a_good_handbook(run) -> None:  # type: ignore[no-untyped-def]
    assert "0 处问题" in run("check")


def test_check_says_file_line_fault_and_advice_and_exits_1(run, kb: Path) -> None:  # type: ignore[no-untyped-def]
    file = kb / "permit/kiln.md"
    file.write_text(file.read_text("utf-8").replace("kind: answer", "kind: reply"), "utf-8")
    said = run("check", code=1)
    number = file.read_text("utf-8").split("\n").index("kind: reply") + 1
    assert f"kiln.md:{number}: kind 不能是 reply → 只能是：answer" in said
    assert "0 处问题" in run("check", str(kb / "permit/truck.md"))
    rows = json.loads(run("check", "--json", code=1).strip())
    assert rows[0]["line"] == number


def test_check_names_a_district_that_there_is_none_of(run, kb: Path) -> None:  # type: ignore[no-untyped-def]
    """A slip of the pen would hide the entry, or its section, from everybody."""
    file = kb / "permit/kiln.md"
    good = file.read_text("utf-8").replace("keywords:", "districts: [ninghe]\nkeywords:")
    file.write_text(good + "\n## 办理渠道 @ninghe\n去宁河大厅。\n", "utf-8")
    assert "0 处问题" in run("check")
    file.write_text(good.replace("[ninghe]", "[nighe]") + "\n## 办理渠道 @mars\n去大厅。\n", "utf-8")
    said = run("check", code=1)
    assert "没有名叫「nighe」的区 → 是不是 ninghe？" in said
    assert "没有名叫「mars」的区" in said


def test_new_writes_a_file_from_the_template_once(run, kb: Path) -> None:  # type: ignore[no-untyped-def]
    (kb / "_template.md").write_text((ROOT / "kb/_template.md").read_text("utf-8"), "utf-8")
    run("new", "permit/ferry", "--title", 'X: "渡口" #怎么办')
    text = (kb / "permit/ferry.md").read_text("utf-8")
    assert "category: 行政许可" in text
    assert "reviewed: 2026-11-21" in text
    assert "已经有了" in run("new", "permit/ferry", "--title", "再来", code=1)
    assert "没有这个类目" in run("new", "nowhere/ferry", "--title", "甲", code=1)
    assert "编号要写成" in run("new", "../../etc/x", "--title", "甲", code=1)


def test_stale_lists_what_is_due(run, kb: Path) -> None:  # type: ignore[no-untyped-def]
    assert "没有到期" in run("stale")
    file = kb / "permit/kiln.md"
    file.write_text(file.read_text("utf-8").replace("reviewed: 2026-11-20", "reviewed: 2026-01-01"), "utf-8")
    assert json.loads(run("stale", "--json")) == [{"id": "permit/kiln", "due": "2026-06-30"}]


def test_answer_writes_the_agreed_shape(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """contract.md, Command line: `kb answer`."""
    asked, answered = tmp_path / "q.jsonl", tmp_path / "out/a.jsonl"
    asked.write_text('{"query": "面包店怎么办证", "x": 1}\n{"query": ""}\n', "utf-8")
    run("answer", "--input", str(asked), "--output", str(answered))
    rows = [json.loads(line) for line in answered.read_text("utf-8").splitlines()]
    assert [list(row) for row in rows] == [["query", "decision", "entries", "ms"]] * 2
    assert rows[0]["entries"][0]["id"] == "permit/bakery"
    assert list(rows[0]["entries"][0]) == ["id", "score"]
    assert len(rows[0]["entries"]) <= 5
    assert rows[1] == {"query": "", "decision": "none", "entries": [], "ms": rows[1]["ms"]}


def test_answer_refuses_a_broken_file_with_its_line(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    asked = tmp_path / "q.jsonl"
    asked.write_text('{"query": "甲"}\n{"question": "乙"}\n', "utf-8")
    assert "q.jsonl:2" in run("answer", "--input", str(asked), "--output", str(tmp_path / "a"), code=1)


def test_build_ask_and_eval_work_together(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first, again = json.loads(run("build", "--json")), json.loads(run("build", "--json"))
    assert first["encoded"] > 0
    assert again["encoded"] == 0
    assert again["reused"] == first["encoded"]
    asked = json.loads(run("ask", "--json", "面包店怎么办证"))
    assert asked["decision"] == "answer"
    assert asked["entries"][0]["why"]
    questions = tmp_path / "q.jsonl"
    questions.write_text(
        '{"query": "面包店怎么办证", "topic": "permit/bakery", "also": [], "style": "a"}\n'
        '{"query": "火箭发射许可", "topic": null, "kind": "near"}\n',
        "utf-8",
    )
    report = json.loads(run("eval", "--json", str(questions)))
    assert report["hit1"] == 1.0
    assert (report["answerable"], report["unanswerable"]) == (1, 1)
    assert "首位命中" in run("eval", str(questions))


def test_an_empty_handbook_says_what_to_do(run, kb: Path) -> None:  # type: ignore[no-untyped-def]
    for file in kb.glob("permit/*.md"):
        file.unlink()
    assert "QIYING_KB_DIR" in run("ask", "甲", code=1)
