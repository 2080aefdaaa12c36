"""Who may do what to a ticket. Pure: relations in, a refusal or nothing out."""

from collections.abc import Collection
from dataclasses import dataclass

from app.districts.profile import HolderKind
from app.tickets.lifecycle import ACTION_NAMES, Action
from app.tickets.values import Actor, ActorKind

HOLDER_ACTIONS = frozenset(
    {
        Action.ACCEPT,
        Action.REPLY,
        Action.REQUEST_INFO,
        Action.SUMMON,
        Action.RAISE,
        Action.RETURN,
        Action.EXTEND,
        Action.RESOLVE,
        Action.TELL,
        Action.CLOSE,
        Action.HAND_OFF,
        Action.HAND_BACK,
        Action.ENGAGE,
        Action.CATEGORISE,
    }
)
# The 首问责任人 keeps following a ticket that somebody else holds.
RESPONDER_ACTIONS = frozenset(
    {
        Action.REPLY,
        Action.REQUEST_INFO,
        Action.RAISE,
        Action.TELL,
        Action.CLOSE,
        Action.HAND_BACK,
        Action.CATEGORISE,
    }
)
# A department often answers by telephone, so the responder may write the result down; higher up only the hub.
RESPONDER_WITH_DEPARTMENT = RESPONDER_ACTIONS | {Action.RESOLVE}
COORDINATOR_ACTIONS = HOLDER_ACTIONS - {Action.SUMMON, Action.CLOSE}
# A department beside the holder answers and settles, or says that it is none of its business (C3).
CO_HANDLER_ACTIONS = frozenset({Action.REPLY, Action.REQUEST_INFO, Action.RESOLVE, Action.TELL, Action.LEAVE})
OPENER_ACTIONS = frozenset(
    {Action.SUPPLEMENT, Action.URGE, Action.WITHDRAW, Action.RATE, Action.CONFIRM, Action.REOPEN}
)
COLLEAGUE_ACTIONS = frozenset({Action.SUPPLEMENT, Action.URGE})
HUB_ACTIONS = frozenset(Action) - {
    Action.RATE, Action.CONFIRM, Action.RETURN, Action.RESUME, Action.LEAVE,
}  # fmt: skip
SYSTEM_ACTIONS = frozenset({Action.RESUME, Action.CLOSE, Action.REOPEN})


@dataclass(frozen=True)
class Relation:
    """How an actor stands to a ticket. `officer_ids`: the officer and whom he stands in for.

    `co_department_ids` work on it beside the holder; `is_follower`: his own ticket was merged into this one.
    """

    holder_kind: HolderKind
    holder_officer_id: int | None
    holder_department_id: int | None
    responder_id: int | None
    is_opener: bool = False
    is_colleague: bool = False
    officer_ids: Collection[int] = ()
    department_id: int | None = None
    co_department_ids: Collection[int] = ()
    is_follower: bool = False

    @property
    def holds_by_department(self) -> bool:
        """Whether the actor's department holds it."""
        is_mine = self.department_id is not None and self.department_id == self.holder_department_id
        return is_mine and self.holder_kind is HolderKind.DEPARTMENT


def holds(actor: Actor, relation: Relation) -> bool:
    """Whether it is the actor's own to take up: nobody else's word to the enterprise does that for him."""
    if actor.kind is ActorKind.OFFICER:
        return _holds_as_officer(relation)
    if actor.kind is ActorKind.COORDINATOR:
        return relation.holds_by_department
    return relation.holder_kind not in (HolderKind.OFFICER, HolderKind.DEPARTMENT)


def _holds_as_officer(relation: Relation) -> bool:
    return relation.holder_kind is HolderKind.OFFICER and relation.holder_officer_id in relation.officer_ids


def as_meant(relation: Relation, action: Action) -> Action:
    """What an act means from here: a co-handler who returns a ticket only leaves it."""
    if action is Action.RETURN and not relation.holds_by_department:
        return Action.LEAVE if relation.department_id in relation.co_department_ids else action
    return action


def permitted(actor: Actor, relation: Relation) -> frozenset[Action]:
    """Everything this actor may do, whatever the ticket's status."""
    if actor.kind is ActorKind.SYSTEM:
        return SYSTEM_ACTIONS
    if actor.kind is ActorKind.HUB:
        return HUB_ACTIONS
    if actor.kind is ActorKind.ENTERPRISE:
        return _of_enterprise(relation)
    if actor.kind is ActorKind.COORDINATOR:
        return _of_department(relation)
    return _of_officer(relation)


def refusal(actor: Actor, relation: Relation, action: Action, *, suffix: str, holder: str) -> str:
    """Why the actor may not do this, in a sentence; empty if he may."""
    allowed = permitted(actor, relation)
    if action in allowed:
        return ""
    if actor.kind is ActorKind.ENTERPRISE and not allowed:
        return f"没有找到您的单子 {suffix}，发「进度」看看有哪些"
    if not allowed:
        return f"{suffix} 不在您手上，现由{holder}办理"
    return f"{suffix} 现由{holder}办理，您不能{ACTION_NAMES[action]}"


def _of_enterprise(relation: Relation) -> frozenset[Action]:
    if relation.is_opener:
        return OPENER_ACTIONS
    return COLLEAGUE_ACTIONS if relation.is_colleague or relation.is_follower else frozenset()


def _of_department(relation: Relation) -> frozenset[Action]:
    if relation.holds_by_department:
        return COORDINATOR_ACTIONS
    return CO_HANDLER_ACTIONS if relation.department_id in relation.co_department_ids else frozenset()


def _of_officer(relation: Relation) -> frozenset[Action]:
    if _holds_as_officer(relation):
        return HOLDER_ACTIONS
    if relation.responder_id not in relation.officer_ids:
        return frozenset()
    if relation.holder_kind is HolderKind.DEPARTMENT:
        return RESPONDER_WITH_DEPARTMENT
    return RESPONDER_ACTIONS
