"""What makes a ticket's words change sends it through the search index again: it is found by them at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.directory.models import Area, Contact, Enterprise
from app.panel import paging, ticket_rows
from app.panel.conditions import Today
from app.panel.ticket_filters import Filters
from app.panel.ticket_rows import find, how_many
from app.searching import store
from app.tickets import indexing
from app.tickets.adopting import adopt
from app.tickets.models import Ticket


def index_all(desk: Any) -> None:
    with desk.database.transaction() as session:
        while indexing.take_in(session, desk.now):
            pass


def numbers(desk: Any, words: str, condition: str = "all") -> list[str]:
    with desk.database.reading() as session:
        today = Today(desk.now, desk.rules)
        page = find(session, Filters(condition, words=words), today, codes=None, number=None)
        return [row.number for row in page.rows]


def renamed(session: Session, name: str) -> None:
    values = {"name": name, "indexed_at": None}
    session.connection().execute(update(Enterprise).where(col(Enterprise.id) == 1).values(values))


def test_words_of_the_request_and_of_names(desk: Any) -> None:
    """Before the index knows it and after, the newest first, every word in one of them."""
    first, second = desk.open("门口的路灯不亮"), desk.open("路灯还是不亮", enterprise_id=2)
    for _ in range(2):
        assert numbers(desk, "路灯") == [second.number, first.number]
        assert numbers(desk, "路灯 食品") == [first.number]
        assert numbers(desk, "灯") == [second.number, first.number]
        assert numbers(desk, "路灯", "closed") == numbers(desk, "路牌") == []
        index_all(desk)


def test_one_character_is_looked_for_part_by_part(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, none twice and none left out, however small the parts; a page's worth ends the looking."""
    opened = [
        desk.open(f"路灯{word}，灯灯相连") for word in ("不亮", "闪", "歪了", "倒了", "被撞", "没电", "偏暗")
    ]
    desk.open("门口的井盖松了")
    index_all(desk)
    newest_first = [ticket.number for ticket in reversed(opened)]
    monkeypatch.setattr(store, "RARE", 1)
    monkeypatch.setattr(store, "MANY", 2)
    for size in (1, 2, 3, 7, 8, 2000):
        monkeypatch.setattr(store, "FIRST_STRETCH", size)
        assert numbers(desk, "灯") == newest_first, size
    for name in ("FOUND_AT_FIRST", "MOST_FOUND"):
        monkeypatch.setattr(paging, name, 3)
    for name, value in (("FIRST_STRETCH", 2), ("GROWTH", 1)):
        monkeypatch.setattr(store, name, value)
    assert numbers(desk, "灯") == newest_first[:3]


PLACES = frozenset({"qiaobei"})


@pytest.fixture
def two_areas(desk: Any) -> Iterator[dict[bool, list[str]]]:
    """Twelve requests with the same words, every third of another area; numbers, the newest first, by whether it is
    of that area."""
    with desk.database.transaction() as session:
        session.add(Area(code="qiaobei", name="测试街道", kind="一级片区"))
        session.flush()
        session.add(
            Enterprise(id=9, credit_code="911200000000000099", name="测试9号店", kind="企业", area_code="qiaobei", updated_at=desk.now)
        )  # fmt: skip
    opened: dict[bool, list[str]] = {True: [], False: []}
    for number in range(12):
        is_there = number % 3 == 0
        ticket = desk.open(
            f"门口的路灯第{number}盏不亮", openid=f"o-{number}", enterprise_id=9 if is_there else 1
        )
        opened[is_there].insert(0, ticket.number)
    index_all(desk)
    yield opened


@pytest.mark.parametrize("words", ["路灯", "路灯 不亮", "灯", "2026"])
@pytest.mark.parametrize("most", [3, 4, 5])
def test_a_leader_pages_through_the_own_hits_alone(
    desk: Any, two_areas: Any, monkeypatch: pytest.MonkeyPatch, words: str, most: int
) -> None:
    """Four of the own area: cut at three and said so, complete from four on, however many others there are; by words
    as by a piece of the number (E3)."""
    monkeypatch.setattr(paging, "FOUND_AT_FIRST", most)
    monkeypatch.setattr(paging, "MOST_FOUND", most)
    for name in ("RARE", "FEW", "MANY", "FIRST_STRETCH"):
        monkeypatch.setattr(store, name, 1)
    with desk.database.reading() as session:
        today = Today(desk.now, desk.rules)
        page = find(session, Filters("all", words=words), today, codes=PLACES, number=None)
        amount = how_many(session, Filters("all", words=words), today, PLACES)
    assert [row.number for row in page.rows] == two_areas[True][:most]
    assert (page.total, page.is_cut) == amount == (min(most, 4), most < 4)


@pytest.mark.parametrize("order", ["new", "due", "old"])
def test_who_pages_on_finds_the_rest(
    desk: Any, two_areas: Any, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """Looked for in two goes where the newest come first, none twice and none left out; in any other order all at
    once, because the first page would not be the same."""
    for module in (paging, ticket_rows):
        monkeypatch.setattr(module, "PER_PAGE", 2)
        monkeypatch.setattr(module, "MOST_FOUND", 10)
    monkeypatch.setattr(paging, "FOUND_AT_FIRST", 4)
    asked = Filters("all", words="路灯", sort=order)
    with desk.database.reading() as session:
        today = Today(desk.now, desk.rules)
        pages = [find(session, asked, today, codes=None, number=number) for number in (1, 2, 3, 4, 5)]
    newest = sorted(two_areas[True] + two_areas[False], reverse=True)[:10]
    assert [row.number for page in pages for row in page.rows] == newest[:: 1 if order == "new" else -1]
    assert [page.total for page in pages] == ([4, 10, 10, 10, 10] if order == "new" else [10] * 5)
    assert all(page.is_cut for page in pages)


def test_a_renamed_enterprise_is_found_by_its_new_name(desk: Any) -> None:
    """At once, and after the index took it in; no longer by the old one."""
    ticket = desk.open("门口的路灯不亮")
    index_all(desk)
    with desk.database.transaction() as session:
        renamed(session, "示例糕点店")
    for _ in range(2):
        assert numbers(desk, "糕点") == [ticket.number]
        assert numbers(desk, "食品") == []
        index_all(desk)


def test_a_ticket_that_finds_its_enterprise_is_found_by_it(desk: Any) -> None:
    ticket = desk.open("门口的路灯不亮", openid="o-new", enterprise_id=None)
    index_all(desk)
    with desk.database.transaction() as session:
        contact = Contact(openid="o-new", enterprise_id=1, since=desk.now, name="示例明")
        session.add(contact)
        session.flush()
        found = session.exec(select(Ticket).where(col(Ticket.id) == ticket.id)).one()
        adopt(session, found, contact, rules=desk.rules, now=desk.now + timedelta(minutes=1))
    assert numbers(desk, "食品") == numbers(desk, "示例明") == [ticket.number]
