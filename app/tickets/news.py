"""Which notice each audience gets about an action: the enterprise, the holder, the first responder, the helpers.

Rows in, notices out; `telling` enqueues them (mission D1, C3, C4).
"""

from collections.abc import Callable

from app.clock import local_date
from app.directory.models import Coordinator, Department
from app.tickets import describing, notices, staff_notices
from app.tickets.changes import Case, Change
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import ACTION_NAMES, Action
from app.tickets.notices import Notice
from app.tickets.values import ActorKind

STEP_KINDS = {
    Action.ACCEPT: "ticket_accepted",
    Action.REPLY: "notice",
    Action.REQUEST_INFO: "ticket_waiting",
    Action.SUMMON: "ticket_transferred",
    Action.RAISE: "ticket_transferred",
    Action.RETURN: "ticket_transferred",
    Action.DISPATCH: "ticket_transferred",
    Action.EXTEND: "ticket_extended",
    Action.RESOLVE: "ticket_resolved",
    Action.CLOSE: "ticket_closed",
    Action.ENGAGE: "ticket_transferred",
    Action.LEAVE: "ticket_transferred",
    Action.CONVENE: "ticket_transferred",
    Action.DECIDE: "ticket_transferred",
    Action.HAND_OFF: "ticket_transferred",
}
# What the enterprise is told of a step that needs no word of who took it.
OF_THE_FACTS: dict[Action, Callable[[TicketFacts], Notice]] = {
    Action.ACCEPT: notices.accepted,
    Action.RAISE: notices.raised,
    Action.DISPATCH: notices.dispatched,
    Action.RETURN: notices.returned,
    Action.RESUME: notices.resumed,
    Action.MERGE: notices.merged,
    Action.CLOSE: notices.closed,
    Action.REOPEN: notices.reopened_by_hub,
    Action.WITHDRAW: notices.withdrawn_for_you,
}
HANDS_OVER = frozenset({Action.SUMMON, Action.RETURN, Action.DISPATCH, Action.DECIDE})


def enterprise_notice(case: Case, change: Change, facts: TicketFacts) -> Notice | None:
    """What the enterprise is pushed; None for its own acts and for what is nobody else's business."""
    if case.actor.kind is ActorKind.ENTERPRISE:
        return None
    if case.action in OF_THE_FACTS:
        return OF_THE_FACTS[case.action](facts)
    match case.action:
        case Action.REPLY:
            return notices.replied(facts, case.note, actor_unit(case)[1])
        case Action.REQUEST_INFO:
            return notices.waiting(facts, case.note)
        case Action.EXTEND:
            return notices.extended(facts, change.data["days"], case.note)
        case Action.RESOLVE:
            return notices.resolved(facts, " ".join(filter(None, actor_unit(case))), local_date(case.now))
        case Action.SUMMON:
            return notices.summoned(facts, actor_unit(case)[0])
        case _:
            return _news_from_elsewhere(case, change, facts)


def _news_from_elsewhere(case: Case, change: Change, facts: TicketFacts) -> Notice | None:
    """A meeting or another system has it before it, too."""
    match case.action:
        case Action.CONVENE:
            return notices.convened(facts, change.data["body"])
        case Action.DECIDE:
            return notices.decided(facts, change.data["body"])
        case Action.HAND_OFF:
            return notices.handed_off(facts, change.data["destination"], change.data["outside_number"])
        case _:
            return None


def holder_notice(case: Case, facts: TicketFacts) -> Notice | None:
    """What the one who holds it now is pushed."""
    match case.action:
        case action if action in HANDS_OVER:
            return staff_notices.assigned(facts, case.note)
        case Action.SUPPLEMENT:
            return staff_notices.supplemented(facts, case.note)
        case Action.URGE:
            return staff_notices.urged(facts)
        case Action.WITHDRAW:
            return staff_notices.withdrawn(facts)
        case Action.REOPEN:
            return staff_notices.reopened(facts, case.note, by_hub=not case.is_dissatisfied)
        case Action.RESUME:
            return staff_notices.resumed(facts)
        case Action.MERGE:
            return staff_notices.merged(facts)
        case Action.HAND_BACK:
            return staff_notices.handed_back(facts, case.note)
        case Action.SUPERVISE:
            return staff_notices.supervised(facts, case.note)
        case _:
            return None


def onlooking_holder_notice(case: Case, facts: TicketFacts) -> Notice | None:
    """What the holder is told about a step that a helper, the first responder or the hub took."""
    if case.action not in STEP_KINDS:
        return None
    return staff_notices.step_for_holder(facts, STEP_KINDS[case.action], _what_was_done(case, facts))


def responder_notice(case: Case, facts: TicketFacts) -> Notice | None:
    """What the first responder is told about a step that somebody else took."""
    if case.action not in STEP_KINDS:
        return holder_notice(case, facts)
    return staff_notices.step_taken(facts, STEP_KINDS[case.action], _what_was_done(case, facts))


def former_holder_notice(case: Case, facts: TicketFacts) -> Notice:
    """Who held it until now learns that somebody else has it, and why."""
    return staff_notices.taken_over(facts, _what_was_done(case, facts))


def helper_notice(case: Case, facts: TicketFacts) -> Notice | None:
    """What departments beside the holder are told: that they are asked to help, and every step after."""
    if case.action is Action.ENGAGE:
        return staff_notices.helping(facts, case.note)
    if case.action not in STEP_KINDS:
        return holder_notice(case, facts)
    return staff_notices.step_beside(facts, STEP_KINDS[case.action], _what_was_done(case, facts))


def _what_was_done(case: Case, facts: TicketFacts) -> str:
    who = " ".join(filter(None, actor_unit(case)))
    to = f"，现由{facts.holder.short}办理" if case.action in HANDS_OVER | {Action.RAISE} else ""
    said = f"：{case.note}" if case.note else ""
    did = {
        Action.ENGAGE: f"请{facts.helpers}协办",
        Action.HAND_OFF: f"转{case.target}协同办理",
    }.get(case.action, ACTION_NAMES[case.action])
    return f"{who}已{did}{to}{said}"


def actor_unit(case: Case) -> tuple[str, str]:
    """(unit, name) of who acts, as people know them."""
    session, actor = case.session, case.actor
    if actor.kind is ActorKind.OFFICER:
        party = describing.officer_party(session, int(actor.id))
        return (party.unit, party.name) if party else ("", actor.name)
    if actor.kind is ActorKind.COORDINATOR:
        coordinator = session.get(Coordinator, int(actor.id))
        department = session.get(Department, coordinator.department_id) if coordinator else None
        return (department.name if department else "", actor.name)
    return (case.rules.profile.hub.name, "")
