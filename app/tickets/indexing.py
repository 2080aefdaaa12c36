"""Taking enterprises and tickets into the search index, a few at a time, behind everything else.

A row that is not in it (`indexed_at` is empty) is found all the same, only slower; so nothing waits for this, a
message that opens a ticket least of all. Every renamed enterprise sends its tickets through once more, because
they are found by its name.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from app.directory.models import Enterprise
from app.searching import store
from app.searching.models import Place
from app.tickets.models import Ticket

ENTERPRISES_AT_ONCE = 200
TICKETS_AT_ONCE = 40


def take_in(session: Session, now: datetime) -> int:
    """The next few rows: enterprises first, as tickets are found by their names; 0 when all are in."""
    return _take_enterprises(session, now) or _take_tickets(session, now)


def _take_enterprises(session: Session, now: datetime) -> int:
    statement = (
        select(col(Enterprise.id), col(Enterprise.name), col(Enterprise.address))
        .where(col(Enterprise.indexed_at).is_(None))
        .order_by(col(Enterprise.id))
        .limit(ENTERPRISES_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(statement).all()
    if not rows:
        return 0
    store.add(session, Place.NAME, {number or 0: [name] for number, name, _ in rows})
    store.add(session, Place.ADDRESS, {number or 0: [address] for number, _, address in rows})
    ids = [number for number, _, _ in rows]
    connection = session.connection()
    connection.execute(update(Enterprise).where(col(Enterprise.id).in_(ids)).values(indexed_at=now))
    connection.execute(update(Ticket).where(col(Ticket.enterprise_id).in_(ids)).values(indexed_at=None))
    return len(rows)


def _take_tickets(session: Session, now: datetime) -> int:
    statement = (
        select(
            col(Ticket.id),
            col(Ticket.content),
            col(Ticket.contact_name),
            col(Ticket.external_number),
            col(Enterprise.name),
        )
        .outerjoin(Enterprise, col(Enterprise.id) == col(Ticket.enterprise_id))
        .where(col(Ticket.indexed_at).is_(None))
        .order_by(col(Ticket.id))
        .limit(TICKETS_AT_ONCE)
        .with_for_update(of=Ticket, skip_locked=True)
    )
    texts = {row[0] or 0: [text for text in row[1:] if text] for row in session.execute(statement).all()}
    if not texts:
        return 0
    store.add(session, Place.TICKET, texts)
    session.connection().execute(update(Ticket).where(col(Ticket.id).in_(texts)).values(indexed_at=now))
    return len(texts)
