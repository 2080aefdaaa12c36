"""Writing the index, and finding rows by pieces of their text.

The index may lag behind and may know too much, but an answer is always exact: rows not yet taken in are read, and
every row that the index proposes is checked against its own text by the caller's condition.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, false, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.searching.grams import pairs_of_all, pairs_within, span_of
from app.searching.models import Gram, Place

BATCH = 5000
MANY = 3000
ROW = col(Gram.row_id)
RARE = 50
MOST_LOOKED_AT = 8
FIRST_LOOK = 2000
LARGEST_LOOK = 16_000  # SQLite takes 32,766 values in a statement


@dataclass(frozen=True)
class Start:
    """Where a search begins: the rarest pair of its words. `count` stops at MANY; `repeats`: rows may come twice.

    `other`: a pair that a row must have as well, looked up before its text is read.
    """

    condition: ColumnElement[bool]
    count: int
    repeats: bool = False
    other: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Rows of one table by `key`: what is asked of them beside the words, and `has_words`.

    `narrows`: that may leave fewer rows than have a word. `pending` are the rows that the index may
    not know. `most` rows at most, the highest keys first or the lowest.
    """

    key: Any
    narrowed: ColumnElement[bool]
    narrows: bool
    has_words: ColumnElement[bool]
    pending: Sequence[ColumnElement[bool]]
    most: int
    newest_first: bool = False

    @property
    def one_by_one(self) -> ColumnElement[bool]:
        """The whole condition, put so that a planner cannot begin with a part of it: the index knows better."""
        return case((true(), and_(self.narrowed, self.has_words)), else_=false())

    def some(self, statement: Select[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
        """The first keys of a SELECT."""
        order = self.key.desc() if self.newest_first else self.key
        return statement.where(*conditions).order_by(order).limit(self.most)


def add(session: Session, place: Place, texts: Mapping[int, Iterable[str]]) -> None:
    """Take rows in by id; what is there already stays."""
    connection = session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = sorted((pair, number) for number, parts in texts.items() for pair in pairs_of_all(parts))
    values = [{"place": int(place), "pair": pair, "row_id": number} for pair, number in rows]
    for start in range(0, len(values), BATCH):
        connection.execute(insert(Gram).on_conflict_do_nothing(), values[start : start + BATCH])


def forget(session: Session, places: Collection[Place], which: ColumnElement[bool]) -> None:
    """Nothing of these rows (a condition over ROW) stays in the index, which is read from end to end for it."""
    session.connection().execute(delete(Gram).where(col(Gram.place).in_(list(map(int, places))), which))


def find(session: Session, place: Place, words: Sequence[str], wanted: Wanted) -> list[int]:
    """Keys of the rows with every word, in order."""
    start = rarest(session, place, words)
    keys = select(wanted.key)
    if start is None or (wanted.narrows and start.count > RARE and _fewer(session, wanted, start.count)):
        return list(session.scalars(wanted.some(keys, wanted.narrowed, wanted.has_words)).all())
    found: set[int] = set()
    if start.repeats:
        found.update(_looked_through(session, start.condition, wanted))
    elif start.count:
        found.update(session.scalars(_indexed(start, place, wanted)).all())
    for pending in wanted.pending:
        found.update(session.scalars(wanted.some(keys, pending, wanted.one_by_one)).all())
    return sorted(found, reverse=wanted.newest_first)[: wanted.most]


def rarest(session: Session, place: Place, words: Sequence[str]) -> Start | None:
    """The pair to begin with; None where there are no words."""
    counts: dict[int, int] = {}
    for pair in _sampled([pair for word in words for pair in pairs_within(word)]):
        counts[pair] = _count(session, _is_pair(Gram, place, pair))
        if counts[pair] < RARE:
            return Start(_is_pair(Gram, place, pair), counts[pair])
    if counts:
        first, *others = sorted(counts, key=counts.__getitem__)
        return Start(_is_pair(Gram, place, first), counts[first], other=others[0] if others else None)
    if not words:
        return None
    low, high = span_of(words[0])
    condition = and_(col(Gram.place) == int(place), col(Gram.pair).between(low, high))
    return Start(condition, _count(session, condition), repeats=True)


def _is_pair(gram: type[Gram], place: Place, pair: int) -> ColumnElement[bool]:
    return and_(col(gram.place) == int(place), col(gram.pair) == pair)


def _sampled(pairs: list[int]) -> list[int]:
    """All of them, or as many as are worth counting, from all over the words."""
    return pairs[:: -(-len(pairs) // MOST_LOOKED_AT)] if pairs else []


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    some = select(col(Gram.row_id)).where(condition).limit(MANY).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _fewer(session: Session, wanted: Wanted, than: int) -> bool:
    some = select(wanted.key).where(wanted.narrowed).limit(than).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) < than


def _indexed(start: Start, place: Place, wanted: Wanted) -> Select[Any]:
    """The index lies in the order of the rows, so that reading stops at enough of them."""
    joined = select(ROW).join_from(Gram, wanted.key.class_, wanted.key == ROW)
    order = ROW.desc() if wanted.newest_first else ROW
    if start.other is not None:
        joined = joined.where(_has(place, start.other))
    return joined.where(start.condition, wanted.one_by_one).order_by(order).limit(wanted.most)


def _looked_through(session: Session, proposed: ColumnElement[bool], wanted: Wanted) -> list[int]:
    """The same where the index proposes rows many times and in no order: a part of them after the other, each twice as
    large. In one statement PostgreSQL would read the text of every one before it sorts."""
    found: list[int] = []
    row = col(Gram.row_id)
    order = row.desc() if wanted.newest_first else row
    beyond: ColumnElement[bool] = true()
    size = FIRST_LOOK
    while len(found) < wanted.most:
        part = session.scalars(
            select(row).where(proposed, beyond).distinct().order_by(order).limit(size)
        ).all()
        fits = wanted.some(select(wanted.key), wanted.key.in_(part), wanted.one_by_one)
        found += session.scalars(fits).all()
        if len(part) < size:
            break
        last = part[-1]
        beyond = row < last if wanted.newest_first else row > last
        size = min(2 * size, LARGEST_LOOK)
    return found


def _has(place: Place, pair: int) -> ColumnElement[bool]:
    other = aliased(Gram)
    found = select(col(other.row_id)).where(_is_pair(other, place, pair), col(other.row_id) == ROW)
    return found.correlate(Gram).exists()
