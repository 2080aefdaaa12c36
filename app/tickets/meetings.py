"""Joint meetings: called by the hub, deciding who leads and by when, back into the ticket (C7).

`perform(…, Action.CONVENE, note=why, details={"members": […], "body": …})` puts a ticket on the table;
`perform(…, Action.DECIDE, target=lead department, note=decision, details={"due_on", "held_on", "minutes",
"members"})` brings it back.
"""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from app.clock import local_date
from app.districts.profile import HolderKind
from app.errors import Conflict
from app.tickets import moving
from app.tickets.changes import Case, Change
from app.tickets.finding import find_department
from app.tickets.models import MeetingItem, Ticket
from app.tickets.values import Incomplete, Rules

BODY_LENGTH = 64
MINUTES_LENGTH = 4000


def items(session: Session, ticket_id: int) -> list[MeetingItem]:
    """Every time the ticket was on a table, oldest first."""
    statement = select(MeetingItem).where(col(MeetingItem.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(MeetingItem.id))))


def waiting_items(session: Session) -> list[tuple[MeetingItem, Ticket]]:
    """What the next meeting has to decide, the earliest deadline first."""
    statement = (
        select(MeetingItem, Ticket)
        .join(Ticket, col(Ticket.id) == col(MeetingItem.ticket_id))
        .where(col(MeetingItem.decided_at).is_(None))
        .order_by(col(Ticket.due_on), col(MeetingItem.id))
    )
    return list(session.exec(statement).all())


def body_of(ticket: Ticket, rules: Rules) -> str:
    """The meeting this ticket goes to: the ladder's own, else who convenes in this district."""
    named = [step["holder"] for step in ticket.ladder if step["holder_kind"] == HolderKind.MEETING]
    return str(named[0] if named else f"{rules.profile.hub.duties['convene']}会商")


def convene(case: Case) -> Change:
    """提请会商: the ticket waits on the table; who holds it goes on working."""
    case.needed_note("提请会商 {} 涉及三个部门，牵头单位不明")
    if _open_item(case) is not None:
        raise Conflict("已经提请会商，等会议议定")
    row = MeetingItem(
        ticket_id=case.ticket_id,
        body=str(case.details.get("body") or body_of(case.ticket, case.rules))[:BODY_LENGTH],
        members=_members(case),
        called_at=case.now,
        called_by=case.actor.name,
    )
    change = Change(data={"body": row.body, "members": row.members})
    change.then.append(lambda: case.session.add(row))
    return change


def decide(case: Case) -> Change:
    """会议议定: the lead department holds it until the day decided; the rung stays."""
    case.needed_note("会议议定 {} 由住建委牵头，两周内修通")
    item = _open_item(case)
    if item is None:
        raise Conflict("这件事没有提请会商，先提请再议定")
    lead = find_department(case)
    due_on = _decided_day(case)
    change = moving.to_department(case, lead.id, case.ticket.step)
    change.values |= {
        "due_on": due_on,
        "due_from": due_on,
        "due_days": 0,
        "due_is_provisional": case.rules.calendar.crosses_provisional(case.ticket.received_on, due_on),
        "supervised_at": None,
    }
    change.data |= {"body": item.body, "due_on": due_on.isoformat()}
    settled: dict[str, Any] = {
        "held_on": case.details.get("held_on") or local_date(case.now),
        "lead_department_id": lead.id,
        "due_on": due_on,
        "minutes": str(case.details.get("minutes") or case.note)[:MINUTES_LENGTH],
        "members": _members(case) or item.members,
        "decided_at": case.now,
        "decided_by": case.actor.name,
    }
    change.then.append(lambda: _settle(case.session, item, settled))
    return change


def _settle(session: Session, item: MeetingItem, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(item, name, value)
    session.add(item)
    session.flush()


def _open_item(case: Case) -> MeetingItem | None:
    return next((item for item in items(case.session, case.ticket_id) if item.decided_at is None), None)


def _members(case: Case) -> list[str]:
    return [str(name) for name in case.details.get("members", ()) if str(name).strip()]


def _decided_day(case: Case) -> date:
    due_on = case.details.get("due_on")
    if not isinstance(due_on, date):
        raise Incomplete("请写明会议定的完成时限", field="due_on")
    if due_on < local_date(case.now) or not case.rules.calendar.is_workday(due_on):
        raise Incomplete("完成时限应是今天以后的工作日", field="due_on")
    return due_on
