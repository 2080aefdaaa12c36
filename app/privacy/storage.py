"""Make the database file itself forget: freed pages and the write-ahead log still hold what rows no longer do."""

from sqlalchemy.exc import OperationalError

from app.db import Database


def forget_freed_pages(db: Database) -> bool:
    """Rewrite the SQLite file without its free pages and empty the log; False if somebody kept it busy.

    PostgreSQL's own vacuum overwrites freed rows; there is nothing to do.
    """
    if not db.is_sqlite:
        return True
    raw = db.write_engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy
    except OperationalError:
        return False
    finally:
        raw.close()
