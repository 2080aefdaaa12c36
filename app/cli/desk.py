"""What commands on the running business need: database, district rules, business moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.db import Database
    from app.tickets.values import Rules


@contextmanager
def desk() -> "Iterator[tuple[Database, Rules, datetime]]":
    """The database, the district's rules and the business moment."""
    from sqlalchemy import inspect

    from app.clock import Clock
    from app.db import Database
    from app.districts.loader import load_profile
    from app.errors import AppError
    from app.settings import Settings, signing_key
    from app.tickets.values import Rules
    from app.workdays.store import load_calendar

    settings = Settings.load()
    db = Database(settings.resolved_database_url)
    try:
        if not inspect(db.read_engine).has_table("directory_change"):
            raise AppError("数据库还没有建好：先运行 qiying db upgrade")
        with db.reading() as session:
            calendar = load_calendar(session)
        rules = Rules(load_profile(settings.district), calendar, signing_key(settings))
        yield db, rules, Clock.starting_at(settings.now).now()
    finally:
        db.close()
