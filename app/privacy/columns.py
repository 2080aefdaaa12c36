"""Every text and JSON column of every table as the database has it: where a person occurs, and taking them out.

Tables are read from the database itself, so a table added later is covered without anybody thinking of it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, MetaData, String, Table, Text, and_, cast, inspect, or_, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

from app.privacy.matching import Marks

AUDIT = frozenset({"audit", "audit_head"})
VERSIONS = "alembic_version"
INDEXED = "indexed_at"  # whose texts are in the search index: not after a change


@dataclass(frozen=True)
class Place:
    """Where and how often."""

    table: str
    column: str
    rows: int


def reflected(session: Session) -> dict[str, Table]:
    """The tables by name, without the migrations' own."""
    metadata = MetaData()
    connection = session.connection()
    names = [name for name in inspect(connection).get_table_names() if name != VERSIONS]
    metadata.reflect(connection, only=names)
    return dict(metadata.tables)


def text_columns(table: Table) -> list[Column[Any]]:
    """The columns that can hold words."""
    return [column for column in table.columns if isinstance(column.type, String | JSON)]


def occurrences(session: Session, marks: Marks) -> list[Place]:
    """Everywhere in the database where an openid or a number of this person stands."""
    found = []
    for table in reflected(session).values():
        for column in text_columns(table):
            rows = sum(1 for _row in _matching(session, table, column, marks))
            if rows:
                found.append(Place(table.name, column.name, rows))
    return found


def scrub_everywhere(session: Session, marks: Marks) -> int:
    """Take this person out of every table but the audit trail, which holds no personal data; how many values."""
    count = 0
    for table in reflected(session).values():
        if table.name in AUDIT or not table.primary_key.columns:
            continue
        for column in text_columns(table):
            for row in list(_matching(session, table, column, marks)):
                store(session, table, row, column, changed(row[column.name], marks.scrubbed_json))
                count += 1
    return count


def store(session: Session, table: Table, row: Any, column: Column[Any], value: Any) -> None:
    """Write one value of one row; `row` holds the primary key by column name."""
    key = and_(*(item == row[item.name] for item in table.primary_key.columns))
    limit = getattr(column.type, "length", None)
    kept = value[:limit] if isinstance(value, str) and limit else value
    values = {column.name: kept} | ({INDEXED: None} if INDEXED in table.columns else {})
    session.connection().execute(update(table).where(key).values(values))


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A text or JSON value with a change applied; None stays None."""
    return None if value is None else change(value)


def _matching(session: Session, table: Table, column: Column[Any], marks: Marks) -> Iterator[Any]:
    wanted = list(dict.fromkeys([*table.primary_key.columns, column]))
    statement = select(*wanted).where(_likely(column, marks))
    for row in session.connection().execute(statement).mappings():
        value = row[column.name]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if marks.occurs_in(text):
            yield row


def _likely(column: Column[Any], marks: Marks) -> ColumnElement[bool]:
    is_json = isinstance(column.type, JSON)
    text = cast(column, Text)
    tests = []
    for parts in marks.likely_parts():
        written = [json.dumps(part)[1:-1] if is_json else part for part in parts]
        pattern = "%".join(_escaped(part) for part in written)
        tests.append(text.like(f"%{pattern}%", escape="!"))
    return or_(*tests)


def _escaped(part: str) -> str:
    for character in "!%_":
        part = part.replace(character, f"!{character}")
    return part
