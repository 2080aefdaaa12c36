"""What a panel user may do to a ticket, and which words each form asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.districts.profile import HolderKind
from app.panel.models import User
from app.panel.roles import Role
from app.tickets import authority, service
from app.tickets.lifecycle import ACTION_NAMES, Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind

LEADER_ACTIONS = frozenset({Action.DISPATCH, Action.TELL})


@dataclass(frozen=True)
class ActionForm:
    """One form: `extra` names the field besides the note, `is_note_needed` whether words are a must."""

    action: Action
    note_label: str
    hint: str = ""
    extra: str = ""
    is_note_needed: bool = True

    @property
    def label(self) -> str:
        """What the button says."""
        return (
            "代企业" + ACTION_NAMES[self.action]
            if self.action in FOR_ENTERPRISE
            else ACTION_NAMES[self.action]
        )


FOR_ENTERPRISE = frozenset({Action.SUPPLEMENT, Action.URGE, Action.WITHDRAW})
FORMS = (
    ActionForm(Action.ACCEPT, "说明（可不填）", "本级接下来办。", is_note_needed=False),
    ActionForm(
        Action.DISPATCH,
        "给承办人的说明（可不填）",
        "承办人和企业都会收到消息。",
        "holder",
        is_note_needed=False,
    ),
    ActionForm(Action.RESOLVE, "结果（原文发给企业）", "结果会发给企业，送到后才能归档。", "result"),
    ActionForm(Action.REPLY, "回复企业的话", "原文发给企业，不结束办理。"),
    ActionForm(Action.TELL, "告知经过", "谁、什么时候、电话里说了什么。"),
    ActionForm(Action.REQUEST_INFO, "需要企业补充什么", "补充期间不计时限。"),
    ActionForm(Action.EXTEND, "延期理由（会告诉企业）", "按工作日计。", "days"),
    ActionForm(Action.RAISE, "上报理由", "升到更高一级办理。", "step"),
    ActionForm(Action.CLOSE, "说明（可不填）", "企业已知道结果才能归档。", is_note_needed=False),
    ActionForm(Action.REOPEN, "重办理由", "重新计算时限，企业会收到消息。"),
    ActionForm(Action.SUPPLEMENT, "企业补充了什么", "企业打电话或当面说的，替它记下。"),
    ActionForm(Action.URGE, "说明（可不填）", "企业来电催办，替它记下。", is_note_needed=False),
    ActionForm(Action.WITHDRAW, "企业怎么说的", "企业表示不用办了。"),
)
BY_ACTION: Mapping[str, ActionForm] = {form.action.value: form for form in FORMS}


def actor_of(user: User) -> Actor:
    """A panel user acts for the hub, under the own name."""
    return Actor(ActorKind.HUB, str(user.id), user.name or user.username)


def forms_for(session: Session, ticket: Ticket, user: User, now: datetime) -> list[ActionForm]:
    """The forms to show: what the role, the authority rules and the status allow together."""
    fitting = service.available_actions(session, ticket, actor_of(user), now)
    allowed = permitted(session, ticket, user, now) & fitting
    return [form for form in FORMS if form.action in allowed]


def permitted(session: Session, ticket: Ticket, user: User, now: datetime) -> frozenset[Action]:
    """Everything this user may do, whatever the status; nothing for those who only read."""
    role = Role(user.role)
    if role not in (Role.HUB, Role.ADMIN, Role.LEADER):
        return frozenset()
    actor = actor_of(user)
    allowed = authority.permitted(actor, service.relation_of(session, ticket, actor, now))
    if role is Role.LEADER:
        return allowed & LEADER_ACTIONS
    held_by_people = ticket.holder_kind in (HolderKind.OFFICER, HolderKind.DEPARTMENT)
    return allowed - {Action.ACCEPT} if held_by_people else allowed
