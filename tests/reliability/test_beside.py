"""Commands that write while `serve` answers, on SQLite: both wait for each other, nobody is refused or forgotten."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from app import db as databases
from app.cli import main
from app.cli.faults import BUSY
from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.directory.models import Area, Department
from app.integrity import examine
from app.migrations import runner
from app.tickets.models import Ticket

AREAS = 400
ANSWERED_WITHIN_S = 5.0
WORDS = "厂里着火了"


def command(server: Any, *words: str) -> subprocess.CompletedProcess[str]:
    """One command of the operator's, in the server's environment."""
    code = "from app.cli.entry import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, *words], env=server.environment, cwd=server.root, text=True,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def test_commands_write_beside_a_serving_process(
    platform: StandIn, new_server: Callable[..., Any], small_handbook: Callable[[Path], Any], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/qiying.db"
    database = Database(url)
    runner.upgrade(database)
    with database.transaction() as session:
        session.add(Department(name="测试局", office_phone="022-00000001"))
    server = new_server(url, QIYING_KB_DIR=str(small_handbook(tmp_path / "shipped").kb_dir))
    server.start()
    roster = tmp_path / "areas.csv"
    rows = "".join(f"T{number:04d},测试片区{number},一级片区\n" for number in range(AREAS))
    roster.write_text("编码,名称,类型\n" + rows, "utf-8")
    is_over, told, slowest = threading.Event(), [], 0.0

    def operator() -> None:
        """Imports, dispatches what came in meanwhile, imports again."""
        told.append(command(server, "import", "areas", str(roster), "--apply", "--yes"))
        with database.reading() as session:
            number = session.exec(select(Ticket.number)).first() or ""
        told.append(command(server, "tickets", "dispatch", number, "--to", "测试局", "--by", "测试员"))
        roster.write_text("编码,名称,类型\n" + rows.replace("测试", "示例"), "utf-8")
        told.append(command(server, "import", "areas", str(roster), "--apply", "--yes"))
        is_over.set()

    operating = threading.Thread(target=operator)
    operating.start()
    sent = []
    while not is_over.is_set():
        began = time.monotonic()
        sent.append(platform.user(f"oBeside{len(sent):04d}").send_text(WORDS))
        slowest = max(slowest, time.monotonic() - began)
    operating.join()
    server.stop()
    print(f"{len(sent)} messages beside 3 commands, slowest answer {slowest:.2f} s")
    assert [(done.returncode, done.stderr) for done in told if done.returncode] == []
    assert [one.verdict for one in sent if one.verdict != "shown"] == []
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Ticket)).one() == len(sent)
        assert session.exec(select(func.count()).select_from(Area)).one() == AREAS
        assert session.exec(select(Ticket.id).where(Ticket.holder_kind == "department")).all()
    assert examine(database) == []
    database.close()
    assert slowest < ANSWERED_WITHIN_S
    assert "locked" not in (tmp_path / "data" / "serve.log").read_text("utf-8")


def test_a_command_that_never_gets_its_turn_says_so_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/qiying.db"
    database = Database(url)
    runner.upgrade(database)
    database.close()
    roster = tmp_path / "areas.csv"
    roster.write_text("编码,名称,类型\nT1,测试片区,一级片区\n", "utf-8")
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 200)
    for name in [name for name in os.environ if name.startswith("QIYING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QIYING_ENV_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("QIYING_DATABASE_URL", url)
    monkeypatch.setenv("QIYING_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["qiying", "import", "areas", str(roster), "--apply", "--yes"])
    other = sqlite3.connect(tmp_path / "qiying.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SystemExit) as ended:
        main.run()
    other.execute("ROLLBACK")
    assert ended.value.code == 1
    assert BUSY in capsys.readouterr().err
    assert other.execute("SELECT count(*) FROM area").fetchone() == (0,)
    other.close()


def test_writing_processes_take_turns_outside_the_database_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old SQLite may lose a commit where two processes write: the file lock keeps the second one out altogether."""
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 50)
    database = Database(f"sqlite:///{tmp_path}/qiying.db")
    runner.upgrade(database)
    with (tmp_path / "qiying.db.writing").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OperationalError, match="database is locked"), database.transaction() as session:
            session.add(Department(name="测试局", office_phone="022-00000001"))
    with database.transaction() as session:
        assert session.exec(select(func.count()).select_from(Department)).one() == 0
    with (tmp_path / "qiying.db.writing").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    database.close()
