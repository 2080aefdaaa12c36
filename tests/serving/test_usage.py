"""Whoever mistypes a command is told in Chinese what is wrong and where to read how."""

import os
import subprocess
import sys

import pytest


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from app.cli.entry import run; run()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "officers"], "还缺 'file'"),
        (["serve", "--port", "x"], "的值不对"),
        (["kb", "ask", "--colour", "x"], "没有这个选项：--colour"),
        (["nonsense"], "没有命令 'nonsense'"),
    ],
)
def test_a_mistyped_command_is_explained(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(word in done.stderr for word in ("Missing", "Invalid", "Error", "Input"))


def test_help_is_in_chinese_everywhere() -> None:
    done = run("kb", "check", "--help")
    assert done.returncode == 0
    assert "显示这份说明" in done.stdout
    assert "Show this message" not in done.stdout
