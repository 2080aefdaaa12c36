"""Writing the index, and finding rows by pieces of their text.

The index may lag behind and may know too much, but an answer is always exact: rows not yet taken in are read, and
every row that the index proposes is checked against its own text by the caller's condition.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, GenerativeSelect, Select, and_, case, delete, false, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.searching.grams import pairs_of_all, pairs_within, span_of
from app.searching.models import Gram, Place

BATCH = 5000
MANY = 3000
ROW = col(Gram.row_id)
RARE = 50
FEW = 300
MOST_LOOKED_AT = 8
MOST_CHECKED = 2
FIRST_STRETCH = 4000
GROWTH = 4


@dataclass(frozen=True)
class Start:
    """Where a search begins: the rarest pair of its words. `count` stops at MANY; `repeats`: rows may come twice.

    `others`: pairs that a row must have as well, looked up before its text is read.
    """

    condition: ColumnElement[bool]
    count: int
    repeats: bool = False
    others: Sequence[int] = ()


@dataclass(frozen=True)
class Wanted:
    """Rows of one table by `key`: what is asked of them beside the words, and `has_words`.

    `few`: a SELECT of all these keys, or of some more, where they may be fewer than the rows that have a word.
    `pending` are the rows that the index may not know. `most` rows at most, the highest keys first or the lowest.
    """

    key: Any
    narrowed: ColumnElement[bool]
    few: GenerativeSelect | None
    has_words: ColumnElement[bool]
    pending: Sequence[ColumnElement[bool]]
    most: int
    newest_first: bool = False

    @property
    def one_by_one(self) -> ColumnElement[bool]:
        """The whole condition, put so that a planner cannot begin with a part of it: the index knows better. Behind
        WHEN, because SQLite looks at every part of a condition anywhere else, also after one that does not hold."""
        return case((and_(self.narrowed, self.has_words), true()), else_=false())

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
    start = rarest(session, place, words, newest_first=wanted.newest_first)
    keys = select(wanted.key)
    if start is None or (start.count > RARE and _fewer(session, wanted.few, start.count)):
        return list(session.scalars(wanted.some(keys, wanted.narrowed, wanted.has_words)).all())
    found: set[int] = set()
    if start.repeats:
        found.update(_looked_through(session, start, wanted))
    elif start.count:
        found.update(session.scalars(_indexed(start, place, wanted)).all())
    for pending in wanted.pending:
        found.update(session.scalars(wanted.some(keys, pending, wanted.one_by_one)).all())
    return sorted(found, reverse=wanted.newest_first)[: wanted.most]


def rarest(session: Session, place: Place, words: Sequence[str], *, newest_first: bool) -> Start | None:
    """The pair to begin with: the first one if few rows have it, else the one whose rows lie the farthest apart; None
    where there are no words."""
    pairs = _sampled([pair for word in words for pair in pairs_within(word)])
    if pairs:
        start = _start(session, place, pairs[0])
        if len(pairs) == 1 or start.count <= FEW:
            return start
        first, *others = _sparsest_first(session, place, pairs, newest_first)
        start = start if first == pairs[0] else _start(session, place, first)
        return replace(start, others=others[:MOST_CHECKED])
    if not words:
        return None
    low, high = span_of(words[0])
    condition = and_(col(Gram.place) == int(place), col(Gram.pair).between(low, high))
    return Start(condition, _count(session, condition), repeats=True)


def _start(session: Session, place: Place, pair: int) -> Start:
    condition = _is_pair(Gram, place, pair)
    return Start(condition, _count(session, condition))


def _sparsest_first(session: Session, place: Place, pairs: Sequence[int], newest_first: bool) -> list[int]:
    """Pairs with few rows, then those whose first rows lie the farthest apart."""
    order = ROW.desc() if newest_first else ROW
    reached = [
        select(ROW).where(_is_pair(Gram, place, pair)).order_by(order).offset(FEW).limit(1).scalar_subquery()
        for pair in pairs
    ]
    known = dict(zip(pairs, session.execute(select(*reached)).one(), strict=True))
    few = [pair for pair in pairs if known[pair] is None]
    many = [pair for pair in pairs if known[pair] is not None]
    return few + sorted(many, key=known.__getitem__, reverse=not newest_first)


def _is_pair(gram: type[Gram], place: Place, pair: int) -> ColumnElement[bool]:
    return and_(col(gram.place) == int(place), col(gram.pair) == pair)


def _sampled(pairs: list[int]) -> list[int]:
    """All of them, or as many as are worth counting, from all over the words."""
    return pairs[:: -(-len(pairs) // MOST_LOOKED_AT)] if pairs else []


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    some = select(ROW).where(condition).limit(MANY).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _fewer(session: Session, few: GenerativeSelect | None, than: int) -> bool:
    if few is None:
        return False
    some = few.limit(than).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) < than


def _indexed(start: Start, place: Place, wanted: Wanted) -> Select[Any]:
    """The index lies in the order of the rows, so that reading stops at enough of them."""
    joined = select(ROW).join_from(Gram, wanted.key.class_, wanted.key == ROW)
    order = ROW.desc() if wanted.newest_first else ROW
    for pair in start.others:
        joined = joined.where(_has(place, pair))
    return joined.where(start.condition, wanted.one_by_one).order_by(order).limit(wanted.most)


def _looked_through(session: Session, start: Start, wanted: Wanted) -> list[int]:
    """The same where the index proposes rows many times and in no order: where it proposes many, one stretch of the
    table after the other. In one statement all of them would be sorted, and PostgreSQL would read their texts first."""
    key = wanted.key
    stretches: Iterable[ColumnElement[bool]] = [true()]
    if start.count >= MANY:
        ends = (select(end(key)).scalar_subquery() for end in (func.min, func.max))
        low, high = (end or 0 for end in session.execute(select(*ends)).one())
        first, last = (high, low) if wanted.newest_first else (low, high)
        stretches = (ROW.between(*ids) for ids in stretches_of(first, last))
    found: list[int] = []
    for stretch in stretches:
        proposed = select(ROW).where(start.condition, stretch)
        fits = wanted.some(select(key), key.in_(proposed), wanted.one_by_one)
        found += session.scalars(fits).all()
        if len(found) >= wanted.most:
            break
    return found


def stretches_of(first: int, last: int) -> Iterator[tuple[int, int]]:
    """All ids from the first to the last as (lowest, highest), each stretch larger than the one before it."""
    step = 1 if first <= last else -1
    size = FIRST_STRETCH
    while (last - first) * step >= 0:
        end = first + step * (size - 1)
        yield min(first, end), max(first, end)
        first, size = end + step, size * GROWTH


def _has(place: Place, pair: int) -> ColumnElement[bool]:
    other = aliased(Gram)
    found = select(col(other.row_id)).where(_is_pair(other, place, pair), col(other.row_id) == ROW)
    return found.correlate(Gram).exists()
