"""Small facts that the installation itself learns: counters, the account's original id, install marks."""

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col


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
    session.merge(KeyValue(key=key, value=value))


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
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = insert(Counter).values(name=name, value=0)
    connection.execute(first.on_conflict_do_nothing(index_elements=["name"]))
    connection.execute(update(Counter).where(col(Counter.name) == name).values(value=col(Counter.value) + 1))
    row = session.get(Counter, name, populate_existing=True)
    assert row is not None  # noqa: S101 - the update above just touched it
    return row.value
