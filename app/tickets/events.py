"""The timeline of a ticket is written here and nowhere else."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from app.errors import NotFound
from app.tickets.models import Ticket, TicketEvent
from app.tickets.values import Actor

_ADD = insert(TicketEvent)


def write_event(
    session: Session,
    ticket: Ticket,
    kind: str,
    actor: Actor,
    at: datetime,
    *,
    note: str = "",
    is_public: bool = True,
    data: dict[str, Any] | None = None,
) -> None:
    """Append one line. `kind` is an Action or opened, reminded, told; `data` holds ids and numbers only."""
    if ticket.id is None:
        raise NotFound("没有这张单子")
    session.flush()  # what it tells of comes first
    line = {
        "ticket_id": ticket.id,
        "at": at,
        "kind": kind,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "note": note,
        "is_public": is_public,
        "data": data or {},
    }
    session.connection().execute(_ADD, line)
