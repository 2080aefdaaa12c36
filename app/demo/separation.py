"""Demo data and a district's own data never share a database (contract: demo mode has its own)."""

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app import keyvalue
from app.db import Database, sqlite_path
from app.demo.seed import DISTRICT, FIRST_DISTRICT, MARK
from app.districts.loader import load_profile
from app.settings import Settings

_OWN_TABLES = ("enterprise", "officer", "ticket", "panel_user")


def mixing_faults(settings: Settings) -> list[str]:
    """Why this database may not be served in this mode; empty where it may, or cannot be read yet.

    A demo would add made-up people and logins that everybody knows to a district's own records; a
    production process would push made-up tickets to real phones.
    """
    path = sqlite_path(settings.resolved_database_url)
    if path is not None and not path.exists():
        return []
    db = Database(settings.resolved_database_url)
    try:
        with db.reading() as session:
            is_demo, has_rows = _contents(session)
            shown = keyvalue.read(session, DISTRICT) or FIRST_DISTRICT if is_demo else ""
    except SQLAlchemyError:
        return []  # opening it for real says what is wrong
    finally:
        db.close()
    if settings.demo and has_rows and not is_demo:
        return [
            "这个数据库里是本区自己的数据，演示不能用它：请换一个 QIYING_DATA_DIR（和 QIYING_DATABASE_URL）"
        ]
    if settings.demo and is_demo and shown != load_profile(settings.district).key:
        return [
            f"这个数据库里是另一个区（{shown}）的演示：换一个 QIYING_DATA_DIR，或不设它，各区的演示就分开放"
        ]
    if not settings.demo and is_demo and settings.uses_real_platform:
        return [
            "这个数据库里是演示数据，正式服务不能用它：请换一个 QIYING_DATA_DIR（和 QIYING_DATABASE_URL）"
        ]
    return []


def _contents(session: Session) -> tuple[bool, bool]:
    """Whether the demo was seeded here, and whether there are any people or tickets."""
    tables = set(inspect(session.connection()).get_table_names())
    is_demo = "key_value" in tables and keyvalue.read(session, MARK) is not None
    has_rows = any(
        session.connection().execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608 - fixed names
        for name in _OWN_TABLES
        if name in tables
    )
    return is_demo, has_rows
