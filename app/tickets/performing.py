"""Doing one thing to a ticket: authorise, check the life cycle, change, write the event, tell, look ahead."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.clock import local_text
from app.errors import Conflict, NotFound
from app.tickets import (
    asking,
    authority,
    categorising,
    cohandling,
    guarding,
    handling,
    handoffs,
    meetings,
    merging,
    moving,
    repository,
    telling,
    watching,
)
from app.tickets.changes import Case, Change, apply, leave_waiting
from app.tickets.events import write_event
from app.tickets.lifecycle import ACTION_NAMES, LIVE, Action, IllegalAction, Status, next_status
from app.tickets.models import Ticket
from app.tickets.values import SYSTEM, Actor, ActorKind, Rules

NOTE_LENGTH = 4000
# Why a ticket was passed on is inside business; what was said to or by the enterprise it may read.
PUBLIC_NOTES = frozenset(
    {
        Action.REPLY, Action.REQUEST_INFO, Action.EXTEND, Action.RESOLVE, Action.TELL, Action.SUPPLEMENT,
        Action.URGE, Action.WITHDRAW, Action.RATE, Action.CONFIRM, Action.REOPEN, Action.ACCEPT,
    }
)  # fmt: skip

RATING = frozenset({Action.RATE, Action.REOPEN, Action.TELL})

HANDLERS: dict[Action, Callable[[Case], Change]] = {
    Action.ACCEPT: handling.accept,
    Action.REPLY: handling.reply,
    Action.REQUEST_INFO: handling.request_info,
    Action.SUMMON: moving.summon,
    Action.RAISE: moving.raise_,
    Action.RETURN: moving.return_,
    Action.EXTEND: handling.extend,
    Action.RESOLVE: handling.resolve,
    Action.TELL: handling.tell,
    Action.DISPATCH: moving.dispatch,
    Action.CLOSE: handling.close,
    Action.SUPPLEMENT: asking.supplement,
    Action.URGE: asking.urge,
    Action.WITHDRAW: asking.withdraw,
    Action.RATE: asking.rate,
    Action.CONFIRM: asking.confirm,
    Action.REOPEN: moving.reopen,
    Action.RESUME: handling.resume,
    Action.ENGAGE: cohandling.engage,
    Action.LEAVE: cohandling.leave,
    Action.SUPERVISE: handling.supervise,
    Action.CONVENE: meetings.convene,
    Action.DECIDE: meetings.decide,
    Action.HAND_OFF: handoffs.hand_off,
    Action.HAND_BACK: handoffs.hand_back,
    Action.MERGE: merging.merge,
    Action.CATEGORISE: categorising.categorise,
}


def perform(
    session: Session,
    ticket_id: int,
    action: Action,
    actor: Actor,
    *,
    note: str = "",
    target: str = "",
    days: int | None = None,
    score: int | None = None,
    details: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
    rules: Rules,
    now: datetime,
) -> Ticket:
    """Do one thing to a ticket and tell whom it concerns.

    `note`: the words of the command (message, reason, result, comment). `target`: department for SUMMON,
    `officer:<id>` or `department:<id>` for DISPATCH, a rung or `green` for RAISE, a ResultKind for RESOLVE,
    a category, a kind or both for CATEGORISE; `details`: see meetings, handoffs and merging. `days`:
    working days for EXTEND. `score`: 1–5 for RATE, or heard at the end of a TELL; 1 and 2 reopen it one rung up (D4).
    Raises NotFound, Forbidden (audited), Conflict (somebody was faster, or it does not fit the status:
    IllegalAction) and Incomplete, all before anything of the change is written.
    """
    ticket = session.get(Ticket, ticket_id, populate_existing=True)
    if ticket is None:
        raise NotFound("没有这张单子")
    ticket = merging.ticket_to_act_on(session, ticket, action)
    relation = guarding.relation_of(session, ticket, actor, now)
    asked = authority.as_meant(relation, action)
    note, score = asking.heard(asked, Status(ticket.status), note, score)
    what = asking.effective_action(asked, score)
    case = Case(
        session, ticket, what, actor, rules, now, note=note.strip()[:NOTE_LENGTH], target=target.strip(),
        days=days, score=score, details=details or {}, is_holders=authority.holds(actor, relation),
    )  # fmt: skip
    is_stale = expected_version is not None and expected_version != ticket.version
    if is_stale and authority.permitted(actor, relation):
        raise Conflict(who_was_faster(case))
    guarding.authorise(case, relation, asked)
    after = _status_after(case, asked)
    change, was_due = HANDLERS[case.action](case), ticket.due_on
    if not apply(case, after, leave_waiting(case, after) | change.values):
        raise Conflict(who_was_faster(case))
    for write in change.then:
        write()
    if ticket.due_on != was_due or what is Action.RESOLVE:  # so that a past period can be counted as it was
        change.data["due_on"] = ticket.due_on.isoformat()
    _keep_history(case, change)
    telling.tell_after(case, change)
    _split_off(case)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return ticket


def _split_off(case: Case) -> None:
    """A withdrawn ticket takes nobody with it: what was merged into it is worked on again."""
    if case.action is not Action.WITHDRAW:
        return
    for merged in repository.merged_into(case.session, case.ticket_id):
        if merged.id is not None:
            perform(case.session, merged.id, Action.REOPEN, SYSTEM, rules=case.rules, now=case.now)


def who_was_faster(case: Case) -> str:
    """What to say to the one who came second."""
    return f"{case.ticket.number[-4:]} 刚刚有变化，请先查看{_last_act(case)}"


def _status_after(case: Case, asked: Action) -> Status:
    status = Status(case.ticket.status)
    if case.action is Action.REPLY and status is Status.PENDING and not case.is_holders:
        return status
    try:
        return next_status(status, case.action)
    except IllegalAction as error:
        is_early_rating = asked is Action.RATE and status in LIVE
        reason = "还在办理，办结后再评价" if is_early_rating else error.message
        raise IllegalAction(status, asked, f"{case.ticket.number[-4:]} {reason}{_last_act(case)}") from None


def _last_act(case: Case) -> str:
    event = repository.last_event(case.session, case.ticket_id, *[action.value for action in Action])
    if event is None:
        return ""
    verb = ACTION_NAMES[Action(event.kind)]
    who = "企业" if event.actor_kind == ActorKind.ENTERPRISE else event.actor_name
    return f"（{who} {local_text(event.at)} 已{verb}）"


def _keep_history(case: Case, change: Change) -> None:
    if case.score is not None and case.action in RATING:
        asking.keep_rating(case)
        change.data["score"] = case.score
    write_event(
        case.session,
        case.ticket,
        case.action.value,
        case.actor,
        case.now,
        note=case.note,
        is_public=case.action in PUBLIC_NOTES,
        data=change.data,
    )
