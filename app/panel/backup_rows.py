"""Copies of the database in the data folder: what lies there, and making one more."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clock import SHANGHAI
from app.errors import AppError
from app.panel.deps import PanelDeps

FOLDER = "backups"
TOO_OLD = timedelta(hours=36)
PARTIAL = ".partial"


@dataclass(frozen=True)
class BackupFile:
    """One copy; `size` in bytes."""

    name: str
    size: int
    made_at: datetime


def files(data_dir: Path | None) -> list[BackupFile]:
    """The copies in the data folder, the newest first."""
    folder = data_dir / FOLDER if data_dir is not None else None
    if folder is None or not folder.is_dir():
        return []
    found = [
        BackupFile(path.name, path.stat().st_size, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink() and not path.name.endswith(PARTIAL)
    ]
    return sorted(found, key=lambda item: item.made_at, reverse=True)


def make(deps: PanelDeps, now: datetime) -> BackupFile:
    """Write one more copy; AppError where this server offers none or the disk is full."""
    if deps.make_backup is None or deps.data_dir is None:
        raise AppError("这台服务器不提供在页面上备份，请用命令 qiying db backup")
    suffix = "db" if deps.db.is_sqlite else "dump"
    target = deps.data_dir / FOLDER / f"qiying-{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        size = deps.make_backup(target)
    except OSError as error:
        raise AppError(f"备份没写成：{error.strerror}。请看磁盘还有没有空间") from None
    return BackupFile(target.name, size, now)


def is_old(last: datetime | None, now: datetime) -> bool:
    """Whether the newest copy is older than it should be, or there is none."""
    return last is None or now - last > TOO_OLD
