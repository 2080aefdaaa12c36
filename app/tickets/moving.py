"""What passes a ticket on: 吹哨, 上报, 退回, 分派, 重办."""

from typing import Any

from app.directory.models import Department, Officer
from app.districts.profile import HolderKind
from app.errors import Conflict, Forbidden, NotFound
from app.tickets import deadlines, repository
from app.tickets.changes import Case, Change, Holder, hand_over
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import ActorKind, Incomplete

HUB = Holder(HolderKind.HUB)


def summon(case: Case) -> Change:
    """吹哨 <部门>: the department holds it, the first responder keeps following (mission C4)."""
    department = find_department(case)
    if case.ticket.holder_kind == HolderKind.DEPARTMENT and case.ticket.department_id == department.id:
        raise Conflict(f"已经在{department.name}手上")
    return hand_over(
        case, Holder(HolderKind.DEPARTMENT, department_id=department.id), _department_step(case.ticket)
    )


def raise_(case: Case) -> Change:
    """上报: the next rung that needs no department to be named, or the rung named by `target`."""
    step = _named_step(case) if case.target else _next_step(case.ticket)
    if step is None:
        raise Conflict("已经是最高一级，不能再上报")
    if case.actor.kind.value not in step["moved_by"]:
        raise Forbidden(f"升到「{step['name']}」要由{case.rules.profile.hub.name}提请，请先与其联系")
    if step["needs_reason"]:
        case.needed_note("上报 {} 涉及两个部门，协调不下来")
    return hand_over(case, Holder(HolderKind(step["holder_kind"])), step["key"])


def return_(case: Case) -> Change:
    """退回: a department gives it back to who sent it, an officer to the hub; always with a reason (C10)."""
    case.needed_note("退回 {} 不属本单位职责")
    if case.ticket.holder_kind == HolderKind.OFFICER:
        to, step = HUB, case.ticket.step
    else:
        to, step = _sender(case)
    change = hand_over(case, to, step)
    change.values["returned_count"] = case.ticket.returned_count + 1
    return change


def dispatch(case: Case) -> Change:
    """分派: the hub names who does it; `target` is `officer:<id>`, `department:<id>` or a department's name."""
    kind, _, identity = case.target.partition(":")
    if kind == "officer" and identity.isdecimal():
        return _dispatch_to_officer(case, int(identity))
    department = find_department(case)
    step = case.ticket.step
    if _index(case.ticket, step) == 0:
        step = _department_step(case.ticket)
    return hand_over(case, Holder(HolderKind.DEPARTMENT, department_id=department.id), step)


def reopen(case: Case) -> Change:
    """重办: dissatisfaction moves it up (mission D4); the hub may also reopen it where it stands."""
    ticket, calendar = case.ticket, case.rules.calendar
    if case.actor.kind is ActorKind.ENTERPRISE:
        step = _step_for_dissatisfied(ticket)
        to = Holder(HolderKind(step["holder_kind"]))
    else:
        step, to = _step(ticket, ticket.step), Holder.of(ticket)
    change = hand_over(case, to, step["key"])
    due = deadlines.deadline(calendar, case.day_zero, case.rules.profile.deadlines.reopen.working_days)
    change.values |= {
        "due_on": due.on,
        "due_is_provisional": due.is_provisional,
        "resolved_at": None,
        "told_at": None,
        "closed_at": None,
        "reopened_count": ticket.reopened_count + 1,
    }
    change.data["was_raised"] = step["key"] != ticket.step
    return change


def find_department(case: Case) -> Department:
    """The one active department meant by `target`: `department:<id>`, its name, or a part of it."""
    if not case.target:
        raise Incomplete(f"请写明部门，例如：吹哨 {case.ticket.number[-4:]} 住建委")
    known = repository.departments(case.session)
    kind, _, identity = case.target.partition(":")
    if kind == "department":
        meant = [department for department in known if str(department.id) == identity]
    else:
        meant = [department for department in known if department.name == case.target] or [
            department for department in known if _means(case.target, department.name)
        ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise Conflict(f"「{case.target}」不止一个：{'、'.join(item.name for item in meant)}，请写全")
    raise NotFound(f"没有「{case.target}」这个部门，可以吹哨：{'、'.join(item.name for item in known)}")


def _means(typed: str, name: str) -> bool:
    typed, name = typed.removeprefix("市").removeprefix("区"), name.removeprefix("市").removeprefix("区")
    return bool(typed) and (typed in name or name in typed)


def _dispatch_to_officer(case: Case, officer_id: int) -> Change:
    officer = case.session.get(Officer, officer_id)
    if officer is None or not officer.is_active:
        raise NotFound("没有这位服务人员，或已离岗")
    step = case.ticket.step
    if _step(case.ticket, step)["holder_kind"] == HolderKind.DEPARTMENT:
        step = case.ticket.ladder[0]["key"]
    change = hand_over(case, Holder(HolderKind.OFFICER, officer_id=officer.id), step)
    if case.ticket.first_responder_id is None or _gave_it_back(case):
        change.values["first_responder_id"] = officer.id
    return change


def _gave_it_back(case: Case) -> bool:
    returned = repository.last_event(case.session, case.ticket_id, Action.RETURN.value, Action.DISPATCH.value)
    if returned is None or returned.kind != Action.RETURN:
        return False
    return bool(returned.data["from"]["officer_id"] == case.ticket.first_responder_id)


def _sender(case: Case) -> tuple[Holder, str]:
    """Who gave it to the department: the officer if still there, else the hub's queue."""
    moves = (Action.SUMMON.value, Action.DISPATCH.value)
    event = repository.last_event(case.session, case.ticket_id, *moves)
    if event is None:
        return HUB, case.ticket.step
    before = Holder.from_json(event.data["from"])
    officer = case.session.get(Officer, before.officer_id) if before.officer_id else None
    if before.kind is HolderKind.OFFICER and officer is not None and officer.is_active:
        return before, case.ticket.ladder[0]["key"]
    return HUB, case.ticket.step


def _index(ticket: Ticket, key: str) -> int:
    return next(n for n, step in enumerate(ticket.ladder) if step["key"] == key)


def _step(ticket: Ticket, key: str) -> dict[str, Any]:
    return ticket.ladder[_index(ticket, key)]


def _department_step(ticket: Ticket) -> str:
    """The department rung, unless the ticket already stands higher: then it stays there."""
    here = _index(ticket, ticket.step)
    for n, step in enumerate(ticket.ladder):
        if step["holder_kind"] == HolderKind.DEPARTMENT and n >= here:
            return str(step["key"])
    return ticket.step


def _next_step(ticket: Ticket) -> dict[str, Any] | None:
    above = ticket.ladder[_index(ticket, ticket.step) + 1 :]
    return next((step for step in above if step["holder_kind"] != HolderKind.DEPARTMENT), None)


def _named_step(case: Case) -> dict[str, Any]:
    here = _index(case.ticket, case.ticket.step)
    above = [step for step in case.ticket.ladder[here + 1 :] if step["holder_kind"] != HolderKind.DEPARTMENT]
    for step in above:
        if case.target in (step["key"], step["name"]):
            return step
    names = "、".join(step["name"] for step in above)
    raise NotFound(f"现在可以上报到：{names}" if names else "已经是最高一级，不能再上报")


def _step_for_dissatisfied(ticket: Ticket) -> dict[str, Any]:
    """The rung the profile names if that is higher, else the next one up; on the top rung it stays."""
    here = _index(ticket, ticket.step)
    for step in ticket.ladder[here + 1 :]:
        if step["takes_dissatisfied"]:
            return step
    return _next_step(ticket) or next(
        step for step in reversed(ticket.ladder) if step["holder_kind"] not in ("officer", "department")
    )
