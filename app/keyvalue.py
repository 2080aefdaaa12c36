"""Small facts that the installation itself learns: counters, the account's original id, install marks."""

from functools import cache

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Field, Session, SQLModel, col

from app.db import put


class KeyValue(SQLModel, table=True):
    """One named fact."""

    __tablename__ = "key_value"

    key: str = Field(primary_key=True, max_length=64)
    value: str = Field(max_length=2000)


def read(session: Session, key: str) -> str | None:
    """The fact, or None."""
    row = session.get(KeyValue, key)
    return row.value if row else None


def write(session: Session, key: str, value: str) -> None:
    """Set the fact."""
    put(session, KeyValue(key=key, value=value))


def write_first(session: Session, key: str, value: str) -> None:
    """Set a fact that nobody has set; IntegrityError where another transaction was faster."""
    session.add(KeyValue(key=key, value=value))
    session.flush()


def forget(session: Session, key: str) -> None:
    """The fact holds no longer."""
    session.connection().execute(delete(KeyValue).where(col(KeyValue.key) == key))


class Counter(SQLModel, table=True):
    """A number that only grows, one row a name."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=64)
    value: int = 0


def next_value(session: Session, name: str) -> int:
    """The next number of this counter, from 1; the row lock keeps two callers apart."""
    connection = session.connection()
    return connection.execute(_next(connection.dialect.name), {"name": name, "value": 1}).scalar_one()


@cache
def _next(dialect: str) -> ReturningInsert[int]:
    """Built once: building it takes longer than running it, and every ticket takes a number."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    first = insert(Counter)
    following = first.on_conflict_do_update(index_elements=["name"], set_={"value": col(Counter.value) + 1})
    return following.returning(col(Counter.value))
