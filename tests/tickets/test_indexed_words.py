"""What makes a ticket's words change sends it through the search index again: it is found by them at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.directory.models import Contact, Enterprise
from app.panel import ticket_rows
from app.panel.conditions import Today
from app.panel.ticket_filters import Filters
from app.panel.ticket_rows import find
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
    for size in (1, 2, 3, 7, 8, 2000):
        monkeypatch.setattr(store, "FIRST_LOOK", size)
        assert numbers(desk, "灯") == newest_first, size
    monkeypatch.setattr(ticket_rows, "MOST_FOUND", 3)
    monkeypatch.setattr(store, "FIRST_LOOK", 2)
    assert numbers(desk, "灯") == newest_first[:3]


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
