"""A right version number proves nothing: tables, columns and indexes are looked at, and what is missing is named.

Through the real commands, on a database as an upgrade leaves it and then damaged by hand.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.integrity import examine
from app.migrations import runner

ROOT = Path(__file__).resolve().parents[2]
QIYING = ("-c", "from app.cli.entry import run; run()")
MAKE_RUN = ("-m", "app.cli.run")
CREDENTIALS = {
    "QIYING_WECHAT_APP_ID": "wx0000000000000000",
    "QIYING_WECHAT_APP_SECRET": "s" * 32,
    "QIYING_WECHAT_TOKEN": "token",
    "QIYING_WECHAT_ENCODING_AES_KEY": "a" * 43,
    "QIYING_WECHAT_API_BASE_URL": "http://127.0.0.1:9",
}
NO_NEW_OFFICERS = "CREATE TRIGGER t BEFORE INSERT ON officer BEGIN SELECT RAISE(ABORT, 'no'); END"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the upgrade leaves it."""
    path = tmp_path_factory.mktemp("whole") / "qiying.db"
    database = Database(f"sqlite:///{path}")
    runner.upgrade(database)
    database.close()
    return path


@pytest.fixture
def damaged(whole: Path, tmp_path: Path) -> Callable[..., None]:
    """Runs statements on a copy in the data folder of the commands."""

    def damage(*statements: str) -> None:
        shutil.copy(whole, tmp_path / "qiying.db")
        connection = sqlite3.connect(tmp_path / "qiying.db")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return damage


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    folders = {"QIYING_DATA_DIR": str(tmp_path), "QIYING_KB_DIR": str(ROOT / "kb"), "PYTHONPATH": str(ROOT)}

    def done(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**kept, **folders, **settings}
        return subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return done


def test_a_missing_table_and_column_are_named_with_the_way_back(damaged: Any, run: Any) -> None:
    damaged("DROP TABLE outside_order", "ALTER TABLE officer DROP COLUMN public_phone")
    done = run(*QIYING, "db", "check", "--json")
    assert done.returncode == 1
    (fault,) = json.loads(done.stdout)["faults"]
    assert "缺表 outside_order" in fault
    assert "表 officer 缺列 public_phone" in fault
    assert "qiying db restore" in fault
    upgraded = run(*QIYING, "db", "upgrade")
    assert upgraded.returncode == 1, (
        "an upgrade must not call it newest, nor make an empty table of lost rows"
    )
    assert "缺表 outside_order" in upgraded.stderr


def test_a_missing_index_is_made_by_the_upgrade(damaged: Any, run: Any) -> None:
    """A further table of the operator's own is nobody's business."""
    damaged("DROP INDEX ix_ticket_status", "CREATE TABLE own_notes (id INTEGER)")
    done = run(*QIYING, "db", "check")
    assert done.returncode == 1
    assert "表 ticket 缺索引 ix_ticket_status" in done.stdout
    assert "qiying db upgrade" in done.stdout
    upgraded = run(*QIYING, "db", "upgrade")
    assert "补上索引 ix_ticket_status" in upgraded.stdout
    done = run(*QIYING, "db", "check")
    assert (done.returncode, done.stdout.strip()) == (0, "数据库正常")


def test_a_database_of_a_newer_program_is_not_sent_to_upgrade(damaged: Any, run: Any, tmp_path: Path) -> None:
    damaged("UPDATE alembic_version SET version_num = '9999'")
    (fault,) = examine(Database(f"sqlite:///{tmp_path}/qiying.db"))
    assert "更新的程序建的（9999）" in fault
    assert run(*QIYING, "db", "upgrade").stderr.strip() == fault


def test_a_damaged_file_is_called_damaged(damaged: Any, tmp_path: Path) -> None:
    """By whatever looks first, and never «unreachable»."""
    damaged()
    file = tmp_path / "qiying.db"
    content = file.read_bytes()
    for spoilt in (b"\x00\xff" * 5000, content[:4096] + b"\xff" * 40_960 + content[45_056:]):
        file.write_bytes(spoilt)
        database = Database(f"sqlite:///{file}")
        (fault,) = examine(database)
        database.close()
        assert "损坏" in fault and "从最近的备份恢复" in fault


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        ((*QIYING, "serve", "--port", "0"), {"QIYING_DEMO": "1"}),
        ((*QIYING, "worker"), CREDENTIALS),
        ((*MAKE_RUN, "--port", "0"), {}),
    ],
    ids=["serve", "worker", "make run"],
)
def test_a_start_on_half_a_schema_says_why(
    damaged: Any, run: Any, command: tuple[str, ...], settings: dict[str, str]
) -> None:
    """In one line and in one log event; it used to be a log line without a text."""
    damaged("ALTER TABLE officer DROP COLUMN public_phone")
    said, event = refusal(run(*command, QIYING_DATA_DIR=".", **settings))
    assert "表 officer 缺列 public_phone" in said
    assert "qiying db restore" in said
    assert event["reason"] == said


def test_a_start_that_fails_over_something_unforeseen_says_where(
    damaged: Any, run: Any, tmp_path: Path
) -> None:
    """While the demo is filled, that is inside the web server's own start, which tells nobody the reason."""
    damaged(NO_NEW_OFFICERS)
    (tmp_path / "kb").mkdir()
    said, event = refusal(
        run(*QIYING, "serve", "--port", "0", QIYING_DEMO="1", QIYING_KB_DIR=str(tmp_path / "kb"))
    )
    assert "IntegrityError" in said
    assert "qiying doctor" in said
    assert event["error"] == "IntegrityError"
    assert event["where"].startswith("seed"), "the place in this program, not in a library"


def refusal(done: subprocess.CompletedProcess[str]) -> tuple[str, dict[str, Any]]:
    """The line for the operator and the one log event of a start that failed."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    *logged, said = done.stderr.strip().splitlines()
    events = [json.loads(line) for line in logged]
    assert [item["event"] for item in events] == ["start_failed"]
    return said, events[0]
