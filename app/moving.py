"""Carry an installation from one kind of database to another (SQLite → PostgreSQL), verified row by row.

One transaction on the target: it commits only after every row was read back and found equal, so a move
that fails leaves an empty schema and may be tried again. The source is only read.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from app.db import Database
from app.errors import AppError
from app.migrations import runner
from app.searching.models import Gram
from app.tables import metadata

BATCH = 1000
DERIVED = frozenset({Gram.__tablename__})  # made anew at the target, where no row is marked as taken in
NOT_MOVED = frozenset({"indexed_at"})
Progress = Callable[[str, int], None]
Values = dict[str, Any]


def move(source: Database, target: Database, progress: Progress) -> dict[str, int]:
    """Copy every table; rows copied per table. `progress` is told each finished table and its rows.

    Raises AppError where the source is not at the newest schema, the target holds a schema already, or a
    row reads back differently.
    """
    if runner.current(source) != runner.head():
        raise AppError("原来的库不是最新表结构：请先执行 qiying db upgrade")
    if runner.current(target) is not None:
        raise AppError("目标库里已经有表：请换一个空库，或先清空它再搬")
    runner.upgrade(target)
    counts: dict[str, int] = {}
    with source.read_engine.connect() as reading, target.write_engine.begin() as writing:
        for table in reversed(metadata.sorted_tables):  # rows that a migration put there
            writing.execute(delete(table))
        for table in _moved():
            counts[table.name] = _copy(reading, writing, table)
            progress(table.name, counts[table.name])
        faults = differences(reading, writing)
        if faults:
            raise AppError("搬过去的数据和原来的不一致，已全部撤回：" + "；".join(faults[:5]))
        if not target.is_sqlite:
            _advance_sequences(writing)
    return counts


def differences(left: Connection, right: Connection) -> list[str]:
    """Tables and first keys in which two databases differ; empty when every row is equal."""
    faults = []
    for table in _moved():
        counts = [
            side.execute(select(func.count()).select_from(table)).scalar_one() for side in (left, right)
        ]
        if counts[0] != counts[1]:
            faults.append(f"{table.name} 有 {counts[0]} 行，读回 {counts[1]} 行")
            continue
        known = {_key(table, row): _digest(row) for row in _rows(left, table)}
        changed = [key for row in _rows(right, table) if known.get(key := _key(table, row)) != _digest(row)]
        if changed:
            faults.append(f"{table.name} 有 {len(changed)} 行不同，第一处 {changed[0]}")
    return faults


def _moved() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in DERIVED]


def _rows(connection: Connection, table: Table) -> Iterator[Values]:
    for batch in connection.execute(select(table)).mappings().partitions(BATCH):
        yield from ({**row, **dict.fromkeys(NOT_MOVED.intersection(row))} for row in batch)


def _key(table: Table, row: Values) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _digest(row: Values) -> bytes:
    """A row's content in 16 bytes: a million of them fit into memory, a million rows may not."""
    return blake2b(repr(sorted(row.items())).encode(), digest_size=16).digest()


def _copy(reading: Connection, writing: Connection, table: Table) -> int:
    """Rows that point at rows of their own table get those links in a second pass: circles are allowed."""
    own_links = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    key = next(iter(table.primary_key))
    count = 0
    linked: list[Values] = []
    batch: list[Values] = []
    for row in _rows(reading, table):
        links = {name: row[name] for name in own_links if row[name] is not None}
        if links:
            linked.append({"of": row[key.name], **links})
        batch.append({**row, **dict.fromkeys(links)})
        if len(batch) == BATCH:
            writing.execute(insert(table), batch)
            batch = []
        count += 1
    if batch:
        writing.execute(insert(table), batch)
    for link in linked:
        of = link.pop("of")
        writing.execute(update(table).where(key == of).values(link))
    return count


def _advance_sequences(connection: Connection) -> None:
    """The next id follows the highest that was copied."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        highest = connection.execute(select(func.max(column))).scalar()
        name = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": f'"{table.name}"', "column": column.name},
        ).scalar()
        if highest is not None and name is not None:
            connection.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": highest})
