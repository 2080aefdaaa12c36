"""Other systems as the administrator sees them: their keys, where they want to be told, what did not arrive."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as count_of
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.api import keys
from app.api.models import ApiKey
from app.api.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from app.tickets.outside_models import OutsideOrder

SCOPE_NAMES = {keys.Scope.TICKETS.value: "来单与查单", keys.Scope.ANSWERS.value: "查应答手册"}
STATE_NAMES = {DeliveryState.NEW: "等着发", DeliveryState.SENT: "已送到", DeliveryState.DEAD: "没送到"}
STATE_TONES = {DeliveryState.NEW: "wait", DeliveryState.SENT: "done", DeliveryState.DEAD: "bad"}
KIND_NAMES = {
    "ticket.accepted": "接单",
    "ticket.transferred": "流转",
    "ticket.waiting": "请补充",
    "ticket.extended": "延期",
    "ticket.resolved": "办结",
    "ticket.closed": "归档",
    "ticket.reopened": "重新打开",
}
SHOWN = 50


@dataclass(frozen=True)
class System:
    """`orders`: how many came in; `dead` and `waiting`: steps that were given up, or have not arrived yet."""

    name: str
    keys: tuple[ApiKey, ...]
    last_used_at: datetime | None
    endpoint: WebhookEndpoint | None
    orders: int
    dead: int
    waiting: int


def systems(session: Session) -> list[System]:
    """Every system that has, or had, a key, an address or an order, by name."""
    every = list(session.exec(select(ApiKey).order_by(col(ApiKey.id))))
    endpoints = {row.system: row for row in session.exec(select(WebhookEndpoint))}
    orders = _counts(session, col(OutsideOrder.system))
    state, system = col(WebhookDelivery.state), col(WebhookDelivery.system)
    states = session.execute(count_of(system, state, func.count()).group_by(system, state)).all()
    by_state = {(name, kind): count for name, kind, count in states}
    names = sorted({row.system for row in every} | set(endpoints) | set(orders))
    return [
        System(
            name,
            tuple(row for row in every if row.system == name),
            max((row.last_used_at for row in every if row.system == name and row.last_used_at), default=None),
            endpoints.get(name),
            orders.get(name, 0),
            by_state.get((name, DeliveryState.DEAD), 0),
            by_state.get((name, DeliveryState.NEW), 0),
        )
        for name in names
    ]


def deliveries(session: Session, system: str) -> list[WebhookDelivery]:
    """The latest deliveries of a system; what was given up first."""
    statement = select(WebhookDelivery).where(WebhookDelivery.system == system)
    order = (col(WebhookDelivery.state) == DeliveryState.DEAD).desc()
    return list(session.exec(statement.order_by(order, col(WebhookDelivery.id).desc()).limit(SHOWN)))


def _counts(session: Session, column: Mapped[str]) -> dict[str, int]:
    rows = session.execute(count_of(column, func.count()).group_by(column)).all()
    return {name: count for name, count in rows}  # noqa: C416 - rows are not tuples to a type checker
