"""What the people who hold a ticket do to it without passing it on."""

from datetime import date
from typing import Any

from app.errors import Conflict
from app.tickets import deadlines, problems
from app.tickets.changes import Case, Change
from app.tickets.handoffs import refuse_while_out
from app.tickets.lifecycle import Status
from app.tickets.telling import was_told_at
from app.tickets.values import Incomplete, ResultKind


def accept(case: Case) -> Change:
    """接单: taken up."""
    return Change(values={"accepted_at": case.now})


def reply(case: Case) -> Change:
    """回复: a message to the enterprise; a holder who writes has taken the ticket up and kept the promise to call.

    What the first responder, a helper or the hub writes meanwhile does neither in the holder's place (FT 三(二)2).
    """
    case.needed_note("回复 {} 您好，材料已收到")
    if not case.is_holders:
        return Change(data={"is_beside": True})
    return Change(values={"accepted_at": case.ticket.accepted_at or case.now} | _spoken(case))


def _spoken(case: Case) -> dict[str, Any]:
    """The first word to the enterprise is the promised contact, the next one the report of progress."""
    values: dict[str, Any] = {"contact_due_on": None}
    return values if case.ticket.contact_due_on is not None else values | {"progress_due_on": None}


def request_info(case: Case) -> Change:
    """补件: the clock stands still from today until the enterprise answers."""
    case.needed_note("补件 {} 请拍一张营业执照")
    waiting_since = case.ticket.waiting_since or case.day_zero
    return Change(
        values={
            "accepted_at": case.ticket.accepted_at or case.now,
            "waiting_since": waiting_since,
            "contact_due_on": None,
        },
        data={"pauses": case.rules.profile.pause.is_enabled},
    )


def extend(case: Case) -> Change:
    """延期: more working days, with a reason the enterprise is told."""
    case.needed_note("延期 {} 3 等专家踏勘")
    rule = case.rules.profile.extension
    if case.days is None or not 1 <= case.days <= rule.max_working_days:
        raise Incomplete(f"一次可延 1 到 {rule.max_working_days} 个工作日，请写明天数和理由", field="days")
    if case.ticket.extended_count >= rule.max_times:
        raise Conflict(f"已延期 {rule.max_times} 次，不能再延；请上报")
    ran_to = _clock_ran_to(case)
    due = deadlines.extended(case.rules.calendar, case.ticket.due_on, ran_to, case.days)
    return Change(
        values={
            **_moved_by(case, ran_to),
            "due_on": due.on,
            "due_is_provisional": case.ticket.due_is_provisional or due.is_provisional,
            "extended_count": case.ticket.extended_count + 1,
        },
        data={
            "days": case.days,
            "was": case.ticket.due_on.isoformat(),
            "due_on": due.on.isoformat(),
        },
    )


def _clock_ran_to(case: Case) -> date:
    """Today, or the day on which the clock was stopped: the days since then are given back when it runs again."""
    if case.ticket.waiting_since is not None and case.rules.profile.pause.is_enabled:
        return case.ticket.waiting_since
    return case.rules.calendar.next_workday(case.day_zero)


def _moved_by(case: Case, ran_to: date) -> dict[str, Any]:
    """The running clock with the days of an extension; a new clock from there if it had run out."""
    days = case.days or 0
    if case.ticket.due_on < ran_to:
        return {"due_from": ran_to, "due_days": days}
    return {"due_days": case.ticket.due_days + days}


def resolve(case: Case) -> Change:
    """办结: there is a result; the ticket stays open until the enterprise was told."""
    result = case.needed_note("办结 {} 已协调施工方铺设便道")
    refuse_while_out(case)
    unsigned = problems.unsigned_reason(case.session, case.ticket, case.rules)
    if unsigned:
        raise Conflict(unsigned)
    if case.target and case.target not in set(ResultKind):
        raise Incomplete("办结类型应是已解决、已解释、已转介或不属受理范围", field="result_kind")
    kind = ResultKind(case.target) if case.target else ResultKind.SOLVED
    return Change(
        values={
            "resolved_at": case.now,
            "result": result,
            "result_kind": kind.value,
            "told_at": None,
            "contact_due_on": None,
            "progress_due_on": None,
            "supervised_at": None,
        },
        data={"result_kind": kind.value},
    )


def tell(case: Case) -> Change:
    """告知: told by telephone, by a named person; after the result this is what allows closing."""
    case.needed_note("告知 {} 已电话告知赵先生")
    told_at = case.now if case.ticket.status == Status.RESOLVED else case.ticket.told_at
    return Change(values={"told_at": told_at} | _spoken(case))


def close(case: Case) -> Change:
    """归档: never before the enterprise was told (design §1)."""
    told_at = case.ticket.told_at or was_told_at(case.session, case.ticket)
    if told_at is None:
        raise Conflict("结果还没有送到企业，先电话告知并发「告知 单号 经过」，再归档")
    return Change(values={"told_at": told_at, "closed_at": case.now})


def resume(case: Case) -> Change:
    """The longest pause is used up: `leave_waiting` moves the deadline, nothing else changes."""
    return Change(data={"waited_days": case.ticket.waited_days})


def supervise(case: Case) -> Change:
    """督办: the hub puts it onto the supervision list by hand (NH 附件三(六), BH 2(2)4)."""
    case.needed_note("督办 {} 多次催办没有进展")
    return Change(values={"supervised_at": case.ticket.supervised_at or case.now})
