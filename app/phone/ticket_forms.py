"""What a person may do to a ticket on its page: the same acts as in chat, by the same rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.conversations.desk import caller_of
from app.errors import AppError, Forbidden
from app.tickets import repository, service
from app.tickets.lifecycle import ACTION_NAMES, Action
from app.tickets.models import Attachment, Ticket
from app.tickets.values import RESULT_NAMES, Actor, ActorKind, ResultKind, Rules

MOST_WORDS = 2000
SAME_TAP = timedelta(minutes=1)
SCORES = ((5, "满意"), (4, "比较满意"), (3, "基本满意"), (2, "不满意"), (1, "很不满意"))


@dataclass(frozen=True)
class PhoneForm:
    """One form: `extra` names the field besides the words, `opens` whether it is shown unfolded."""

    action: Action
    words: str
    extra: str = ""
    is_needed: bool = True
    takes_files: bool = False
    opens: bool = False

    @property
    def label(self) -> str:
        """What the button says."""
        return ACTION_NAMES[self.action]


OWNER_FORMS = (
    PhoneForm(Action.RATE, "还想说点什么（可不填）", "score", is_needed=False, opens=True),
    PhoneForm(Action.SUPPLEMENT, "补充说明", takes_files=True, opens=True),
    PhoneForm(Action.URGE, "想说的话（可不填）", is_needed=False),
    PhoneForm(Action.WITHDRAW, "为什么撤回（可不填）", is_needed=False),
)
STAFF_FORMS = (
    PhoneForm(Action.ACCEPT, "说明（可不填）", is_needed=False, opens=True),
    PhoneForm(Action.RESOLVE, "结果（原文发给企业）", "result"),
    PhoneForm(Action.REPLY, "回复企业的话（原文发给企业）", takes_files=True),
    PhoneForm(Action.REQUEST_INFO, "需要企业补充什么"),
    PhoneForm(Action.SUMMON, "请这个部门做什么", "department"),
    PhoneForm(Action.EXTEND, "延期理由（会告诉企业）", "days"),
    PhoneForm(Action.RAISE, "上报理由"),
    PhoneForm(Action.RETURN, "退回理由"),
    PhoneForm(Action.TELL, "告知经过：谁、什么时候、说了什么"),
)
# The enterprise reads a reply in its chat, where no file stands.
TO_BE_SEEN = "［附件 {} 个，点「查进度」再点「办理过程」看］"
# What the rules of tickets call a field, and what it is called on the page.
FIELD_OF = {"note": "words", "days": "extra", "department": "extra", "result_kind": "extra", "score": "extra"}
RESULTS = tuple((kind.value, RESULT_NAMES[kind]) for kind in ResultKind)


@dataclass(frozen=True)
class Sent:
    """A form as it came: words, the extra field, the ticket's version on the page, and what was in its files."""

    action: str
    words: str
    extra: str
    version: int | None = None
    files: Sequence[bytes] = ()

    @property
    def note(self) -> str:
        """The words as the ticket keeps them, with a mark for the files."""
        words = self.words.strip()
        if self.files and self.action == Action.REPLY:
            return f"{words} {TO_BE_SEEN.format(len(self.files))}".strip()
        return " ".join([words, *("［图片或文件］" for _ in self.files)]).strip()


def actor_of(session: Session, openid: str) -> Actor:
    """In which capacity this person acts."""
    return caller_of(session, openid).actor


def may_read(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> bool:
    """Whether this person may read the words of the ticket, not only its progress."""
    return bool(service.find_by_suffix(session, ticket.number, actor=actor, now=now))


def forms_for(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> list[PhoneForm]:
    """What may be done now, most likely first."""
    allowed = service.available_actions(session, ticket, actor, now)
    forms = OWNER_FORMS if actor.kind is ActorKind.ENTERPRISE else STAFF_FORMS
    return [form for form in forms if form.action in allowed]


def is_same_tap(session: Session, ticket: Ticket, actor: Actor, sent: Sent, now: datetime) -> bool:
    """Whether the same page was sent twice: a finger that tapped again, or a phone that asked again."""
    if sent.version is None or sent.version == ticket.version:
        return False
    kinds = {sent.action, Action.REOPEN.value} if sent.action == Action.RATE else {sent.action}
    last = repository.last_event(session, ticket.id or 0, *kinds)
    if last is None or (last.actor_kind, last.actor_id) != (actor.kind.value, actor.id):
        return False
    return last.note == sent.note and now - last.at < SAME_TAP


def form_of(session: Session, ticket: Ticket, actor: Actor, sent: Sent, now: datetime) -> PhoneForm:
    """The form that was sent. AppError where it cannot be done now, with what is missing, or how to go on."""
    form = next((item for item in forms_for(session, ticket, actor, now) if item.action == sent.action), None)
    if form is None:
        raise Forbidden("这一步现在做不了：单子可能刚有变化，请刷新看看")
    if form.is_needed and not sent.words.strip() and not sent.files:
        raise AppError(f"请先写{form.words.split('（')[0]}", field="words")
    if len(sent.words.strip()) > MOST_WORDS:
        raise AppError(
            f"最多写 {MOST_WORDS} 字，现在是 {len(sent.words.strip())} 字：请删减，或分两次写", field="words"
        )
    _extra(form, sent.extra)
    return form


def carry_out(
    session: Session,
    ticket: Ticket,
    actor: Actor,
    sent: Sent,
    kept: Sequence[str],
    *,
    rules: Rules,
    now: datetime,
) -> None:
    """Do it; `kept` are the paths of its files. AppError with what is missing. Staff must have seen the latest."""
    form = form_of(session, ticket, actor, sent, now)
    is_owner = actor.kind is ActorKind.ENTERPRISE
    service.perform(
        session, ticket.id or 0, form.action, actor, note=sent.note,
        expected_version=None if is_owner else sent.version, rules=rules, now=now, **_extra(form, sent.extra),
    )  # fmt: skip
    for path in kept:
        kind = "file" if path.endswith(".pdf") else "image"
        session.add(Attachment(ticket_id=ticket.id or 0, at=now, media_kind=kind, path=path))


def _extra(form: PhoneForm, value: str) -> Mapping[str, Any]:
    if form.extra == "score":
        if value not in {str(score) for score, _ in SCORES}:
            raise AppError("请先选一个评价", field="extra")
        return {"score": int(value)}
    if form.extra == "days":
        if not (value.isdecimal() and len(value) <= 2 and int(value)):
            raise AppError("请填要延长几个工作日", field="extra")
        return {"days": int(value)}
    return {"target": value} if form.extra else {}


DONE = {
    Action.SUPPLEMENT: "已补充，承办人会收到。",
    Action.URGE: "已催办，承办人会收到提醒。",
    Action.WITHDRAW: "已撤回。需要时随时在对话里再提。",
    Action.RATE: "谢谢，评价已记下。",
    Action.ACCEPT: "已接单，企业会收到消息。",
    Action.REPLY: "已发给企业。",
    Action.REQUEST_INFO: "已请企业补充。",
    Action.SUMMON: "已吹哨，部门会收到消息。",
    Action.RAISE: "已上报。",
    Action.RETURN: "已退回。",
    Action.EXTEND: "已延期，企业会收到消息。",
    Action.RESOLVE: "已办结，结果已发给企业。",
    Action.TELL: "已记下告知经过。",
}
REOPENED = "已重新打开，升一级接着办。您写的话已经带上，不用再讲一遍。"


def said_after(done: str, *, is_live: bool) -> str:
    """What the page says of the act just done; a rating that leaves the ticket open was a dissatisfied one (D4)."""
    if done == Action.RATE and is_live:
        return REOPENED
    return next((said for action, said in DONE.items() if action == done), "")
