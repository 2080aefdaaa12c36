"""A consistent copy of the database while it serves, and the way back.

SQLite: `VACUUM INTO` (stepwise copying never ends while somebody writes). PostgreSQL: its own pg_dump and
pg_restore, because only they know its dependencies.
"""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, sqlite_path
from app.errors import AppError


def backup(db: Database, target: Path) -> int:
    """Write the copy (mode 0600) and check it; its size in bytes. Refuses to overwrite."""
    if target.exists():
        raise AppError(f"{target} 已存在：换个文件名，旧备份不会被覆盖")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    if db.is_sqlite:
        _copy_sqlite(db, partial)
    else:
        _run_tool(["pg_dump", "--format=custom", f"--file={partial}", _libpq_url(db.url)])
    partial.chmod(0o600)
    _sync(partial)
    partial.rename(target)
    return target.stat().st_size


def restore(url: str, source: Path) -> None:
    """Bring a copy back into an empty place; the caller migrates afterwards. Refuses to overwrite data."""
    if not source.is_file():
        raise AppError(f"没有这个备份文件：{source}")
    path = sqlite_path(url)
    if path is None:
        _run_tool(["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_libpq_url(url)}", str(source)])
        return
    if path.exists() and path.stat().st_size > 0:
        raise AppError(f"{path} 里已有数据：请先停机并把它移走，再恢复")
    _check_copy(source)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".partial")
    shutil.copyfile(source, partial)
    partial.chmod(0o600)
    _sync(partial)
    for leftover in ("-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    partial.rename(path)


def _copy_sqlite(db: Database, target: Path) -> None:
    with db.read_engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 - a connected engine
        raw.execute("PRAGMA query_only=OFF")
        try:
            raw.execute("VACUUM INTO ?", (str(target),))
        finally:
            raw.execute("PRAGMA query_only=ON")
    _check_copy(target)


def _check_copy(path: Path) -> None:
    copy = Database(f"sqlite:///{path}")
    try:
        with copy.read_engine.connect() as connection:
            verdict = connection.execute(text("PRAGMA integrity_check")).scalar()
    except SQLAlchemyError as error:
        verdict = type(error).__name__
    finally:
        copy.close()
    if verdict != "ok":
        raise AppError(f"备份文件 {path} 不完整：{verdict}")


def _run_tool(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        raise AppError(f"没有找到 {command[0]}：请安装 PostgreSQL 客户端")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed programs
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["没有说明原因"]
        raise AppError(f"{command[0]} 失败：{last[0]}")


def _libpq_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
