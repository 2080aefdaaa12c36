"""On SQLite one process writes: a lock on a file beside the database keeps a second one out.

Debian's SQLite before 3.51.3 can corrupt a WAL database that two processes write to (the WAL-reset bug),
and its lock wait is polling, so several writers only make the slowest slower.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from app.db import sqlite_path
from app.errors import ConfigurationError
from app.settings import Settings


@contextmanager
def only_one_process(settings: Settings) -> Iterator[None]:
    """Hold the lock while serving; raises ConfigurationError if another process holds it."""
    database = sqlite_path(settings.resolved_database_url)
    if database is None:
        yield
        return
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.with_suffix(".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                [
                    f"另一个进程正在使用 {database}：SQLite 只能由一个进程写。",
                    "请先停掉它；要多进程，请换 PostgreSQL（QIYING_DATABASE_URL=postgresql+psycopg://…）",
                ]
            ) from None
        yield
