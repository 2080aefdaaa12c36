"""Bring a database to the newest schema, and say whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db import Database, sqlite_path
from app.errors import AppError
from app.migrations import schema
from app.trail import guard

HERE = Path(__file__).parent
UPGRADE_LOCK = 71610001


def upgrade(db: Database) -> tuple[str | None, str]:
    """Migrate to head; returns (revision before, revision after). SQLite's file is made 0600.

    Raises AppError where a newer program made the database.
    """
    path = sqlite_path(db.url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
    before = current(db)
    if not is_known(before):
        raise AppError(newer(before))
    with db.write_engine.connect() as connection:
        if before != head():
            with _alone(connection), _unlinked(connection):
                command.upgrade(_config(connection), "head")
                connection.commit()
        guard.install(connection)
        connection.commit()
    return before, head()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """On PostgreSQL several processes may start at once: the others wait, and find the work done."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({UPGRADE_LOCK})")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({UPGRADE_LOCK})")
        connection.commit()


@contextmanager
def _unlinked(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew, which links from other tables would forbid: checked afterwards."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")  # not through SQLAlchemy: inside a transaction it does nothing
    try:
        yield
        orphans = raw.execute("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise AppError(f"升级后有 {len(orphans)} 行指向不存在的记录：请从备份恢复并联系维护人员")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def current(db: Database) -> str | None:
    """The database's revision, None for an empty one."""
    with db.write_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def demand_newest(db: Database) -> None:
    """Raise AppError where a command would meet another schema than it knows."""
    path = sqlite_path(db.url)
    if path is not None and not path.exists():
        raise AppError(f"还没有数据库 {path}：请执行 qiying db upgrade")
    if current(db) != head():
        raise AppError("数据库的表结构不是最新的：请先执行 qiying db upgrade")


def is_known(revision: str | None) -> bool:
    """Whether this program can bring such a database further; a newer program's revisions are not known."""
    script = ScriptDirectory(str(HERE))
    return revision is None or revision in {item.revision for item in script.walk_revisions()}


def newer(revision: str | None) -> str:
    """What to do about a database of a newer program."""
    return (
        f"数据库是更新的程序建的（{revision}），这个程序只认识到 {head()}："
        "请装回更新的程序；要退回就停机，移走现有的库，执行 qiying db restore 升级前的备份"
    )


def head() -> str:
    """The newest revision this program knows."""
    revision = ScriptDirectory(str(HERE)).get_current_head()
    if revision is None:
        raise LookupError("no migrations")
    return revision


def differences(db: Database) -> list[str]:
    """What the database has otherwise than the models; empty when they agree."""
    return [str(item) for item in schema.differences(db)]


def generate(db: Database, message: str, revision: str) -> None:
    """Write a new migration from the models (developers only)."""
    with db.write_engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
