"""移交 of buck-passing to 纪委监委, 组织部 … (NH, C14): a record beside the ticket, which goes on being worked on.

Inside business: neither the enterprise nor the departments are told by the system.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.districts.rules import Passing
from app.errors import Conflict, Forbidden, NotFound
from app.tickets.events import write_event
from app.tickets.models import Ticket
from app.tickets.referral_models import Referral
from app.tickets.values import Actor, ActorKind, Incomplete, Rules

REASON_LENGTH = 1000
OUTCOME_LENGTH = 2000


def refer(
    session: Session, number: str, *, to: str, reason: str, by: Actor, rules: Rules, now: datetime
) -> Referral:
    """Hand one ticket's buck-passing over to a body that the profile names.

    Raises Forbidden (the hub only), Conflict (no such rule here, neither passed around often enough nor supervised, or
    that body has it already), NotFound and Incomplete.
    """
    rule = _rule(by, rules)
    ticket = session.exec(select(Ticket).where(Ticket.number == number.strip())).first()
    if ticket is None or ticket.id is None:
        raise NotFound("没有这张单子，请核对单号", field="number")
    if to not in rule.refer_to:
        raise Incomplete(f"请选择移交给谁：{'、'.join(rule.refer_to)}", field="body")
    if not reason.strip():
        raise Incomplete("请写明移交理由：哪几家来回退、卡在哪里", field="reason")
    if ticket.returned_count < rule.times_from and ticket.supervised_at is None:
        raise Conflict(f"{number[-4:]} 要退回 {rule.times_from} 次以上或正在督办，才能移交", field="number")
    if any(row.body == to and row.outcome_at is None for row in referrals_of(session, ticket.id)):
        raise Conflict(f"{number[-4:]} 已移交{to}，等那边的结果", field="body")
    row = Referral(
        ticket_id=ticket.id,
        body=to,
        reason=reason.strip()[:REASON_LENGTH],
        times=ticket.returned_count,
        referred_at=now,
        referred_by=by.name,
    )
    session.add(row)
    write_event(
        session,
        ticket,
        "referred",
        by,
        now,
        note=f"移交{to}：{row.reason}",
        is_public=False,
        data={"body": to},
    )
    return row


def note_outcome(
    session: Session, referral_id: int, outcome: str, *, by: Actor, rules: Rules, now: datetime
) -> Referral:
    """What the body found, once it says so. Raises as `refer` does; Conflict where it was noted before."""
    _rule(by, rules)
    row = session.get(Referral, referral_id, with_for_update=True)
    if row is None:
        raise NotFound("没有这条移交记录")
    if row.outcome_at is not None:
        raise Conflict("这条移交的结果已经记过")
    if not outcome.strip():
        raise Incomplete("请写明那边的处理结果", field="outcome")
    row.outcome, row.outcome_at, row.outcome_by = outcome.strip()[:OUTCOME_LENGTH], now, by.name
    session.add(row)
    ticket = session.get_one(Ticket, row.ticket_id)
    note = f"{row.body}：{row.outcome}"
    write_event(
        session, ticket, "referral_settled", by, now, note=note, is_public=False, data={"body": row.body}
    )
    return row


def referrals_of(session: Session, ticket_id: int) -> list[Referral]:
    """Every hand-over of one ticket, oldest first."""
    statement = select(Referral).where(col(Referral.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(Referral.id))))


def referred(
    session: Session,
    scope: ColumnElement[bool] | None = None,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Sequence[tuple[Referral, Ticket]]:
    """All hand-overs with their tickets, the newest first; `scope` is a condition on tickets, the bounds are the
    moment of the hand-over, `before` excluded."""
    statement = select(Referral, Ticket).join(Ticket, col(Ticket.id) == col(Referral.ticket_id))
    if scope is not None:
        statement = statement.where(scope)
    if since is not None:
        statement = statement.where(col(Referral.referred_at) >= since)
    if before is not None:
        statement = statement.where(col(Referral.referred_at) < before)
    return session.exec(statement.order_by(col(Referral.id).desc())).all()


def _rule(by: Actor, rules: Rules) -> Passing:
    if by.kind is not ActorKind.HUB:
        raise Forbidden("推诿扯皮只由运行中枢移交")
    if rules.profile.passing is None:
        raise Conflict("本区规则没有写推诿扯皮移交给谁（区配置里没有 passing 一节）")
    return rules.profile.passing
