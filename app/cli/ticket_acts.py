"""What the ticket commands share: one act by a named person, and how a ticket reads."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.cli.office import Office, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from sqlmodel import Session

    from app.tickets.lifecycle import Action
    from app.tickets.models import Ticket


def act(
    number: str,
    action: "Action",
    by: str,
    *,
    as_json: bool,
    target: str = "",
    staff_or_department: str = "",
    note: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """One act of the hub on one ticket in one transaction, audited, and how the ticket stands afterwards."""
    from app import audit
    from app.tickets import service

    actor = hub_person(by)
    with office() as desk, desk.db.transaction() as session:
        ticket = find(session, number, desk.now)
        target = _target(session, staff_or_department) if staff_or_department else target
        changed = service.perform(
            session,
            ticket.id or 0,
            action,
            actor,
            note=note,
            target=target,
            details=details,
            rules=desk.rules,
            now=desk.now,
        )
        audit.record(
            session,
            at=desk.now,
            actor_kind=actor.kind.value,
            actor=actor.id,
            action=f"cli.ticket.{action.value}",
            target=f"ticket:{changed.number}",
        )
        row = summary(session, changed, desk)
    show_answer(row, [one_line(row)], as_json=as_json)


def find(session: "Session", number: str, now: datetime) -> "Ticket":
    """The ticket with this full number, or the only live one that ends with these four digits."""
    from app.errors import AppError, NotFound
    from app.tickets import reading
    from app.tickets.values import Actor, ActorKind

    found = reading.find_by_suffix(session, number, actor=Actor(ActorKind.HUB, "cli", ""), now=now)
    if not found:
        raise NotFound(f"没有 {number} 这张单子")
    if len(found) > 1:
        raise AppError(f"{number} 不止一张：{'、'.join(ticket.number for ticket in found)}，请写完整单号")
    return found[0]


def summary(session: "Session", ticket: "Ticket", desk: Office) -> dict[str, Any]:
    """A ticket as a program reads it; personal data is masked."""
    from app.tickets import describing

    facts = describing.describe(session, ticket, rules=desk.rules, now=desk.now)
    return {
        "number": ticket.number,
        "status": facts.status_name,
        "step": facts.step_name,
        "holder": facts.holder.short,
        "due_on": ticket.due_on.isoformat(),
        "is_provisional": ticket.due_is_provisional,
        "days_left": facts.left,
        "is_supervised": ticket.supervised_at is not None,
        "is_green": ticket.is_green,
        "channel": ticket.channel,
        "category": ticket.category,
        "enterprise": facts.enterprise,
        "caller": facts.caller,
        "content": facts.quote,
        "result": ticket.result,
        "score": facts.score,
    }


def one_line(row: Mapping[str, Any]) -> str:
    """`20261120-0042 办理中 部门协同办 住建委 李专员 剩 3 个工作日 督办 测试1号公司`."""
    from app.tickets.deadlines import left_text

    left = left_text(row["days_left"]) if row["status"] in ("待接单", "办理中", "待补充") else ""
    marks = [
        word for word, is_set in (("绿色通道", row["is_green"]), ("督办", row["is_supervised"])) if is_set
    ]
    parts = [row["number"], row["status"], row["step"], row["holder"], left, *marks, row["enterprise"]]
    return " ".join(part for part in parts if part)


def _target(session: "Session", text: str) -> str:
    """A staff number names an officer; anything else is a department for `perform` to find."""
    from sqlmodel import col, select

    from app.directory.models import Officer

    officer = session.exec(select(Officer).where(col(Officer.staff_no) == text)).first()
    return f"officer:{officer.id}" if officer is not None else text
