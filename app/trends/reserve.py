"""The 政策储备池: common problems with their evidence, listed by the hub, adopted or not with a reason (E2, NH)."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.errors import AppError, Conflict, NotFound
from app.trends.counting import Evidence, Topic
from app.trends.models import ReserveItem, ReserveState

STATE_NAMES = {
    ReserveState.LISTED: "已列入",
    ReserveState.ADOPTED: "已采纳",
    ReserveState.REJECTED: "未采纳",
}
LONGEST = 500


def enter(
    session: Session, topic: Topic, name: str, found: Evidence, *, note: str, by: str, now: datetime
) -> ReserveItem:
    """List a topic with its evidence as it is now. Raises Conflict while it is listed already."""
    if find_listed(session, topic) is not None:
        raise Conflict("这个问题已经在储备池里，等采纳或不采纳以后才能再列")
    if not found.count:
        raise AppError("没有证据：这个问题最近没有人提过")
    item = ReserveItem(
        kind=topic.kind.value,
        topic=topic.key,
        name=name[:200],
        note=note.strip()[:LONGEST],
        evidence=found.to_json(),
        listed_at=now,
        listed_by=by,
    )
    session.add(item)
    session.flush()
    return item


def decide(
    session: Session, item_id: int, state: ReserveState, *, reason: str, by: str, now: datetime
) -> ReserveItem:
    """Adopted or not, in either case with the reason. Raises NotFound, Conflict, AppError."""
    item = session.get(ReserveItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound("储备池里没有这一项")
    if item.state != ReserveState.LISTED:
        raise Conflict("这一项已经定过了：刷新看最新状态")
    if state is ReserveState.LISTED or not reason.strip():
        raise AppError("请选采纳或不采纳，并写理由", field="reason")
    item.state, item.reason = state, reason.strip()[:LONGEST]
    item.decided_at, item.decided_by = now, by
    session.add(item)
    session.flush()
    return item


def listed(session: Session) -> list[ReserveItem]:
    """Everything in the pool, what waits first, then the newest."""
    rows = session.exec(select(ReserveItem).order_by(col(ReserveItem.id).desc())).all()
    return sorted(rows, key=lambda item: item.state != ReserveState.LISTED)


def find_listed(session: Session, topic: Topic) -> ReserveItem | None:
    """The waiting item of a topic, if any."""
    statement = select(ReserveItem).where(
        col(ReserveItem.kind) == topic.kind.value,
        col(ReserveItem.topic) == topic.key,
        col(ReserveItem.state) == ReserveState.LISTED,
    )
    return session.exec(statement).first()
