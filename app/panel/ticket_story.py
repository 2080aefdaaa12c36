"""What happened to a ticket as the office reads it: each act with whom it went to, or which reminder it was (C4, C9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.directory.models import Department
from app.districts.profile import HolderKind
from app.tickets import describing, reading, repository
from app.tickets.escalation import Step
from app.tickets.models import Ticket
from app.tickets.values import RESULT_NAMES, ResultKind

REMINDER_NAMES = {
    Step.UNACCEPTED: "还没接单",
    Step.UNACCEPTED_TO_HUB: "迟迟没接单，已报中枢督办",
    Step.CONTACT_LATE: "还没联系企业",
    Step.PROGRESS_LATE: "还没反馈进展",
    Step.DUE_SOON: "快到期了",
    Step.DUE_TODAY: "今天到期",
    Step.OVERDUE: "超期了",
    Step.OVERDUE_TO_HUB: "超期，已报中枢督办",
    Step.WAITING_AGAIN: "再请企业补充",
    Step.WAITING_OVER: "等企业补充的日子到了",
    Step.UNTOLD: "结果还没告知企业",
    Step.UNTOLD_LATE: "结果迟迟没告知，已报中枢督办",
    Step.CLOSE_SILENT: "企业没有回音",
}


@dataclass(frozen=True)
class Line:
    """One act; `about` says in a few words where to, until when, or of what, "" if the name says it all."""

    at: datetime
    kind: str
    title: str
    who: str
    note: str
    about: str


def story(session: Session, ticket: Ticket) -> Sequence[Line]:
    """Everything that happened, oldest first."""
    events = repository.events(session, ticket.id) if ticket.id is not None else []
    entries = reading.timeline(session, ticket)
    return [
        Line(entry.at, entry.kind, entry.title, entry.who, entry.note, _about(session, ticket, event.data))
        for entry, event in zip(entries, events, strict=True)
    ]


def _about(session: Session, ticket: Ticket, data: Mapping[str, Any]) -> str:
    """From whatever the act wrote down; older acts may have written less."""
    if "to" in data:
        return _name_of(session, ticket, data["to"], data.get("step", ""))
    if "keys" in data:
        return "、".join(_reminder(key) for key in data["keys"])
    if "department_id" in data:
        return _department(session, data["department_id"])
    if "result_kind" in data:
        kind = data["result_kind"]
        return RESULT_NAMES[ResultKind(kind)] if kind in set(ResultKind) else ""
    if "days" in data and "due_on" in data:
        return f"{data['days']} 个工作日，到 {_day(data['due_on'])}"
    if data.get("reason"):
        return f"分派依据 {data['reason']}"
    plain = next((data[name] for name in ("destination", "into", "from", "body") if data.get(name)), "")
    return plain if isinstance(plain, str) else ""


def _reminder(key: str) -> str:
    """`overdue:2026-11-19` is a step and its day."""
    name = key.partition(":")[0]
    return REMINDER_NAMES[Step(name)] if name in set(Step) else ""


def _name_of(session: Session, ticket: Ticket, to: Mapping[str, Any], step: str) -> str:
    """Who it went to: a person, a department, or the rung that the hub's people keep moving."""
    if to.get("officer_id"):
        party = describing.officer_party(session, to["officer_id"])
        return party.short if party else ""
    if to.get("kind") == HolderKind.DEPARTMENT:
        return _department(session, to.get("department_id"))
    return next((rung["holder"] for rung in ticket.ladder if rung["key"] == step), "")


def _department(session: Session, department_id: int | None) -> str:
    department = session.get(Department, department_id) if department_id else None
    return department.name if department else ""


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.month}月{day.day}日"
