"""Messages to people as lines of a list."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from app.directory.models import Coordinator, Officer
from app.outbox.models import OutboxMessage, OutboxState
from app.panel.paging import By, Page, paged
from app.tickets.models import Ticket

PATH = "/admin/outbox"
STATE_NAMES = {
    OutboxState.NEW: "待发送",
    OutboxState.RUN: "发送中",
    OutboxState.SENT: "已送出",
    OutboxState.PENDING: "等对方来消息",
    OutboxState.UNKNOWN: "不确定到没到",
    OutboxState.DEAD: "没送到",
    OutboxState.CANCELLED: "不用发了",
}
STATE_TONES = {
    OutboxState.NEW: "wait",
    OutboxState.RUN: "go",
    OutboxState.SENT: "done",
    OutboxState.PENDING: "hold",
    OutboxState.UNKNOWN: "bad",
    OutboxState.DEAD: "bad",
    OutboxState.CANCELLED: "gone",
}
CHANNEL_NAMES = {"text": "客服消息", "template": "模板消息", "passive": "对话中带出", "": "—"}
KIND_NAMES = {
    "ticket_opened_officer": "新诉求",
    "ticket_assigned": "转来的诉求",
    "ticket_accepted": "已接单",
    "ticket_transferred": "流转进展",
    "ticket_waiting": "请补充",
    "ticket_extended": "延期",
    "ticket_resolved": "办结结果",
    "ticket_reopened": "重新打开",
    "ticket_closed": "归档",
    "ticket_supplement": "企业补充",
    "ticket_urged": "催办",
    "ticket_withdrawn": "撤回",
    "ticket_reminder": "提醒",
    "ticket_escalated": "超期督办",
    "binding_request": "绑定申请",
    "binding_confirmed": "绑定确认",
    "deferred_answer": "稍后答复",
    "notice": "通知",
}
FILTERS: dict[str, tuple[str, tuple[OutboxState, ...]]] = {
    "": ("全部", tuple(OutboxState)),
    "waiting": ("待发送", (OutboxState.NEW, OutboxState.RUN)),
    "stuck": ("没送到或不确定", (OutboxState.DEAD, OutboxState.UNKNOWN)),
    "pending": ("等对方来消息", (OutboxState.PENDING,)),
    "sent": ("已送出", (OutboxState.SENT,)),
    "cancelled": ("不用发了", (OutboxState.CANCELLED,)),
}
RETRYABLE = frozenset({OutboxState.DEAD, OutboxState.UNKNOWN, OutboxState.PENDING})


def find(
    session: Session,
    state: str,
    number: int | None,
    *,
    counts: Mapping[str, int],
    kind: str = "",
    words: str = "",
) -> Page[tuple[OutboxMessage, str | None]]:
    """One page of messages with the number of the ticket they are about, newest first.

    `counts`: how many are in each state. `words`: part of a ticket's number or of the reason why it failed.
    """
    states = FILTERS[state][1]
    conditions: list[ColumnElement[bool]] = []
    if state:
        conditions.append(col(OutboxMessage.state).in_(states))
    if kind:
        conditions.append(col(OutboxMessage.kind) == kind)
    if words:
        about = select(col(Ticket.id)).where(col(Ticket.number).contains(words, autoescape=True))
        failed = col(OutboxMessage.last_error).contains(words, autoescape=True)
        conditions.append(or_(col(OutboxMessage.ticket_id).in_(about), failed))
    query = {"state": state, "kind": kind, "q": words}
    total = sum(counts[name] for name in states)
    if kind or words:
        total = session.scalar(select(func.count()).select_from(OutboxMessage).where(*conditions)) or 0
    ids, order = select(col(OutboxMessage.id)).where(*conditions), (By(col(OutboxMessage.id), falls=True),)
    page = paged(session, ids, number=number, path=PATH, query=query, total=total, order=order)
    statement = (
        select(OutboxMessage, col(Ticket.number))
        .outerjoin(Ticket, col(Ticket.id) == col(OutboxMessage.ticket_id))
        .where(col(OutboxMessage.id).in_([identity for (identity,) in page.rows]))
        .order_by(col(OutboxMessage.id).desc())
    )
    return replace(page, rows=session.execute(statement).all())


def of_ticket(session: Session, ticket_id: int) -> list[OutboxMessage]:
    """Every message about one ticket, oldest first."""
    statement = select(OutboxMessage).where(col(OutboxMessage.ticket_id) == ticket_id)
    return list(session.scalars(statement.order_by(col(OutboxMessage.id))).all())


def staff_names(session: Session, openids: Collection[str]) -> dict[str, str]:
    """Names of the officers and coordinators among these people; enterprises' contacts stay unnamed."""
    officers = session.scalars(select(Officer).where(col(Officer.openid).in_(openids))).all()
    coordinators = session.scalars(select(Coordinator).where(col(Coordinator.openid).in_(openids))).all()
    names = {person.openid or "": person.name for person in officers}
    return names | {person.openid or "": person.name for person in coordinators}
