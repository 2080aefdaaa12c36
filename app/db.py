"""Engines and the one transaction function.

SQLAlchemy's SQLite defaults lose updates (no BEGIN before a read) and its lock wait is polling, so on
SQLite one process writes through one connection that begins IMMEDIATE; readers have their own pool.
Services never commit: `Database.transaction()` is opened by the webhook, the panel and the worker only.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import DateTime, Dialect, Engine, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

BUSY_TIMEOUT_MS = 10_000
READ_CACHE_KIB = 16_384  # SQLite's own 2 MiB are less than one search of a large district looks at
# A statement that hangs, or a process that died inside a transaction, must not hold others' rows for ever. Compiling a
# statement to machine code (jit) takes 40 ms, and none of the panel's is worth it.
POSTGRES_OPTIONS = (
    "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=10000 -c jit=off"
)

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in Python, naive UTC in the database: the same on SQLite and PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values: they hide a time zone mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Database:
    """A write engine and a read engine over one URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.write_engine = _sqlite_engine(url, read_only=False)
            _one_writing_process(self.write_engine, sqlite_path(url))
            self.read_engine = _sqlite_engine(url, read_only=True)
        else:
            self.write_engine = create_engine(
                url,
                pool_pre_ping=True,
                pool_size=8,
                max_overflow=0,
                connect_args={"options": POSTGRES_OPTIONS},
            )
            event.listen(self.write_engine, "before_cursor_execute", _without_zeros, retval=True)
            self.read_engine = self.write_engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write transaction: commits on leaving, rolls back on any exception."""
        with Session(self.write_engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent read; writing through it fails on SQLite."""
        with Session(self.read_engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give every connection back."""
        self.write_engine.dispose()
        if self.read_engine is not self.write_engine:
            self.read_engine.dispose()


def lost_a_race(error: BaseException) -> bool:
    """Whether PostgreSQL gave this transaction up for the sake of another one: the whole of it may be tried again."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlstate", None) in (SERIALIZATION_FAILURE, DEADLOCK)


def put(session: Session, row: SQLModel) -> None:
    """Insert a row, or write it over the one that has its key, in one statement.

    `Session.merge` looks first and inserts then: on PostgreSQL two processes that both found nothing collide.
    """
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    keys = [column.name for column in table.primary_key]
    statement = insert(type(row)).values(row.model_dump())
    others = {name: statement.excluded[name] for name in row.model_dump() if name not in keys}
    written = statement.on_conflict_do_update(index_elements=keys, set_=others).returning(type(row))
    session.scalars(written, execution_options={"populate_existing": True}).one()


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, or None for another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _without_zeros(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """PostgreSQL refuses a zero byte in a text; from whichever door it came, nobody can read it anyway."""
    rows = parameters if isinstance(parameters, list) else [parameters]
    if any(isinstance(value, str) and "\x00" in value for row in rows for value in _values(row)):
        rows = [
            {
                name: value.replace("\x00", "") if isinstance(value, str) else value
                for name, value in row.items()
            }
            for row in rows
        ]
        parameters = rows if isinstance(parameters, list) else rows[0]
    return statement, parameters


def _one_writing_process(engine: Engine, database: Path | None) -> None:
    """Let one process at a time write to this file; another one waits as it would for the database itself.

    SQLite before 3.51.3 can lose a commit where two processes write and one of them starts the log anew.
    The kernel gives the lock back when a process dies.
    """
    if database is None:
        return
    held: list[IO[bytes]] = []

    @event.listens_for(engine, "begin", insert=True)  # before BEGIN IMMEDIATE
    def take(_connection: Any) -> None:
        if not held:
            held.append(_locked(database.with_name(f"{database.name}.writing")))

    @event.listens_for(engine, "checkin")
    def give_back(_connection: Any, _record: Any) -> None:
        while held:
            held.pop().close()


def _locked(path: Path) -> IO[bytes]:
    """The file, open and locked; OperationalError like SQLite's own when it stays taken."""
    file = open(path, "ab", opener=_private)  # noqa: SIM115 - closed by whoever lets go
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                cause = sqlite3.OperationalError("database is locked")
                raise OperationalError("BEGIN IMMEDIATE", None, cause) from None
            time.sleep(0.005)
        else:
            return file


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _values(row: Any) -> Iterable[Any]:
    return row.values() if isinstance(row, dict) else ()


def _sqlite_engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=4 if read_only else 1,
        max_overflow=0,
        pool_timeout=30,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
            cursor.execute(f"PRAGMA cache_size=-{READ_CACHE_KIB}")
        cursor.close()

    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
