"""Is the database whole: reachable, at the right revision, every table and column there, and (SQLite) undamaged."""

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from app.db import Database, sqlite_path
from app.directory import serving
from app.migrations import runner, schema
from app.trail.verify import verify


def examine(db: Database) -> list[str]:
    """Every fault with what to do; empty when all is well."""
    path = sqlite_path(db.url)
    if path is not None and not path.exists():
        return [f"还没有数据库 {path}：请执行 qiying db upgrade"]
    try:
        return _faults(db)
    except OperationalError as error:
        if path is not None:
            return [
                f"数据库文件读写不了（{type(error).__name__}）：请检查属主、权限和磁盘；别的程序正占着就过一会儿再试"
            ]
        return [f"连不上数据库（{type(error).__name__}）：请检查 QIYING_DATABASE_URL 与数据库服务"]
    except DatabaseError as error:
        return [f"数据库文件损坏，或者不是数据库（{type(error).__name__}）：请停机并从最近的备份恢复"]


def _faults(db: Database) -> list[str]:
    revision = runner.current(db)
    if not runner.is_known(revision):
        return [runner.newer(revision)]
    if revision != runner.head():
        return [f"表结构是 {revision or '空的'}，程序需要 {runner.head()}：请执行 qiying db upgrade"]
    damage = _sqlite_faults(db) if db.is_sqlite else []
    if missing := schema.faults(db):  # rows that a query cannot reach are not looked at
        return [*damage, *missing]
    return [*damage, *_audit_faults(db), *_serving_faults(db)]


def _serving_faults(db: Database) -> list[str]:
    with db.reading() as session:
        count = serving.drift(session)
    if not count:
        return []
    return [f"有 {count} 户企业的服务人员和分派记录不一致：请执行 qiying directory repair"]


def _audit_faults(db: Database) -> list[str]:
    with db.reading() as session:
        verdict = verify(session)
    return (
        [f"操作记录被动过：{verdict.fault}。请运行 qiying audit verify 并保留现场"] if verdict.fault else []
    )


def _sqlite_faults(db: Database) -> list[str]:
    with db.reading() as session:
        verdict = session.connection().execute(text("PRAGMA integrity_check")).scalars().all()
        orphans = session.connection().execute(text("PRAGMA foreign_key_check")).all()
    faults = [] if verdict == ["ok"] else [f"数据库文件损坏：{verdict[0]}。请停机并从最近的备份恢复"]
    if orphans:
        faults.append(f"有 {len(orphans)} 行指向不存在的记录：请联系维护人员")
    return faults
