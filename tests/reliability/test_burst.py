"""Twenty different messages of one new person at once make one ticket, in the order they came (test 5)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlmodel import col, select

from app.conversations.models import InboxMessage
from app.db import Database
from app.tickets.models import Ticket, TicketEvent

PEOPLE = {"quick": 3, "chaos": 200}
MESSAGES = 20


def test_a_burst_of_a_new_person_opens_one_ticket(
    database: Database, front_desk: Any, is_chaos: bool
) -> None:
    people = [f"oBurst{n}" for n in range(PEOPLE["chaos" if is_chaos else "quick"])]
    desk = front_desk.conversations(database, budget_s=60)  # on a busy machine an answer may be put off
    incoming = [
        front_desk.message(openid, number, f"厂门口修路第{number:02d}句")
        for number in range(MESSAGES)
        for openid in people
    ]
    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(desk.receive, incoming))
    assert all(replies)
    with database.reading() as session:
        tickets = {ticket.openid: ticket for ticket in session.exec(select(Ticket))}
        assert sorted(tickets) == sorted(people)
        assert len(session.exec(select(Ticket)).all()) == len(people), "a second ticket for one person"
        assert len(session.exec(select(InboxMessage)).all()) == len(incoming)
        for openid, ticket in tickets.items():
            notes = session.exec(
                select(TicketEvent.note)
                .where(col(TicketEvent.ticket_id) == ticket.id, col(TicketEvent.kind) == "supplement")
                .order_by(col(TicketEvent.id))
            ).all()
            told = [int(note[-3:-1]) for note in notes if "句" in note]
            first = int(ticket.content[ticket.content.index("第") + 1 :][:2])
            assert sorted([first, *told]) == list(range(MESSAGES)), f"{openid}: something is missing or twice"
