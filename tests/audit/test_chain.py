"""The audit trail: append-only, chained, every tampering found (reliability 24; GB/T 22239 8.1.4.3)."""

# ruff: noqa: S608 - the tampering is SQL made of constants

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from app import audit
from app.audit import AuditHead, AuditRow
from app.db import Database
from app.migrations import runner
from app.trail import guard
from app.trail.verify import Verdict, verify

ROWS = 8
Act = Callable[..., None]


def judged(database: Database, known: tuple[int, str] | None = None) -> Verdict:
    with database.reading() as session:
        return verify(session, known=known)


def unguarded(database: Database) -> None:
    """What somebody with the database's password would do first."""
    with database.write_engine.begin() as connection:
        for name in guard.TRIGGERS:
            table = "audit_head" if "head" in name else "audit"
            on = "" if database.is_sqlite else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER {name}{on}"))


def test_rows_form_one_chain(database: Database, act: Act) -> None:
    for number in range(ROWS):
        act(number)
    with database.reading() as session:
        rows = session.exec(select(AuditRow).order_by(col(AuditRow.position))).all()
        head = session.get_one(AuditHead, 1)
    assert [row.position for row in rows] == list(range(1, ROWS + 1))
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert rows[0].previous_hash == audit.GENESIS
    assert (head.position, head.hash) == (ROWS, rows[-1].hash)
    assert judged(database) == Verdict(ROWS, rows[-1].hash)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = '别人'",
        "UPDATE audit SET hash = ''",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE position = 2",
        "UPDATE audit_head SET position = 1",
        "UPDATE audit_head SET hash = 'x'",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_refuses_to_change_a_row(database: Database, act: Act, statement: str) -> None:
    for number in range(3):
        act(number)
    with pytest.raises(DatabaseError, match=guard.MESSAGE), database.write_engine.begin() as connection:
        connection.execute(text(statement))
    assert judged(database).fault == ""


def test_nor_can_a_row_be_replaced_or_the_table_emptied(database: Database, act: Act) -> None:
    act(1)
    statement = (
        "INSERT OR REPLACE INTO audit SELECT * FROM audit" if database.is_sqlite else "TRUNCATE TABLE audit"
    )
    with pytest.raises(DatabaseError, match=guard.MESSAGE), database.write_engine.begin() as connection:
        connection.execute(text(statement))


def _insert(connection: Connection, position: str) -> None:
    connection.execute(
        text(
            "INSERT INTO audit (id, at, actor_kind, actor, action, object, detail, address, succeeded, position,"
            " previous_hash, hash) SELECT 900, at, actor_kind, actor, action, object, detail, address, succeeded, "
            f"{position}, previous_hash, hash FROM audit WHERE id = 4"
        )
    )


TAMPERINGS = [
    *(
        (f"changed {column} of row {row}", [f"UPDATE audit SET {column} = {value} WHERE id = {row}"])
        for row in (1, 4, ROWS)
        for column, value in (
            ("actor", "'别人'"),
            ("actor_kind", "'officer'"),
            ("action", "'x'"),
            ("object", "'y'"),
            ("address", "'10.0.0.9'"),
            ("succeeded", "NOT succeeded"),
            ("at", "'2020-01-01 00:00:00'"),
            ("detail", """'{"a": 1}'"""),
            ("hash", "previous_hash"),
            ("previous_hash", "hash"),
        )
    ),
    *((f"deleted row {row}", [f"DELETE FROM audit WHERE id = {row}"]) for row in (1, 4, ROWS)),
    ("deleted all", ["DELETE FROM audit"]),
    ("deleted all and head", ["DELETE FROM audit", "UPDATE audit_head SET hash = 'x'"]),
    (
        "swapped two rows",
        [
            "UPDATE audit SET position = 99 WHERE id = 3",
            "UPDATE audit SET position = 3 WHERE id = 4",
            "UPDATE audit SET position = 4 WHERE id = 3",
        ],
    ),
    ("inserted at the end", [f"=insert {ROWS + 1}"]),
    ("inserted outside the chain", ["=insert NULL"]),
    (
        "cut the end with the head",
        [f"DELETE FROM audit WHERE id = {ROWS}", "UPDATE audit_head SET position = 7"],
    ),
]


def test_every_tampering_is_found(database: Database, act: Act) -> None:
    """Change, delete, insert, reorder: each alone, rolled back before the next; 100 %."""
    for number in range(ROWS):
        act(number)
    unguarded(database)
    missed = []
    for name, statements in TAMPERINGS:
        with Session(database.write_engine) as session:
            connection = session.connection()
            for statement in statements:
                if statement.startswith("=insert"):
                    _insert(connection, statement.split()[1])
                else:
                    connection.execute(text(statement))
            verdict = verify(session)
            if not verdict.fault or "触发器" in verdict.fault:
                missed.append(name)
            session.rollback()
    assert missed == []
    assert "触发器" in judged(database).fault


def test_the_first_broken_row_is_named(database: Database, act: Act) -> None:
    for number in range(ROWS):
        act(number)
    unguarded(database)
    with database.write_engine.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = '别人' WHERE id IN (3, 6)"))
    verdict = judged(database)
    assert (verdict.rows, verdict.row_id) == (2, 3)
    assert "被改过" in verdict.fault


def test_a_trail_rewritten_as_a_whole_is_found_by_a_noted_hash(database: Database, act: Act) -> None:
    for number in range(4):
        act(number)
    noted = (4, judged(database).hash)
    act(5)
    assert judged(database, noted).fault == ""
    unguarded(database)
    with database.transaction() as session:
        rows = session.exec(select(AuditRow).order_by(col(AuditRow.id))).all()
        session.connection().execute(text("DELETE FROM audit_head"))
        for row in rows:
            row.position, row.hash = None, ""
        rows[1].actor = "别人"
        session.flush()
        audit.extend(session, list(rows))
    runner.upgrade(database)
    assert judged(database).fault == ""
    assert "整体改写" in judged(database, noted).fault


def test_the_guard_comes_back_with_the_next_upgrade(database: Database, act: Act) -> None:
    """Rebuilding a table drops its triggers on SQLite."""
    act(1)
    unguarded(database)
    runner.upgrade(database)
    with database.write_engine.connect() as connection:
        assert guard.missing(connection) == []
    act(2)
    assert judged(database).rows == 2


def test_rows_of_a_time_before_the_chain_are_taken_in_once(database: Database) -> None:
    """A database of the first release has audit rows without hashes."""
    unguarded(database)
    with database.transaction() as session:
        for number in range(3):
            session.add(
                AuditRow(
                    at=audit.datetime.now(audit.UTC),
                    actor_kind="user",
                    actor=str(number),
                    action="a",
                    object="b",
                )
            )
    runner.upgrade(database)
    assert judged(database).rows == 3
    assert judged(database).fault == ""
    with database.transaction() as session:
        session.add(
            AuditRow(at=audit.datetime.now(audit.UTC), actor_kind="user", actor="x", action="a", object="b")
        )
    runner.upgrade(database)
    assert "不在链上" in judged(database).fault


def test_a_savepoint_that_was_rolled_back_leaves_no_gap(database: Database, act: Act) -> None:
    act(1)
    with database.transaction() as session:
        audit.record(
            session,
            at=audit.datetime.now(audit.UTC),
            actor_kind="user",
            actor="a",
            action="outer",
            target="x",
        )
        inner = session.begin_nested()
        audit.record(
            session,
            at=audit.datetime.now(audit.UTC),
            actor_kind="user",
            actor="a",
            action="inner",
            target="x",
        )
        session.flush()
        inner.rollback()
    verdict = judged(database)
    assert (verdict.rows, verdict.fault) == (2, "")


def test_a_failed_transaction_leaves_neither_row_nor_gap(database: Database, act: Act) -> None:
    act(1)
    with pytest.raises(RuntimeError), database.transaction() as session:
        audit.record(
            session, at=audit.datetime.now(audit.UTC), actor_kind="user", actor="a", action="b", target="x"
        )
        raise RuntimeError
    act(2)
    assert (judged(database).rows, judged(database).fault) == (2, "")


def test_many_writers_make_one_chain(database: Database, act: Act) -> None:
    """The head is locked last and only until the commit: no deadlock, no fork."""
    faults: list[BaseException] = []

    def write(worker: int) -> None:
        try:
            for number in range(10):
                act(worker * 100 + number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    assert (judged(database).rows, judged(database).fault) == (80, "")


def test_personal_data_does_not_get_in(database: Database, act: Act) -> None:
    """The row outlives the person's data (PIPL 47): masked where it is written."""
    act(
        1,
        actor_kind="enterprise",
        actor="oCanaryOpenid",
        target="called 13912345678",
        detail={"phone": "13912345678", "list": ["x 13912345678 y"], "bad": "a\r\nb\x00\x1b[31m"},
    )
    with database.reading() as session:
        row = session.exec(select(AuditRow)).one()
    kept = f"{row.actor} {row.object} {row.detail}"
    assert "13912345678" not in kept and "oCanary" not in kept
    assert "139****5678" in kept
    assert row.actor == audit.person("oCanaryOpenid")
    assert not set("\r\n\x00\x1b") & set(row.detail["bad"])
