"""What a panel user may do to a ticket, and which words each form asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.districts.profile import HolderKind
from app.panel.models import User
from app.panel.roles import TICKET_WORKERS, Role
from app.tickets import authority, handoffs, meetings, service
from app.tickets.lifecycle import ACTION_NAMES, Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind

LEADER_ACTIONS = frozenset({Action.DISPATCH, Action.TELL})
HANDLE, PASS_ON, STEER, SPEAK_FOR = "办理", "转给别人", "会商和督办", "替企业记下"


@dataclass(frozen=True)
class ActionForm:
    """One form: `extra` names the fields besides the note, `is_note_needed` whether words are a must."""

    action: Action
    group: str
    note_label: str
    hint: str = ""
    extra: str = ""
    is_note_needed: bool = True

    @property
    def label(self) -> str:
        """What the button says."""
        name = ACTION_NAMES[self.action]
        return f"代企业{name}" if self.group == SPEAK_FOR else name


FORMS = (
    ActionForm(Action.ACCEPT, HANDLE, "说明（可不填）", "本级接下来办。", is_note_needed=False),
    ActionForm(
        Action.DISPATCH, PASS_ON, "给承办人的说明（可不填）", "承办人和企业都会收到消息。", "holder", is_note_needed=False
    ),
    ActionForm(Action.REPLY, HANDLE, "回复企业的话", "原文发给企业，不结束办理。"),
    ActionForm(Action.REQUEST_INFO, HANDLE, "需要企业补充什么", "补充期间不计时限。"),
    ActionForm(Action.EXTEND, HANDLE, "延期理由（会告诉企业）", "按工作日计。", "days"),
    ActionForm(Action.RESOLVE, HANDLE, "结果（原文发给企业）", "结果会发给企业，送到后才能归档。", "result"),
    ActionForm(Action.TELL, HANDLE, "告知经过", "谁、什么时候、电话里说了什么。"),
    ActionForm(Action.CLOSE, HANDLE, "说明（可不填）", "企业已知道结果才能归档。", is_note_needed=False),
    ActionForm(Action.REOPEN, HANDLE, "重办理由", "重新计算时限，企业会收到消息。"),
    ActionForm(Action.ENGAGE, PASS_ON, "请它协助什么（可不填）", "承办人不变，这个部门一起办。", "department", is_note_needed=False),
    ActionForm(Action.RAISE, PASS_ON, "上报理由", "升到更高一级办理。", "step"),
    ActionForm(Action.RETURN, PASS_ON, "退回理由", "不归本部门办的，退回派单的人；协办的，退出协办。"),
    ActionForm(Action.HAND_OFF, PASS_ON, "转出说明（可不填）", "给别的平台办；本单不关，等结果回来。", "handoff", is_note_needed=False),
    ActionForm(Action.HAND_BACK, PASS_ON, "那边办的结果", "登记转出的结果，接着在这里办。", "handback"),
    ActionForm(Action.MERGE, PASS_ON, "说明（可不填）", "和另一张单子是同一件事：这张归档，企业跟着那张收进展。", "survivor", is_note_needed=False),
    ActionForm(Action.CATEGORISE, HANDLE, "说明（可不填）", "类别和类型用于统计、抽样回访和专报，企业看不到这一步。", "sorting", is_note_needed=False),
    ActionForm(Action.CONVENE, STEER, "提请会商的理由", "承办人照常办，等会议议定。", "convene"),
    ActionForm(Action.DECIDE, STEER, "议定事项", "牵头部门按议定的日子办。", "decide"),
    ActionForm(Action.SUPERVISE, STEER, "督办理由", "列入督办清单，承办人会收到消息。"),
    ActionForm(Action.SUPPLEMENT, SPEAK_FOR, "企业补充了什么", "企业打电话或当面说的，替它记下。"),
    ActionForm(Action.URGE, SPEAK_FOR, "说明（可不填）", "企业来电催办，替它记下。", is_note_needed=False),
    ActionForm(Action.WITHDRAW, SPEAK_FOR, "企业怎么说的", "企业表示不用办了。"),
)  # fmt: skip
BY_ACTION: Mapping[str, ActionForm] = {form.action.value: form for form in FORMS}


def actor_of(user: User) -> Actor:
    """A panel user acts for the hub, under the own name; a department's clerk as its coordinator."""
    if user.role == Role.DEPARTMENT:
        return Actor(ActorKind.COORDINATOR, str(user.coordinator_id or 0), user.name or user.username)
    return Actor(ActorKind.HUB, str(user.id), user.name or user.username)


def forms_for(session: Session, ticket: Ticket, user: User, now: datetime) -> list[ActionForm]:
    """The forms to show: what the role, the authority rules and the ticket's state allow together."""
    fitting = service.available_actions(session, ticket, actor_of(user), now)
    allowed = (permitted(session, ticket, user, now) & fitting) - _pointless(session, ticket)
    return [form for form in FORMS if form.action in allowed]


def grouped(forms: list[ActionForm]) -> list[tuple[str, list[ActionForm]]]:
    """Forms under their headings, in the order of work."""
    groups = [
        (name, [form for form in forms if form.group == name]) for name in (HANDLE, PASS_ON, STEER, SPEAK_FOR)
    ]
    return [(name, members) for name, members in groups if members]


def permitted(session: Session, ticket: Ticket, user: User, now: datetime) -> frozenset[Action]:
    """Everything this user may do, whatever the status; nothing for those who only read."""
    role = Role(user.role)
    if role not in TICKET_WORKERS:
        return frozenset()
    actor = actor_of(user)
    allowed = authority.permitted(actor, service.relation_of(session, ticket, actor, now))
    if role is Role.DEPARTMENT:
        return allowed | {Action.RETURN} if Action.LEAVE in allowed else allowed
    if role is Role.LEADER:
        return allowed & LEADER_ACTIONS
    held_by_people = ticket.holder_kind in (HolderKind.OFFICER, HolderKind.DEPARTMENT)
    return allowed - {Action.ACCEPT} if held_by_people else allowed


def _pointless(session: Session, ticket: Ticket) -> set[Action]:
    """Acts that the ticket's other records rule out: a meeting that waits, nothing that is out."""
    number = ticket.id or 0
    out = handoffs.out_now(session, number)
    waits = any(item.decided_at is None for item in meetings.items(session, number))
    found = {Action.CONVENE} if waits else {Action.DECIDE}
    if not out:
        found.add(Action.HAND_BACK)
    else:
        found.add(Action.RESOLVE)
    if ticket.supervised_at is not None:
        found.add(Action.SUPERVISE)
    return found
