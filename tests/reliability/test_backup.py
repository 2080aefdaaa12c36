"""A backup under load holds everything acknowledged before it, and comes back (reliability test 12)."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import func, select

from app.audit import AuditRow, record
from app.backup import backup, restore
from app.db import Database
from app.errors import AppError
from app.integrity import examine
from app.migrations import runner

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/live.db")
    runner.upgrade(database)
    return database


def write(db: Database, count: int) -> None:
    for number in range(count):
        with db.transaction() as session:
            record(session, at=NOW, actor_kind="system", actor="t", action="t", target=str(number))


def rows(db: Database) -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(AuditRow)).one()


def test_a_backup_under_load_comes_back_whole(db: Database, tmp_path: Path) -> None:
    write(db, 50)
    writer = threading.Thread(target=write, args=(db, 300))
    writer.start()
    copy = tmp_path / "copies" / "a.db"
    assert backup(db, copy) > 0
    writer.join()
    assert copy.stat().st_mode & 0o777 == 0o600
    url = f"sqlite:///{tmp_path}/elsewhere/back.db"
    restore(url, copy)
    back = Database(url)
    assert 50 <= rows(back) <= 350
    assert examine(back) == []


def test_nothing_is_overwritten(db: Database, tmp_path: Path) -> None:
    copy = tmp_path / "a.db"
    backup(db, copy)
    with pytest.raises(AppError, match="已存在"):
        backup(db, copy)
    with pytest.raises(AppError, match="已有数据"):
        restore(db.url, copy)


def test_a_damaged_copy_is_refused(db: Database, tmp_path: Path) -> None:
    write(db, 200)
    copy = tmp_path / "a.db"
    backup(db, copy)
    content = bytearray(copy.read_bytes())
    content[8192:12288] = b"\x00" * 4096
    copy.write_bytes(content)
    with pytest.raises(AppError, match="不完整"):
        restore(f"sqlite:///{tmp_path}/b.db", copy)


def test_examine_says_what_to_do(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    assert "qiying db upgrade" in examine(empty)[0]
