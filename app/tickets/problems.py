"""The life of a problem-list item (问题清单, C12): statuses, who may do what, compare-and-set, history.

What people do to items is `rectifying`, the sample of them `spotchecks`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from app import audit
from app.clock import local_date, local_text
from app.directory.models import Coordinator, Department
from app.districts.rules import Rectification
from app.errors import Conflict, Forbidden, NotFound
from app.tickets.lifecycle import FINAL, Status
from app.tickets.models import Ticket
from app.tickets.problem_models import ProblemEvent, ProblemEvidence, ProblemItem
from app.tickets.values import Actor, ActorKind, Rules


class ProblemStatus(StrEnum):
    """How far an item is."""

    OPEN = "open"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    VERIFIED = "verified"


STATUS_NAMES = {
    ProblemStatus.OPEN: "整改中",
    ProblemStatus.SUBMITTED: "待签字",
    ProblemStatus.SIGNED: "已签字报送",
    ProblemStatus.VERIFIED: "已核实销号",
}
EVENT_NAMES = {
    "listed": "列入清单", "evidence": "上传佐证", "submitted": "报请签字", "signed": "主要负责同志签字",
    "returned": "退回整改", "passed": "抽查合格", "failed": "抽查不合格",
}  # fmt: skip
DONE = frozenset({ProblemStatus.SIGNED, ProblemStatus.VERIFIED})


def rule_of(rules: Rules) -> Rectification:
    """The district's rule; Conflict where it keeps no problem list."""
    if rules.profile.rectification is None:
        raise Conflict("本区没有启用问题清单（区配置里没有 rectification 一节）")
    return rules.profile.rectification


def unsigned_reason(session: Session, ticket: Ticket, rules: Rules) -> str:
    """Why a ticket must not be settled yet for want of a signature; empty where nothing is missing (BH 2(3)2)."""
    rule = rules.profile.rectification
    if rule is None or ticket.id is None:
        return ""
    listed = items_of(session, ticket.id)
    waiting = [item for item in listed if item.status not in DONE]
    if waiting:
        item = waiting[0]
        return (
            f"问题清单第 {item.id} 项{STATUS_NAMES[ProblemStatus(item.status)]}，主要负责同志签字后才能办结"
        )
    if not listed and (ticket.category in rule.categories or ticket.step in rule.steps):
        return f"这件事按规定要列入问题清单整改、由主要负责同志签字，请{rules.profile.hub.name}先列入清单"
    return ""


def items_of(session: Session, ticket_id: int) -> list[ProblemItem]:
    """The items that a ticket led to, oldest first."""
    statement = select(ProblemItem).where(col(ProblemItem.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(ProblemItem.id))))


def listed(
    session: Session, *, statuses: frozenset[ProblemStatus] | None = None, department_id: int | None = None
) -> list[tuple[ProblemItem, Department]]:
    """The problem list with the department of each item, the earliest deadline first."""
    statement = select(ProblemItem, Department).join(
        Department, col(Department.id) == col(ProblemItem.department_id)
    )
    if statuses is not None:
        statement = statement.where(col(ProblemItem.status).in_([status.value for status in statuses]))
    if department_id is not None:
        statement = statement.where(col(ProblemItem.department_id) == department_id)
    return list(session.exec(statement.order_by(col(ProblemItem.due_on), col(ProblemItem.id))).all())


def is_overdue(item: ProblemItem, now: datetime) -> bool:
    """Whether its day has passed without a signature."""
    return item.status not in DONE and local_date(now) > item.due_on


def evidence_of(session: Session, item_id: int) -> list[ProblemEvidence]:
    """What was handed in, oldest first."""
    statement = select(ProblemEvidence).where(col(ProblemEvidence.item_id) == item_id)
    return list(session.exec(statement.order_by(col(ProblemEvidence.id))))


def history(session: Session, item_id: int) -> list[ProblemEvent]:
    """Everything that happened to an item, oldest first."""
    statement = select(ProblemEvent).where(col(ProblemEvent.item_id) == item_id)
    return list(session.exec(statement.order_by(col(ProblemEvent.id))))


def find(session: Session, item_id: int) -> ProblemItem:
    """The item; NotFound."""
    item = session.get(ProblemItem, item_id, populate_existing=True)
    if item is None:
        raise NotFound(f"问题清单上没有第 {item_id} 项")
    return item


def live_ticket(session: Session, number: str) -> Ticket | None:
    """The ticket that an item comes from; None for no number, NotFound or Conflict for one that cannot."""
    if not number:
        return None
    ticket = session.exec(select(Ticket).where(col(Ticket.number) == number)).first()
    if ticket is None:
        raise NotFound(f"没有 {number} 这张单子，请写完整单号", field="ticket_number")
    if ticket.status in FINAL or ticket.status == Status.RESOLVED:
        raise Conflict(f"{number} 已经办结，先重办再列入清单", field="ticket_number")
    return ticket


def authorise(
    session: Session, actor: Actor, action: str, item: ProblemItem | None, now: datetime, *, hub_only: bool
) -> None:
    """The hub does everything; a department's coordinator what concerns the own items. A refusal is audited."""
    if actor.kind is ActorKind.HUB:
        return
    if actor.kind is ActorKind.COORDINATOR and item is not None and not hub_only:
        coordinator = session.get(Coordinator, int(actor.id))
        if coordinator and coordinator.is_active and coordinator.department_id == item.department_id:
            return
    audit.record(
        session,
        at=now,
        actor_kind=actor.kind.value,
        actor=actor.id,
        action=f"problem.{action}",
        target=f"problem:{item.id}" if item else "-",
        succeeded=False,
    )
    raise Forbidden("这一步由中枢办理" if hub_only else "这一项不是您单位的")


def move(
    session: Session,
    item: ProblemItem,
    allowed: frozenset[ProblemStatus],
    after: ProblemStatus,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Compare-and-set; Conflict that says how it stands, if it is elsewhere or somebody was faster."""
    statement = (
        update(ProblemItem)
        .where(
            col(ProblemItem.id) == item.id,
            col(ProblemItem.version) == item.version,
            col(ProblemItem.status).in_([status.value for status in allowed]),
        )
        .values({**(values or {}), "status": after.value, "version": item.version + 1})
    )
    is_mine = session.connection().execute(statement).rowcount == 1
    session.refresh(item)
    if not is_mine:
        name = STATUS_NAMES[ProblemStatus(item.status)]
        raise Conflict(f"第 {item.id} 项现在是「{name}」{_last_act(session, item)}，不能这样办")


def _last_act(session: Session, item: ProblemItem) -> str:
    events = history(session, item.id or 0)
    if not events:
        return ""
    last = events[-1]
    return f"（{last.actor_name} {local_text(last.at)} {EVENT_NAMES[last.kind]}）"


def write(
    session: Session,
    item: ProblemItem,
    kind: str,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """One line of history and one of the audit."""
    session.add(
        ProblemEvent(
            item_id=item.id or 0,
            at=now,
            kind=kind,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            actor_name=actor.name,
            note=note[:2000],
            data=data or {},
        )
    )
    audit.record(
        session,
        at=now,
        actor_kind=actor.kind.value,
        actor=actor.id or actor.name,
        action=f"problem.{kind}",
        target=f"problem:{item.id}",
        detail=data,
    )
    session.flush()


def due_text(due_on: date) -> str:
    """`12月4日`."""
    return f"{due_on.month}月{due_on.day}日"
