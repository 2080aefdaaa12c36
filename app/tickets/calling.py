"""What an enterprise said on the telephone (D3): it counts as its rating, and dissatisfied takes the matter up again (D4)."""

from datetime import datetime

from sqlmodel import Session

from app.errors import Conflict, NotFound
from app.tickets import campaigns, contacting
from app.tickets.asking import HIGHEST, LOWEST
from app.tickets.campaigns import ANSWERED, CALLED, OUTCOMES
from app.tickets.contacting import Contact
from app.tickets.events import write_event
from app.tickets.lifecycle import TRANSITIONS, Action, Status
from app.tickets.models import CampaignItem, Rating, Ticket
from app.tickets.performing import perform
from app.tickets.values import DISSATISFIED_UP_TO, Actor, Incomplete, Rules


def record_call(
    session: Session,
    item_id: int,
    *,
    by: Actor,
    outcome: str,
    score: int | None = None,
    officer_score: int | None = None,
    comment: str = "",
    rules: Rules,
    now: datetime,
) -> CampaignItem:
    """A named person called; an answer needs a score. It is on the ticket's timeline and the contact log.

    An answer is the enterprise's rating from now on; with 1 or 2 points the ticket is reopened on the rung that the
    profile names for the dissatisfied, else one rung up, unless somebody works on it already.
    Raises NotFound, Conflict where there is a result already, Incomplete.
    """
    item = session.get(CampaignItem, item_id)
    ticket = session.get(Ticket, item.ticket_id) if item else None
    if item is None or ticket is None:
        raise NotFound("没有这项回访")
    if item.outcome:
        raise Conflict(f"这项回访已有结果：{OUTCOMES[item.outcome]}")
    if outcome not in CALLED or (outcome == ANSWERED and score not in range(LOWEST, HIGHEST + 1)):
        raise Incomplete("请选回访结果；有答复的要写 1 到 5 分")
    item.called_by = by.name
    campaigns.settle(session, item, outcome, score, officer_score, comment, now)
    note = f"{OUTCOMES[outcome]}{f'，{score} 分' if score else ''}{f'：{comment}' if comment else ''}"
    write_event(session, ticket, "surveyed", by, now, note=note, is_public=False)
    if ticket.enterprise_id is not None:
        contacting.log_contact(session, ticket.enterprise_id, Contact.CALLBACK, note=note, now=now)
    session.flush()
    if outcome == ANSWERED and score is not None:
        _keep(session, ticket, score, officer_score, comment, now)
        if score <= DISSATISFIED_UP_TO:
            _take_up_again(session, ticket, by, comment, rules, now)
    return item


def _keep(
    session: Session, ticket: Ticket, score: int, officer_score: int | None, comment: str, now: datetime
) -> None:
    """Said by telephone: no WeChat identity stands behind it."""
    rating = Rating(
        ticket_id=ticket.id or 0,
        at=now,
        score=score,
        officer_score=officer_score,
        comment=comment[:1000],
        openid="",
    )
    campaigns.keep_rating(session, rating)


def _take_up_again(
    session: Session, ticket: Ticket, by: Actor, comment: str, rules: Rules, now: datetime
) -> None:
    if (Status(ticket.status), Action.REOPEN) not in TRANSITIONS:
        return
    details = {"is_dissatisfied": True}
    perform(session, ticket.id or 0, Action.REOPEN, by, note=comment, details=details, rules=rules, now=now)
