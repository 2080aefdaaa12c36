"""What passes a ticket on: 吹哨, 上报, 退回, 分派, 重办."""

from typing import Any

from app.directory.models import Officer
from app.districts.profile import HolderKind
from app.errors import Conflict, Forbidden, NotFound
from app.tickets import cohandling, deadlines, merging, parties, repository
from app.tickets.changes import Case, Change, Holder, hand_over
from app.tickets.finding import find_department
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import ActorKind, Incomplete

HUB = Holder(HolderKind.HUB)
LONGEST_ID = 9
GREEN, GREEN_CHANNEL = "green", "绿色通道"
OPINION = "意见"


def summon(case: Case) -> Change:
    """吹哨 <部门>: the department holds it, the first responder keeps following (mission C4)."""
    department = find_department(case)
    if case.ticket.holder_kind == HolderKind.DEPARTMENT and case.ticket.department_id == department.id:
        raise Conflict(f"已经在{department.name}手上")
    return to_department(case, department.id, _department_step(case.ticket))


def raise_(case: Case) -> Change:
    """上报: the next rung that needs no department to be named, or the rung named by `target`.

    A reason that begins with 绿色通道 asks for the green channel (C6).
    """
    if case.target == GREEN or case.note.startswith(GREEN_CHANNEL):
        return _by_green_channel(case)
    step = _named_step(case) if case.target else _next_step(case.ticket)
    if step is None:
        raise Conflict("已经是最高一级，不能再上报")
    if case.actor.kind.value not in step["moved_by"]:
        raise Forbidden(f"升到「{step['name']}」要由{case.rules.profile.hub.name}提请，请先与其联系")
    if step["needs_reason"]:
        wanted = step.get("reason_asked") or "涉及两个部门，协调不下来"
        case.needed_note("上报 {} " + wanted.translate({ord("{"): None, ord("}"): None}))
    if step.get("needs_opinion") and case.actor.kind is ActorKind.OFFICER and not _has_opinion(case):
        raise Conflict(
            f"升到「{step['name']}」要先有主管部门的意见：请先吹哨，部门回复后再上报", field="step"
        )
    return hand_over(case, Holder(HolderKind(step["holder_kind"])), step["key"])


def _by_green_channel(case: Case) -> Change:
    """绿色通道: an enterprise of a key industry goes straight to the rung that the profile names."""
    channel, ticket = case.rules.profile.green_channel, case.ticket
    if channel is None:
        raise Conflict("本区没有设绿色通道，请按级上报")
    if not case.note.removeprefix(GREEN_CHANNEL).strip(" ：:，,"):
        raise Incomplete(f"请写明理由，例如：上报 {ticket.number[-4:]} 绿色通道 急等用地批复")
    if case.actor.kind is ActorKind.COORDINATOR:
        raise Forbidden("绿色通道由片区或中枢启动", field="step")
    enterprise = parties.enterprise(case.session, ticket.enterprise_id)
    if enterprise is None or not (enterprise.is_green_channel or enterprise.chain in channel.chains):
        raise Conflict("这家企业不在绿色通道范围（重点产业及配套企业），请按级上报", field="step")
    if all(step["key"] != channel.step for step in ticket.ladder):
        raise Conflict("这张单子开单时没有绿色通道这一级，请按级上报")
    step = _step(ticket, channel.step)
    if _index(ticket, channel.step) <= _index(ticket, ticket.step):
        raise Conflict(f"已经到「{step['name']}」或更高一级")
    change = hand_over(case, Holder(HolderKind(step["holder_kind"])), channel.step)
    change.values["is_green"] = True
    change.data["green"] = True
    return change


def _has_opinion(case: Case) -> bool:
    """Whether a department's coordinator has said what to do about this ticket. `不归我委` is not that: one that gives it
    back has an opinion where it says so (NH 附件三(四) 研判分析提出意见)."""
    written = repository.events(case.session, case.ticket_id)
    said = [event for event in written if event.actor_kind == ActorKind.COORDINATOR and event.note]
    return any(event.kind not in (Action.RETURN, Action.LEAVE) or OPINION in event.note for event in said)


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
    if kind == "officer" and identity.isdecimal() and len(identity) <= LONGEST_ID:
        return _dispatch_to_officer(case, int(identity))
    department = find_department(case)
    step = case.ticket.step
    if _index(case.ticket, step) == 0:
        step = _department_step(case.ticket)
    return to_department(case, department.id, step)


def to_department(case: Case, department_id: int | None, step: str) -> Change:
    """The department holds it; one that worked beside the holder until now leads."""
    change = hand_over(case, Holder(HolderKind.DEPARTMENT, department_id=department_id), step)
    change.then.append(lambda: cohandling.end(case.session, case.ticket_id, department_id, case.now))
    return change


def reopen(case: Case) -> Change:
    """重办: dissatisfaction, in chat or on the telephone, moves it up (mission D4); the hub may also reopen it where
    it stands.

    One that was merged into another is worked on for itself again.
    """
    merging.refuse_early_rating(case)
    ticket, calendar = case.ticket, case.rules.calendar
    if case.is_dissatisfied:
        step = _step_for_dissatisfied(ticket)
        to = Holder(HolderKind(step["holder_kind"]))
    else:
        step, to = _step(ticket, ticket.step), Holder.of(ticket)
    change = hand_over(case, to, step["key"])
    days = case.rules.profile.deadlines.reopen.working_days
    due = deadlines.deadline(calendar, case.day_zero, days)
    change.values |= {
        "due_on": due.on,
        "due_from": case.day_zero,
        "due_days": days,
        "due_is_provisional": due.is_provisional,
        "resolved_at": None,
        "told_at": None,
        "closed_at": None,
        "duplicate_of_id": None,
        "reopened_count": ticket.reopened_count + 1,
    }
    change.data["was_raised"] = step["key"] != ticket.step
    return change


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
    raise NotFound(f"现在可以上报到：{names}" if names else "已经是最高一级，不能再上报", field="step")


def _step_for_dissatisfied(ticket: Ticket) -> dict[str, Any]:
    """The rung the profile names if that is higher, else the next one up; on the top rung it stays."""
    here = _index(ticket, ticket.step)
    for step in ticket.ladder[here + 1 :]:
        if step["takes_dissatisfied"]:
            return step
    return _next_step(ticket) or next(
        step for step in reversed(ticket.ladder) if step["holder_kind"] not in ("officer", "department")
    )
