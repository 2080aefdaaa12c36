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
    }
)
# The 首问责任人 keeps following a ticket that somebody else holds.
RESPONDER_ACTIONS = frozenset({Action.REPLY, Action.REQUEST_INFO, Action.RAISE, Action.TELL, Action.CLOSE})
# A department often answers by telephone, so the responder may write the result down; higher up only the hub.
RESPONDER_WITH_DEPARTMENT = RESPONDER_ACTIONS | {Action.RESOLVE}
COORDINATOR_ACTIONS = HOLDER_ACTIONS - {Action.SUMMON, Action.CLOSE}
OPENER_ACTIONS = frozenset(
    {Action.SUPPLEMENT, Action.URGE, Action.WITHDRAW, Action.RATE, Action.CONFIRM, Action.REOPEN}
)
COLLEAGUE_ACTIONS = frozenset({Action.SUPPLEMENT, Action.URGE})
HUB_ACTIONS = frozenset(Action) - {Action.RATE, Action.CONFIRM, Action.RETURN, Action.RESUME}
SYSTEM_ACTIONS = frozenset({Action.RESUME, Action.CLOSE})


@dataclass(frozen=True)
class Relation:
    """How an actor stands to a ticket. `officer_ids`: the officer and whom he stands in for."""

    holder_kind: HolderKind
    holder_officer_id: int | None
    holder_department_id: int | None
    responder_id: int | None
    is_opener: bool = False
    is_colleague: bool = False
    officer_ids: Collection[int] = ()
    department_id: int | None = None


def permitted(actor: Actor, relation: Relation) -> frozenset[Action]:
    """Everything this actor may do, whatever the ticket's status."""
    if actor.kind is ActorKind.SYSTEM:
        return SYSTEM_ACTIONS
    if actor.kind is ActorKind.HUB:
        return HUB_ACTIONS
    if actor.kind is ActorKind.ENTERPRISE:
        if relation.is_opener:
            return OPENER_ACTIONS
        return COLLEAGUE_ACTIONS if relation.is_colleague else frozenset()
    if actor.kind is ActorKind.COORDINATOR:
        holds = relation.holder_kind is HolderKind.DEPARTMENT and (
            relation.department_id is not None and relation.department_id == relation.holder_department_id
        )
        return COORDINATOR_ACTIONS if holds else frozenset()
    return _of_officer(relation)


def refusal(actor: Actor, relation: Relation, action: Action, *, suffix: str, holder: str) -> str:
    """Why the actor may not do this, in a sentence; empty if he may."""
    allowed = permitted(actor, relation)
    if action in allowed:
        return ""
    if actor.kind is ActorKind.ENTERPRISE and not allowed:
        return f"没有找到您的单子 {suffix}，发「进度」看看有哪些"
    if not allowed:
        return f"{suffix} 不在您手上，现由 {holder} 办理"
    return f"{suffix} 现由 {holder} 办理，您不能{ACTION_NAMES[action]}"


def _of_officer(relation: Relation) -> frozenset[Action]:
    if relation.holder_kind is HolderKind.OFFICER and relation.holder_officer_id in relation.officer_ids:
        return HOLDER_ACTIONS
    if relation.responder_id not in relation.officer_ids:
        return frozenset()
    if relation.holder_kind is HolderKind.DEPARTMENT:
        return RESPONDER_WITH_DEPARTMENT
    return RESPONDER_ACTIONS
