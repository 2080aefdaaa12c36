"""What may be read of tickets, by whom: lists, one ticket by its last four digits, and its timeline."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

from app.clock import local_date
from app.tickets import repository
from app.tickets.lifecycle import ACTION_NAMES, LIVE, Action
from app.tickets.models import Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind

FULL_NUMBER = re.compile(r"\d{8}-\d{4}")
SUFFIX_LENGTH = 4
OTHER_TITLES = {
    "opened": "提交诉求",
    "identified": "确认所属企业",
    "reminded": "系统提醒",
    "told": "已告知",
    "joined": "并入同一事项",
    "recounted": "节假日公布，时限重算",
    "listed": "列入问题清单",
    "handed_over": "首问责任移交",
    "surveyed": "电话回访",
    "chased": "催办转出",
    "referred": "移交追责",
    "referral_settled": "移交结果",
}
INSIDE_BUSINESS = frozenset(
    {
        Action.RETURN.value,
        Action.RESUME.value,
        Action.LEAVE.value,
        Action.SUPERVISE.value,
        Action.CATEGORISE.value,
        "reminded",
        "identified",
        "listed",
        "handed_over",
        "surveyed",
        "chased",
        "referred",
        "referral_settled",
    }
)


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a ticket's history as the reader may see it."""

    at: datetime
    kind: str
    title: str
    who: str
    note: str


def find_by_suffix(session: Session, text: str, *, actor: Actor, now: datetime) -> list[Ticket]:
    """Tickets that this actor may see and that `text` names: a full number or its last four digits.

    Live ones win: settled ones are returned only if no live ticket ends so. More than one means: ask which.
    """
    text = text.strip()
    condition = repository.visible_to(session, actor, local_date(now))
    if FULL_NUMBER.fullmatch(text):
        return repository.tickets(session, condition, suffix=text)
    if not text.isdecimal() or len(text) > SUFFIX_LENGTH:
        return []
    found = repository.tickets(session, condition, suffix=f"-{int(text):04d}")
    live = [ticket for ticket in found if ticket.status in LIVE]
    return live or found


def todo(session: Session, actor: Actor, now: datetime, *, limit: int = 50) -> list[Ticket]:
    """待办: what waits for this officer, department or the hub, green channel first, then by deadline.

    An officer also sees what he follows as 首问责任人; the hub sees its queue and every rung it keeps moving.
    """
    condition = repository.visible_to(session, actor, local_date(now))
    if actor.kind is ActorKind.HUB:
        condition = col(Ticket.holder_kind).not_in(["officer", "department"])
    found = repository.tickets(session, condition, statuses=tuple(LIVE), limit=limit)
    return sorted(found, key=lambda ticket: (not ticket.is_green, ticket.due_on, ticket.id))


def tickets_of(session: Session, openid: str, *, now: datetime, limit: int = 20) -> list[Ticket]:
    """进度: the tickets a person may follow, live ones first, newest first."""
    actor = Actor(ActorKind.ENTERPRISE, openid, "")
    condition = repository.visible_to(session, actor, local_date(now))
    found = repository.tickets(session, condition, limit=limit)
    return sorted(found, key=lambda ticket: ticket.status not in LIVE)


def timeline(session: Session, ticket: Ticket, *, is_public: bool = False) -> list[TimelineEntry]:
    """The ticket's history, oldest first; the public one leaves out what is inside business."""
    events = repository.events(session, ticket.id) if ticket.id is not None else []
    shown = [event for event in events if not (is_public and event.kind in INSIDE_BUSINESS)]
    return [_entry(event, hides_note=is_public and not event.is_public) for event in shown]


def _entry(event: TicketEvent, *, hides_note: bool) -> TimelineEntry:
    is_enterprise = event.actor_kind == ActorKind.ENTERPRISE
    return TimelineEntry(
        at=event.at,
        kind=event.kind,
        title=_title(event.kind),
        who="企业" if is_enterprise else event.actor_name,
        note="" if hides_note else event.note or _sorted_as(event),
    )


def _sorted_as(event: TicketEvent) -> str:
    """`公共服务 · 咨询`: what a person made of it (C17)."""
    if event.kind != Action.CATEGORISE:
        return ""
    return " · ".join(part for part in (event.data["category"], event.data["kind"]) if part)


def _title(kind: str) -> str:
    if kind in set(Action):
        return ACTION_NAMES[Action(kind)]
    return OTHER_TITLES[kind]
