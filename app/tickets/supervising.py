"""督办 of everything that has been open since before a day, with one action (BH 2(2)4, NH 附件三(六))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.clock import SHANGHAI
from app.errors import AppError
from app.tickets.lifecycle import LIVE, Action
from app.tickets.models import Ticket
from app.tickets.performing import perform
from app.tickets.values import Actor, Rules


@dataclass(frozen=True)
class Supervised:
    """One ticket: `fault` says why it was left alone."""

    number: str
    fault: str = ""


def open_since(session: Session, day: date, *, channel: str = "") -> list[Ticket]:
    """Open tickets that came on that day or earlier and are not supervised yet, oldest first."""
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)
    statement = select(Ticket).where(
        col(Ticket.status).in_(LIVE), col(Ticket.opened_at) < ends, col(Ticket.supervised_at).is_(None)
    )
    if channel:
        statement = statement.where(Ticket.channel == channel)
    return list(session.exec(statement.order_by(col(Ticket.opened_at), col(Ticket.id))))


def supervise_all(
    session: Session, ids: Sequence[int], actor: Actor, *, note: str, rules: Rules, now: datetime
) -> list[Supervised]:
    """Put each onto the supervision list; its holder is told. One that was settled meanwhile is left alone."""
    done = []
    for ticket_id in ids:
        number = session.get_one(Ticket, ticket_id).number
        try:
            perform(session, ticket_id, Action.SUPERVISE, actor, note=note, rules=rules, now=now)
        except AppError as error:  # refused before anything of it was written
            done.append(Supervised(number, error.message))
            continue
        done.append(Supervised(number))
    return done
