"""A fact that several processes write for the first time at once is there once, and nobody stumbles; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from app import keyvalue
from app.db import Database

WRITERS = 6
ROUNDS = 8


def test_writers_who_all_find_nothing_do_not_collide(database: Database) -> None:
    barrier = Barrier(WRITERS)

    def write(number: int) -> None:
        for turn in range(ROUNDS):
            barrier.wait()
            with database.transaction() as session:
                keyvalue.write(session, f"turn-{turn}", str(number))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with database.reading() as session:
        assert all(
            keyvalue.read(session, f"turn-{turn}") in map(str, range(WRITERS)) for turn in range(ROUNDS)
        )


def test_what_was_read_before_shows_the_new_value(database: Database) -> None:
    """The row that the session holds is the row that was written."""
    with database.transaction() as session:
        keyvalue.write(session, "fact", "old")
        assert keyvalue.read(session, "fact") == "old"
        keyvalue.write(session, "fact", "new")
        assert keyvalue.read(session, "fact") == "new"
