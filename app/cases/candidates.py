"""Tickets that may become a typical case (B4, E5): five points, never reopened, solved, with a result that tells."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.clock import local_date
from app.errors import NotFound
from app.tickets.lifecycle import Status
from app.tickets.models import Rating, Ticket
from app.tickets.values import ResultKind

BEST = 5
SHORTEST_RESULT = 20
SHOWN = 50
FINISHED = (Status.RESOLVED, Status.CLOSED)
MEANING = f"企业评 {BEST} 分、结果是已解决、没有重办过、结果写了 {SHORTEST_RESULT} 个字以上的工单。"


@dataclass(frozen=True)
class Candidate:
    """A ticket worth telling about; `early` days before its promised day it was done."""

    ticket: Ticket
    early: int


def candidates(session: Session, *, limit: int = SHOWN) -> list[Candidate]:
    """The newest first."""
    statement = _fitting().order_by(col(Ticket.resolved_at).desc(), col(Ticket.id).desc()).limit(limit)
    return [Candidate(ticket, _early(ticket)) for ticket in session.exec(statement)]


def candidate(session: Session, number: str) -> Ticket:
    """One of them. Raises NotFound, saying what a case takes."""
    found = session.exec(_fitting().where(col(Ticket.number) == number)).first()
    if found is None:
        raise NotFound(f"这张单子不能写成案例。可以写的是：{MEANING}")
    return found


def is_candidate(session: Session, ticket: Ticket) -> bool:
    """Whether this one may become a case."""
    return session.exec(_fitting().where(col(Ticket.id) == ticket.id)).first() is not None


def _fitting() -> SelectOfScalar[Ticket]:
    return (
        select(Ticket)
        .join(Rating, (col(Rating.ticket_id) == col(Ticket.id)) & col(Rating.is_current).is_(True))
        .where(
            col(Rating.score) == BEST,
            col(Ticket.reopened_count) == 0,
            col(Ticket.status).in_(FINISHED),
            col(Ticket.result_kind) == ResultKind.SOLVED,
            func.length(col(Ticket.result)) >= SHORTEST_RESULT,
        )
    )


def _early(ticket: Ticket) -> int:
    return (ticket.due_on - local_date(ticket.resolved_at)).days if ticket.resolved_at else 0
