"""Ninghe's ladder from question to satisfied closing, and its unhappy path (NH 附件三, conversations 4–7)."""

from datetime import date

import pytest
from sqlmodel import select

from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import describing, notices
from app.tickets.lifecycle import Action, IllegalAction, Status


def facts(desk, ticket):
    with desk.database.reading() as session:
        return describing.describe(session, desk.ticket(ticket), rules=desk.rules, now=desk.now)


def test_happy_path(desk, cast) -> None:
    """属地 → 部门 → told → rated: every step reaches the enterprise, the first responder hears of all."""
    desk.at("2026-11-20 10:00")
    ticket = desk.open(contact_name="赵小明", contact_phone="13912340001", near=("临时占道",))
    assert ticket.number == "20261120-0001"
    assert (ticket.due_on, ticket.due_is_provisional) == (date(2026, 12, 1), False)
    said = notices.opened(facts(desk, ticket)).plain()
    assert "王服务（芦台街道一片）13800000001" in said
    assert "单号 20261120-0001，最晚 12月1日（7 个工作日）办结" in said
    kind, text = desk.last_push("o-wang")
    assert kind == "ticket_opened_officer"
    assert "赵*（139****0001）" in text
    assert "13912340001" not in text

    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委", note="道路归住建")
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_transferred"
    assert "已由芦台街道一片「吹哨」至区住建委（李专员），2 个工作日内与您联系。王服务继续跟进。" in text
    assert "道路归住建" not in text, "the reason of a transfer is inside business"
    assert desk.last_push("o-li")[0] == "ticket_assigned"
    held = desk.ticket(ticket)
    assert (held.step, held.holder_kind, held.contact_due_on) == (
        "department",
        "department",
        date(2026, 11, 24),
    )

    desk.at("2026-11-23 09:30").do(ticket, Action.ACCEPT, cast.li)
    assert desk.last_push("o-wang")[0] == "ticket_accepted", "C4: told of every step"
    desk.at("2026-11-24 15:00").do(ticket, Action.RESOLVE, cast.li, note="施工方铺了临时通道")
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_resolved"
    assert "0001 已办结：施工方铺了临时通道（区住建委 李专员，11月24日）" in text
    assert "〔满意〕 〔基本满意〕 〔不满意〕" in text
    desk.deliver()
    closed = desk.do(ticket, Action.RATE, cast.boss, score=5, note="办得快")
    assert closed.status == Status.CLOSED
    assert closed.next_step_at is None
    kinds = [event.kind for event in desk.events(ticket)]
    assert kinds == ["opened", "accept", "summon", "accept", "resolve", "rate"]


def test_unhappy_path(desk, cast) -> None:
    """Unaccepted → hub list; returned; overdue → supervision; dissatisfied → up, twice; city at last."""
    desk.at("2026-09-29 10:00")
    ticket = desk.open()
    assert ticket.due_on == date(2026, 10, 14), "国庆 off, the make-up Saturday 10 October counts"

    desk.at("2026-09-30 09:00")
    assert desk.tick() == 1
    assert desk.last_push("o-wang")[0] == "ticket_reminder"
    desk.at("2026-10-03 10:00")
    assert desk.tick() == 0, "nobody is reminded during 国庆"
    desk.at("2026-10-08 09:00").tick()
    assert desk.ticket(ticket).supervised_at is not None, "unaccepted for two working days: the hub sees it"

    desk.do(ticket, Action.RETURN, cast.wang, note="不是本片区的企业")
    queued = desk.ticket(ticket)
    assert (queued.holder_kind, queued.returned_count, queued.officer_id) == ("hub", 1, None)
    desk.do(ticket, Action.DISPATCH, cast.hub, target="officer:2")
    assert desk.ticket(ticket).first_responder_id == 2, "who was wrongly asked is released"
    desk.do(ticket, Action.ACCEPT, cast.liu)
    desk.do(ticket, Action.RAISE, cast.liu, note="涉及两个部门，协调不下来")
    raised = desk.ticket(ticket)
    assert (raised.step, raised.holder_kind) == ("hub", "hub")

    desk.at("2026-10-15 09:00").tick()
    late = desk.ticket(ticket)
    assert late.supervised_at is not None
    kind, text = desk.last_push("o-liu")
    assert kind == "ticket_escalated"
    assert "超期 1 个工作日" in text

    desk.do(ticket, Action.DISPATCH, cast.hub, target="department:1", note="请牵头")
    desk.do(ticket, Action.RESOLVE, cast.li, note="便道已通")
    desk.deliver()
    back = desk.do(ticket, Action.RATE, cast.boss, score=1, note="南门太窄大车还是进不来")
    assert (back.status, back.step, back.holder_kind) == (Status.PENDING, "leader", "leader")
    assert (back.reopened_count, back.due_on) == (1, date(2026, 10, 26))
    said = notices.reopened(facts(desk, ticket), "南门太窄大车还是进不来", was_raised=True).plain()
    assert "升到「领导提级办」，由包联区领导牵头" in said
    assert "“南门太窄大车还是进不来”已写进单子，不用再讲一遍" in said

    desk.do(ticket, Action.RAISE, cast.hub, note="超出区级权限")
    desk.do(ticket, Action.RESOLVE, cast.hub, note="市里已批")
    desk.deliver()
    assert desk.do(ticket, Action.RATE, cast.boss, score=2).step == "city", "on the top rung it stays there"
    desk.do(ticket, Action.RESOLVE, cast.hub, note="拓宽南门")
    desk.deliver()
    assert desk.do(ticket, Action.RATE, cast.boss, score=4).status == Status.CLOSED


def test_waiting_for_the_enterprise_stops_the_clock(desk, cast) -> None:
    """补件 on Friday, answered on Wednesday: three working days are given back."""
    ticket = desk.open()
    desk.do(ticket, Action.REQUEST_INFO, cast.wang, note="请拍一张照片")
    assert facts(desk, ticket).left == 7
    desk.at("2026-11-25 10:00")
    shown = facts(desk, ticket)
    assert (shown.left, shown.due_on) == (7, date(2026, 12, 4)), (
        "shown to both sides: no day is lost while waiting"
    )
    working = desk.do(ticket, Action.SUPPLEMENT, cast.boss, note="［图片］")
    assert (working.status, working.due_on, working.waited_days) == (Status.WORKING, date(2026, 12, 4), 3)
    assert desk.last_push("o-wang")[0] == "ticket_supplement"


def test_an_extension_while_waiting_gives_no_day_twice(desk, cast) -> None:
    """C8: due on 1 December, stopped on 20 November; three more days asked for on 3 December, answered that day: the nine
    waited days and the three, no more."""
    ticket = desk.open()
    desk.do(ticket, Action.REQUEST_INFO, cast.wang, note="请拍一张照片")
    later = desk.at("2026-12-03 10:00").do(ticket, Action.EXTEND, cast.wang, days=3, note="等专家踏勘")
    assert later.due_on == date(2026, 12, 4)
    assert "最晚 12月17日办结" in desk.last_push("o-boss")[1], "as it stands if the answer came now"
    working = desk.do(ticket, Action.SUPPLEMENT, cast.boss, note="［图片］")
    assert (working.due_on, working.waited_days) == (date(2026, 12, 17), 9)


def test_the_pause_is_bounded(desk, cast) -> None:
    """Nobody answers: one reminder, then the clock runs again and the officer is told."""
    ticket = desk.open()
    desk.do(ticket, Action.REQUEST_INFO, cast.wang, note="请拍一张照片")
    desk.at("2026-11-25 09:00").tick()
    assert desk.last_push("o-boss")[0] == "ticket_waiting"
    before = len(desk.pushed("o-boss"))
    desk.at("2026-11-26 09:00").tick()
    assert len(desk.pushed("o-boss")) == before, "asked again once only"
    desk.at("2026-12-04 09:00").tick()
    resumed = desk.ticket(ticket)
    assert (resumed.status, resumed.due_on, resumed.waited_days) == (Status.WORKING, date(2026, 12, 15), 10)
    assert "恢复计时" in desk.last_push("o-wang")[1]
    assert "先接着办，最晚 12月15日办结" in desk.last_push("o-boss")[1], (
        "D1: the day that was promised has moved"
    )


def test_the_pause_is_bounded_even_if_no_worker_ran(desk, cast) -> None:
    """Answered after six weeks of outage: ten working days are given back, no more."""
    ticket = desk.open()
    desk.do(ticket, Action.REQUEST_INFO, cast.wang, note="请拍一张照片")
    late = desk.at("2026-12-31 10:00").do(ticket, Action.SUPPLEMENT, cast.boss, note="［图片］")
    assert (late.waited_days, late.due_on) == (10, date(2026, 12, 15))


def test_not_closed_before_the_enterprise_was_told(desk, cast) -> None:
    """A push that never arrives: the officer is asked to call; only the logged call allows closing."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.do(ticket, Action.RESOLVE, cast.wang, note="已协调")
    with pytest.raises(Exception, match="告知"):
        desk.do(ticket, Action.CLOSE, cast.hub)
    desk.deliver(OutboxState.PENDING)
    desk.at("2026-11-23 09:00").tick()
    kind, text = desk.last_push("o-wang")
    assert kind == "ticket_reminder"
    assert "请电话告知" in text
    desk.at("2026-11-25 09:00").tick()
    assert desk.ticket(ticket).supervised_at is not None
    desk.do(ticket, Action.TELL, cast.wang, note="11月25日上午电话告知赵先生，同意")
    assert desk.ticket(ticket).told_at is not None
    desk.at("2026-12-02 09:00").tick()
    assert desk.ticket(ticket).status == Status.CLOSED
    assert desk.last_push("o-boss")[0] == "ticket_closed"


def test_silence_after_a_delivered_result_files_the_ticket(desk, cast) -> None:
    """Told by chat, not rated: filed after five working days, rating still possible."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.do(ticket, Action.RESOLVE, cast.wang, note="已协调")
    desk.deliver()
    desk.at("2026-11-23 09:00").tick()
    assert desk.ticket(ticket).told_at is not None
    assert "told" in [event.kind for event in desk.events(ticket)]
    desk.at("2026-11-26 09:00").tick()
    assert desk.ticket(ticket).status == Status.RESOLVED
    desk.at("2026-11-27 09:00").tick()
    assert desk.ticket(ticket).status == Status.CLOSED
    assert desk.do(ticket, Action.RATE, cast.boss, score=3).status == Status.CLOSED


def test_a_message_that_arrives_late_still_counts_as_told(desk, cast) -> None:
    """Pending until the next contact, which comes after every reminder: told, then filed."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.do(ticket, Action.RESOLVE, cast.wang, note="已协调")
    desk.deliver(OutboxState.PENDING)
    for day in ("2026-11-23", "2026-11-25", "2026-11-26", "2026-11-27"):
        desk.at(f"{day} 09:00").tick()
    with desk.database.transaction() as session:
        for row in session.exec(select(OutboxMessage).where(OutboxMessage.kind == "ticket_resolved")):
            row.state, row.sent_at = OutboxState.SENT, desk.now
            session.add(row)
    desk.at("2026-11-30 09:00").tick()
    assert desk.ticket(ticket).told_at is not None
    desk.at("2026-12-04 09:00").tick()
    assert desk.ticket(ticket).status == Status.CLOSED


def test_rating_before_it_is_done_is_refused_in_words(desk, cast) -> None:
    """The refusal says what to do, whatever the score."""
    ticket = desk.open()
    for score in (1, 5):
        with pytest.raises(IllegalAction, match="办结后再评价"):
            desk.do(ticket, Action.RATE, cast.boss, score=score)


def test_withdrawing(desk, cast) -> None:
    """D5: the officer hears of it; nothing can be done to it any more."""
    ticket = desk.open()
    assert desk.do(ticket, Action.WITHDRAW, cast.boss).status == Status.WITHDRAWN
    assert desk.last_push("o-wang")[0] == "ticket_withdrawn"
    assert desk.pushed("o-boss") == []
    with pytest.raises(IllegalAction, match="已撤回，不能接单"):
        desk.do(ticket, Action.ACCEPT, cast.wang)
