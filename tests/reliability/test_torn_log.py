"""A power cut in the middle of the write-ahead log: what was committed before it is there, nothing is torn (test 11)."""

import random
import shutil
import sqlite3
from pathlib import Path

from app.db import Database
from app.migrations import runner

ROWS = 150
IMAGES = {"quick": 60, "chaos": 1000}


def test_every_cut_of_the_log_is_a_prefix(tmp_path: Path, is_chaos: bool) -> None:
    """The log is cut at any byte, or ends in garbage: the rows are 1..n, n never below the last whole commit."""
    database = Database(f"sqlite:///{tmp_path}/live.db")
    runner.upgrade(database)
    live, log = tmp_path / "live.db", tmp_path / "live.db-wal"
    ends: list[int] = []
    with database.write_engine.connect() as keeper:  # an open connection keeps the log from being folded in
        keeper.connection.dbapi_connection.execute("PRAGMA wal_autocheckpoint=0")
        keeper.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(1, ROWS + 1):
            keeper.exec_driver_sql("INSERT INTO counter (name, value) VALUES (?, ?)", (f"n{number}", number))
            keeper.commit()
            ends.append(log.stat().st_size)
        chance = random.Random(11)
        for number in range(IMAGES["chaos" if is_chaos else "quick"]):
            cut = chance.randrange(ends[-1] + 1)
            image = tmp_path / "image.db"
            shutil.copy(live, image)
            torn = log.read_bytes()[:cut]
            if number % 3 == 0:
                torn += chance.randbytes(chance.randrange(1, 9000))
            (tmp_path / "image.db-wal").write_bytes(torn)
            (tmp_path / "image.db-shm").unlink(missing_ok=True)
            with sqlite3.connect(image) as opened:
                assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                found = [row[0] for row in opened.execute("SELECT value FROM counter ORDER BY value")]
            opened.close()
            whole = sum(end <= cut for end in ends)
            assert found == list(range(1, len(found) + 1)), "not a prefix"
            assert len(found) >= whole, f"{whole} commits were in the log, {len(found)} came back"


def test_every_connection_waits_for_the_disk(tmp_path: Path) -> None:
    """`success` is said after the commit: without FULL the last ones could vanish in a power cut."""
    database = Database(f"sqlite:///{tmp_path}/t.db")
    for engine in (database.write_engine, database.read_engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
