"""A ticket as its link shows it: progress only. What was written stays in the chat (contract: /t, /o)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.clock import local_date, local_text
from app.tickets import describing, parties, reading, repository
from app.tickets.deadlines import days_left, left_text
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import LIVE, Action, Status
from app.tickets.links import Audience
from app.tickets.models import Attachment, Ticket
from app.tickets.sent_files import KIND_NAMES
from app.tickets.values import Actor, ActorKind, Rules

MILESTONES = frozenset(
    {
        "opened", "accept", "summon", "raise", "dispatch", "request_info", "supplement", "extend", "resolve",
        "told", "tell", "rate", "reopen", "withdraw", "close", "confirm", "reply",
    }
)  # fmt: skip
WHERE_IT_STANDS = {
    Status.PENDING: "等待接单",
    Status.WORKING: "正在办理",
    Status.WAITING: "等您补充",
    Status.RESOLVED: "已办结，等您评价",
    Status.CLOSED: "已归档",
    Status.WITHDRAWN: "已撤回",
}


STAFF_SEE = {Status.WAITING: "等企业补充", Status.RESOLVED: "已办结，等企业评价"}


@dataclass(frozen=True)
class Milestone:
    """One step of the progress; `at` None for what is still to come, `state` done, now or ahead."""

    title: str
    who: str
    at: datetime | None
    state: str


@dataclass(frozen=True)
class TicketView:
    """The page. `advice` is the one thing to do next; `due_lines` both deadlines of another system's order."""

    number: str
    status: str
    facts: TicketFacts
    milestones: Sequence[Milestone]
    left: str
    is_late: bool
    is_live: bool
    category: str
    opened_at: datetime
    advice: str
    due_lines: Sequence[str] = ()


def ticket_view(
    session: Session, ticket: Ticket, audience: Audience, *, rules: Rules, now: datetime
) -> TicketView:
    """The progress of a ticket, without a word that anybody wrote."""
    profile = rules.profile
    facts = describing.describe(session, ticket, rules=rules, now=now)
    is_live = Status(ticket.status) in LIVE
    is_paused = ticket.status == Status.WAITING and profile.pause.is_enabled
    left = "暂停计时" if is_paused else left_text(facts.left) if is_live else ""
    is_late = is_live and not is_paused and ticket.due_on < local_date(now)
    is_staff = audience is Audience.OFFICER
    if is_staff and facts.is_outside_first:
        left, is_late = _left_outside(facts, rules, now), facts.is_late_outside
    return TicketView(
        number=ticket.number,
        status=_standing(Status(ticket.status), audience),
        facts=facts,
        milestones=[*_done(session, ticket), *_now_and_ahead(ticket, facts, audience)],
        left=left,
        is_late=is_late,
        is_live=is_live,
        category=ticket.category,
        opened_at=ticket.opened_at,
        advice=_advice(ticket, facts, audience),
        due_lines=facts.due_lines if is_staff and facts.outside_due_at else (),
    )


def _left_outside(facts: TicketFacts, rules: Rules, now: datetime) -> str:
    """What is left until the other system's deadline, which comes before ours and is not paused."""
    if facts.is_late_outside:
        return "已过对方时限"
    return left_text(days_left(rules.calendar, local_date(now), facts.first_due_on))


@dataclass(frozen=True)
class SentBefore:
    """A picture or file of the ticket; `address` is "" where there is nothing to open, and the name says why."""

    name: str
    address: str


@dataclass(frozen=True)
class Words:
    """What the person it concerns may read besides the progress. `asked`: what the enterprise is to add now."""

    content: str
    asked: str
    result: str
    enterprise: str
    caller: str
    near: Sequence[str]
    news: Sequence[tuple[datetime, str, str]]
    files: Sequence[SentBefore]


def words_of(session: Session, ticket: Ticket, actor: Actor) -> Words:
    """Request, result and what was said; staff also see what is inside business and what nearly matched."""
    is_staff = actor.kind is not ActorKind.ENTERPRISE
    enterprise = parties.enterprise(session, ticket.enterprise_id)
    entries = reading.timeline(session, ticket, is_public=not is_staff)
    return Words(
        content=ticket.content,
        asked=_asked(entries) if ticket.status == Status.WAITING else "",
        result=ticket.result,
        enterprise=enterprise.name if enterprise else "",
        caller=describing.caller(ticket.contact_name, ticket.contact_phone),
        near=tuple(ticket.near) if is_staff else (),
        news=[
            (entry.at, f"{entry.who} {entry.title}".strip(), entry.note) for entry in entries if entry.note
        ],
        files=[_sent_before(row) for row in repository.attachments(session, ticket.id)],
    )


def _sent_before(row: Attachment) -> SentBefore:
    name = f"{KIND_NAMES.get(row.media_kind, '文件')} {local_text(row.at)}"
    if row.path:
        return SentBefore(name, f"files/{row.id}")
    return SentBefore(f"{name}（{'没取到' if row.fault else '还在取'}）", "")


def _asked(entries: Sequence[reading.TimelineEntry]) -> str:
    return next((entry.note for entry in reversed(entries) if entry.kind == Action.REQUEST_INFO), "")


def _done(session: Session, ticket: Ticket) -> list[Milestone]:
    entries = reading.timeline(session, ticket, is_public=True)
    return [
        Milestone(entry.title, "" if entry.kind == "opened" else entry.who, entry.at, "done")
        for entry in entries
        if entry.kind in MILESTONES
    ]


def _standing(status: Status, audience: Audience) -> str:
    """Where it stands, said to the one who reads."""
    said = WHERE_IT_STANDS[status]
    return STAFF_SEE.get(status, said) if audience is Audience.OFFICER else said


def _now_and_ahead(ticket: Ticket, facts: TicketFacts, audience: Audience) -> list[Milestone]:
    status = Status(ticket.status)
    standing = _standing(status, audience)
    if status in LIVE:
        now = Milestone(standing, f"{facts.step_name} · {facts.holder.short}", None, "now")
        return [now, Milestone("办结", f"{facts.promise_text}", None, "ahead")]
    if status is Status.RESOLVED:
        how = "" if audience is Audience.OFFICER else "在对话里点〔满意〕或〔不满意〕"
        return [Milestone(standing, how, None, "now")]
    return []


def _advice(ticket: Ticket, facts: TicketFacts, audience: Audience) -> str:
    if audience is Audience.OFFICER:
        return f"详细内容和办理请回到微信对话，发「查看 {facts.suffix}」。"
    advice = {
        Status.WAITING: "请回到微信对话，把要补充的文字或照片直接发来。",
        Status.RESOLVED: "结果已发在微信对话里；没解决就回复不满意，会升级再办。",
        Status.CLOSED: "事情有反复，直接在微信对话里把情况发来。",
        Status.WITHDRAWN: "需要时直接在微信对话里把问题发来。",
    }
    return advice.get(
        Status(ticket.status),
        f"要补充或催办，在微信对话里发「补充 {facts.suffix}」或「催办 {facts.suffix}」。",
    )
