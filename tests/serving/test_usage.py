"""The command line speaks Chinese: what was mistyped and where to read how, and every word of every help page."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QIYING = "from app.cli.entry import run; run()"
ALL_PAGES = """
import sys
from importlib import metadata
from app.cli import chinese
chinese.speak()
from app.cli import help_words, main
import typer

def print_all(command, path):
    try:
        command.main([*path, "--help"], prog_name="qiying", standalone_mode=False)
    except SystemExit:
        pass
    print(chr(12))
    for name in getattr(PLACES.get(path), "commands", {}):
        print_all(command, (*path, name))

def places(command, path):
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from places(child, (*path, name))

qiying = typer.main.get_command(main.app)
help_words.translate(qiying)
PLACES = dict(places(qiying, ()))
print_all(qiying, ())
"""
THEIR_WORDS = re.compile(
    r"Usage|Options|Arguments|Commands|OPTIONS|ARGS|COMMAND|Error|Try |Show this|Aborted"
    r"|\b(required|default|env var|deprecated|dynamic|bool|str|int|float|path|range|list\[|datetime)\b"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, env=environment | {"COLUMNS": "240", "LANG": "en_US.UTF-8"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "officers"], "还缺「文件」"),
        (["import", "officers", "a.csv", "b.csv"], "多写了：b.csv"),
        (["tickets", "chase", "20261120-0042", "--note", "x"], "还缺 --by"),
        (["serve", "--port", "x"], "--port 的值不对：应是整数，0<=x<=65535"),
        (["serve", "--port"], "选项 --port 后面要写上值"),
        (["doctor", "--json=1"], "选项 --json 后面不带值"),
        (["audit", "export", "f.csv", "--since", "昨天"], "--since 的值不对：应是年-月-日"),
        (["kb", "ask", "--colour", "x"], "没有这个选项：--colour"),
        (["nonsense"], "没有命令 'nonsense'"),
    ],
)
def test_a_mistyped_command_is_explained(arguments: list[str], said: str) -> None:
    done = run(QIYING, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(word in done.stderr for word in ("Missing", "Invalid", "Error", "Input", "Got", "Option"))


def test_every_word_of_every_help_page_is_ours() -> None:
    """The whole tree: titles, usage lines, kinds of value, marks, and a sentence for each command."""
    done = run(ALL_PAGES)
    assert done.returncode == 0, done.stderr
    pages = [page for page in done.stdout.split(chr(12)) if page.strip()]
    assert len(pages) > 100
    for page in pages:
        usage = page.strip().splitlines()[0]
        assert usage.startswith("用法：qiying"), page
        assert all(CHINESE.search(name) for name in re.findall(r"[{\[](.+?)[}\]]", usage)), usage
        assert "显示这份说明" in page
        inside = re.sub(r"--?[a-z][\w-]*", "", page)
        assert not THEIR_WORDS.search(inside), (THEIR_WORDS.search(inside), page)
        first = page.strip().splitlines()[2]
        assert CHINESE.search(first), f"no sentence says what it does: {page}"


def test_a_group_without_a_command_shows_the_same_page() -> None:
    done = run(QIYING, "calendar")
    assert done.returncode == 2
    assert "显示这份说明" in done.stdout
    assert not THEIR_WORDS.search(done.stdout)


def test_it_says_its_version() -> None:
    """A fault is reported with it."""
    done = run(QIYING, "--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"qiying {metadata.version('qiying')}")


@pytest.mark.parametrize(
    ("encoding", "read_as"), [("ascii", "utf-8"), ("iso-8859-1", "utf-8"), ("gbk", "gbk"), ("utf-8", "utf-8")]
)
def test_every_terminal_is_spoken_to(encoding: str, read_as: str) -> None:
    """One without Chinese letters gets UTF-8; one that lacks only ✗ gets something like it. No traceback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    environment = kept | {"PYTHONIOENCODING": encoding, "QIYING_NOW": "yesterday", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", QIYING, "doctor"], capture_output=True, check=False, env=environment, cwd=ROOT
    )
    assert done.returncode == 1
    assert done.stdout.decode(read_as).startswith(("✗ 设置：QIYING_NOW", "× 设置：QIYING_NOW"))
    assert done.stderr == b""
