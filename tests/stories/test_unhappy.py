"""Each district's bad day over the unpublished turn of the year: returned, overdue, dissatisfied (C8–C10, D4)."""

from datetime import date

import pytest

from app.tickets import calendar_entry
from app.tickets.lifecycle import Action
from app.tickets.values import Actor, ActorKind
from app.workdays.notice import read_notice

HUB = Actor(ActorKind.HUB, "1", "中枢值班")
QUESTION = "厂门口修路半个月了货车进不来"
# Where dissatisfaction leads: the profile's rung (DL 二(四)3), else one rung up from the department's.
AFTER_DISSATISFACTION = {
    "dongli": "专项工作组",
    "beichen": "区级会商办理",
    "tpftz": "联席会议",
    "ninghe": "中枢分派办",
    "binhai": "督办",
}


@pytest.mark.parametrize("key", AFTER_DISSATISFACTION)
def test_returned_overdue_dissatisfied_and_settled_at_last(open_district, key: str) -> None:
    district = open_district(key, "2026-12-24 10:00")
    said = district.says("oBoss", QUESTION)
    number = district.ticket().number
    n = number[-4:]
    assert "7 个工作日内办结" in said, "next year is not published: the enterprise is told days, no date"
    assert "1月" not in said
    assert (district.ticket().due_on, district.ticket().due_is_provisional) == (date(2027, 1, 5), True)

    district.until("2026-12-28 09:30")
    reminders = [push.text for push in district.pushed("oWang") if push.kind == "ticket_reminder"]
    assert len(reminders) == 2, "unaccepted: reminded after one and after two working days"
    assert "暂定" in reminders[0], "the officer sees that the date is provisional"
    assert district.ticket().supervised_at is not None, "after two days the hub sees it"

    assert "没有" not in district.says("oWang", f"退回 {n} 不是本片区的企业")
    returned = district.ticket()
    assert (returned.holder_kind, returned.returned_count) == ("hub", 1)
    district.hub(Action.DISPATCH, number, target="officer:2", note="请接办")
    assert district.heard("oLiu", "请接办")
    district.says("oLiu", f"接单 {n}")
    district.says("oLiu", f"吹哨 {n} 住建委 道路归住建")
    district.says("oLi", f"退回 {n} 这条路归交通局")
    back = district.ticket()
    assert (back.officer_id, back.returned_count) == (2, 2), "a department's return goes to who sent it"
    district.says("oLiu", f"吹哨 {n} 交通局 住建委说归交通局")
    assert "已催办" in district.says("oBoss", f"催办 {n}")
    assert district.pushed("oZhou")[-1].kind == "ticket_urged"

    district.until("2027-01-08 09:30")
    assert date(2027, 1, 1) not in district.push_days("oZhou")
    late = [push for push in district.pushed("oZhou") if push.kind == "ticket_escalated"]
    assert len(late) == 2, "overdue is said once, supervision once"
    assert "超期 1 个工作日" in late[0].text
    assert "已报分管领导郑主任" in late[0].text, "overdue: the leader of the area first"
    assert "督办清单" in late[1].text, "a day later the hub"
    assert district.heard("oLiu", "超期"), "the first responder is told too"
    assert district.heard("oZheng", "已报分管领导郑主任")
    assert district.ticket().supervised_at is not None
    assert "已超期" in district.says("oBoss", "进度")

    district.says("oZhou", f"办结 {n} 已要求施工单位留出通道")
    reopened = district.says("oBoss", f"评价 {n} 1 大车还是进不来")
    assert f"升到「{AFTER_DISSATISFACTION[key]}」" in reopened
    assert "“大车还是进不来”已写进单子" in reopened
    again = district.ticket()
    assert (again.status, again.reopened_count) == ("pending", 1)
    assert district.heard("oLiu", "企业不满意：“大车还是进不来”")

    district.hub(Action.DISPATCH, number, target="department:1", note="请牵头")
    district.says("oLi", f"接单 {n}")
    district.says("oLi", f"办结 {n} 南门已拓宽，大车可以进出")
    assert "评价已记下" in district.says("oBoss", f"评价 {n} 4")
    closed = district.ticket()
    assert closed.status == "closed"
    assert closed.next_step_at is None
    assert district.scores() == [(1, False), (4, True)]


@pytest.mark.parametrize("key", AFTER_DISSATISFACTION)
def test_paused_extended_and_told_by_telephone(open_district, key: str) -> None:
    """补件 stops the clock over the new year, 延期 is told with its reason, and an unfollowed person is called."""
    district = open_district(key, "2026-12-28 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    district.says("oWang", f"补件 {n} 请拍一张路口照片")
    assert "等您补充期间不计办理时限" in district.last_push("oBoss")
    district.until("2026-12-31 10:00")
    assert district.pushed("oBoss")[-1].kind == "ticket_waiting", "asked again once"
    district.says("oBoss", f"补充 {n} 照片已发到邮箱")
    ticket = district.ticket()
    assert (ticket.status, ticket.waited_days) == ("working", 3)
    district.says("oWang", f"延期 {n} 3 等专家踏勘")
    assert "多用 3 个工作日" in district.last_push("oBoss")
    assert "原因：等专家踏勘" in district.last_push("oBoss")
    district.says("oWang", f"办结 {n} 已协调")
    district.says("oWang", f"告知 {n} 1月4日电话告知赵女士，认可")
    district.until("2027-01-20 10:00")
    assert district.ticket().status == "closed"


@pytest.mark.parametrize("key", AFTER_DISSATISFACTION)
def test_the_notice_of_next_year_arrives_while_the_ticket_is_open(open_district, key: str) -> None:
    """Told days, then the date; the reminder comes by the new calendar (reliability §5.4)."""
    district = open_district(key, "2026-12-24 10:00")
    district.says("oBoss", QUESTION)
    district.says("oWang", f"接单 {district.ticket().number[-4:]}")
    district.until("2026-12-25 15:00")
    notice = read_notice(
        "2027年元旦：1月1日至4日放假，1月10日上班。劳动节5月1日至5日放假。国庆节10月1日至7日放假。"
    )

    def publish(session) -> None:
        rules = district.rules(session)
        now = district.clock.now()
        calendar_entry.import_notice(session, notice, source="通知", by=HUB, rules=rules, now=now)

    district.in_session(publish)
    district.work()
    assert "最晚 1月6日办结" in district.last_push("oBoss")
    district.until("2027-01-07 10:00")
    escalated = [push for push in district.pushed("oWang") if push.kind == "ticket_escalated"]
    assert [push.at.date() for push in escalated] == [date(2027, 1, 7)]
    assert "1月6日前）" in escalated[0].text, "no longer 暂定"
