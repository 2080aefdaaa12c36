"""Word search by an index of neighbouring characters: always exact, whatever the index knows (E7)."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from app.db import Database
from app.directory.models import Enterprise
from app.panel.enterprise_rows import EnterpriseFilters
from app.panel.enterprise_rows import find as find_enterprises
from app.panel.paging import FOUND_AT_FIRST, MOST_FOUND, PER_PAGE
from app.searching import store
from app.searching.grams import pairs, pairs_within
from app.searching.models import Gram, Place
from app.tickets import indexing

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CHARACTERS = "测试示例甲乙丙丁()（）aB1 "


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    made = blank_database(tmp_path / "t.db")
    yield made
    made.close()


def text(chooser: random.Random, length: int) -> str:
    return "".join(chooser.choices(CHARACTERS, k=length))


def enterprise(number: int, name: str, address: str = "") -> Enterprise:
    return Enterprise(
        id=number, credit_code=f"X{number:017d}", name=name, address=address, kind="企业", updated_at=NOW
    )  # fmt: skip


def found(session: Session, words: str) -> list[str]:
    page = find_enterprises(session, EnterpriseFilters(words=words), codes=None, number=None)
    return [row.enterprise.name for row in page.rows]


def test_a_piece_has_only_pairs_of_the_text() -> None:
    chooser = random.Random(1)
    for _ in range(500):
        whole = text(chooser, 12)
        start = chooser.randrange(11)
        piece = whole[start : start + chooser.randint(1, 6)]
        assert set(pairs_within(piece)) <= pairs(whole)


@pytest.mark.parametrize(
    "limits", [{}, {"RARE": 1, "FEW": 1, "MANY": 2, "FIRST_STRETCH": 7}], ids=["few", "many"]
)
def test_found_is_what_reading_every_name_finds(
    db: Database, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    """Half of the rows in the index, some changed afterwards, all words of one to four characters; also on the ways
    that are meant for words which many rows have."""
    for name, value in limits.items():
        monkeypatch.setattr(store, name, value)
    chooser = random.Random(2)
    names = {number: text(chooser, 8) for number in range(1, 120)}
    with db.transaction() as session:
        session.add_all(enterprise(number, name) for number, name in names.items() if number < 60)
        session.flush()
        while indexing.take_in(session, NOW):
            pass
        session.add_all(enterprise(number, name) for number, name in names.items() if number >= 60)
        for number in (3, 4, 5):
            names[number] = text(chooser, 8)
            changed = session.get_one(Enterprise, number)
            changed.name, changed.indexed_at = names[number], None
    with db.reading() as session:
        for _ in range(80):
            word = text(chooser, chooser.randint(1, 4)).strip()
            if not word or " " in word:
                continue
            expected = [name for name in names.values() if word.casefold() in name.casefold()][:25]
            if session.get_bind().dialect.name != "sqlite":
                expected = [name for name in names.values() if word in name][:25]
            assert found(session, word) == expected, word


def test_a_name_that_is_nowhere_is_looked_for_in_addresses(db: Database) -> None:
    with db.transaction() as session:
        session.add_all([enterprise(1, "测试甲店", "示例路9号"), enterprise(2, "示例店", "测试街")])
        session.flush()
        indexing.take_in(session, NOW)
        assert found(session, "示例路") == ["测试甲店"]
        assert found(session, "示例") == ["示例店"]


@pytest.mark.parametrize("word", ["测试", "试", "测试 店"])
def test_no_more_is_read_than_somebody_pages_through(db: Database, word: str) -> None:
    """The list says that it is cut, and only then; whoever goes on finds more, none twice and none left out."""
    limits = (FOUND_AT_FIRST, FOUND_AT_FIRST + 1, MOST_FOUND, MOST_FOUND + 1)
    with db.transaction() as session:
        names = {number: f"测试{number}店" for number in range(1, MOST_FOUND + 2)}
        session.add_all(enterprise(number, name) for number, name in names.items())
        session.flush()
        while indexing.take_in(session, NOW):
            pass
        seen: dict[int, tuple[int, bool]] = {}
        for limit in reversed(limits):
            session.connection().execute(delete(Enterprise).where(col(Enterprise.id) > limit))
            pages = [
                find_enterprises(session, EnterpriseFilters(words=word), codes=None, number=number)
                for number in range(1, MOST_FOUND // PER_PAGE + 1)
            ]
            rows = [row.enterprise.id for page in pages[: pages[-1].last] for row in page.rows]
            assert rows == list(range(1, min(limit, MOST_FOUND) + 1))
            first, last = pages[0], pages[-1]
            assert (first.total, first.is_cut) == (FOUND_AT_FIRST, limit > FOUND_AT_FIRST)
            seen[limit] = (last.total, last.is_cut)
    assert seen == {limit: (min(limit, MOST_FOUND), limit > MOST_FOUND) for limit in limits}


@pytest.mark.parametrize(("first", "last"), [(1, 30), (30, 1), (5, 5), (3, 4)])
def test_stretches_are_everything_once(monkeypatch: pytest.MonkeyPatch, first: int, last: int) -> None:
    monkeypatch.setattr(store, "FIRST_STRETCH", 2)
    step = 1 if first <= last else -1
    walked = [
        number
        for low, high in store.stretches_of(first, last)
        for number in range(low, high + 1)[::step]
        if min(first, last) <= number <= max(first, last)
    ]
    assert walked == list(range(first, last + step, step))


def test_forgotten_rows_leave_nothing(db: Database) -> None:
    with db.transaction() as session:
        session.add_all([enterprise(1, "测试甲店"), enterprise(2, "测试乙店")])
        session.flush()
        indexing.take_in(session, NOW)
        store.forget(session, (Place.NAME, Place.ADDRESS), store.ROW.in_([1]))
        left = session.exec(select(func.count()).select_from(Gram).where(col(Gram.row_id) == 1)).one()
        kept = session.exec(select(func.count()).select_from(Gram).where(col(Gram.row_id) == 2)).one()
    assert (left, kept) == (0, len(pairs("测试乙店")))


@pytest.mark.parametrize("words", ["测试", "试", "测试 甲店"])
def test_an_index_of_rows_that_are_gone_finds_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    for name in ("RARE", "FEW", "MANY"):
        monkeypatch.setattr(store, name, 1)
    with db.transaction() as session:
        store.add(session, Place.NAME, {1: ["测试甲店"], 2: ["测试乙店"]})
        assert found(session, words) == []
