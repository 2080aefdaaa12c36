"""Shortcuts and conditions of rungs: green channel (C6), opinion first (A9), progress clock (FT), supervision (C9)."""

from datetime import date

import pytest

from app.directory.models import Area, Enterprise, Officer
from app.errors import Conflict, Forbidden
from app.tickets import describing, service
from app.tickets.lifecycle import Action
from app.tickets.values import Incomplete


def flag(desk, **values: object) -> None:
    with desk.database.transaction() as session:
        enterprise = session.get(Enterprise, 1)
        for name, value in values.items():
            setattr(enterprise, name, value)
        session.add(enterprise)


def test_green_channel_goes_straight_to_the_rung_the_profile_names(make_desk, cast) -> None:
    """BC 四: 重点产业及配套企业, by the officer, with a reason; first in the hub's queue."""
    desk = make_desk("beichen")
    other = desk.open("门口停车")
    desk.do(other, Action.RAISE, cast.wang, note="涉及两个部门")
    flag(desk, is_green_channel=True)
    ticket = desk.at("2026-11-23 10:00").open("新厂房急等用地批复")
    raised = desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道 急等用地批复")
    assert (raised.step, raised.holder_kind, raised.is_green) == ("conference", "hub", True)
    assert "启动绿色通道，已上报到「区级会商办理」" in desk.last_push("o-boss")[1]
    with desk.database.reading() as session:
        queue = service.todo(session, cast.hub, desk.now)
    assert [item.id for item in queue] == [ticket.id, other.id], "though the other is due earlier"


def test_green_channel_is_refused_without_flag_reason_or_rule(make_desk, cast) -> None:
    desk = make_desk("beichen")
    ticket = desk.open()
    with pytest.raises(Conflict, match="不在绿色通道范围"):
        desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道 很急")
    flag(desk, is_green_channel=True)
    with pytest.raises(Incomplete, match="理由"):
        desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道")
    desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道 很急")
    with pytest.raises(Conflict, match="更高一级"):
        desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道 很急")
    plain = make_desk("ninghe")
    with pytest.raises(Conflict, match="没有设绿色通道"):
        plain.do(plain.open(), Action.RAISE, cast.wang, note="绿色通道 很急")


def test_the_leaders_rung_wants_the_departments_opinion_first(desk, cast) -> None:
    """NH 附件三(四): 由相关主管部门研判提出意见后，由片区提请; the hub may without."""
    flag(desk, leader="孙区长")
    ticket = desk.open()
    desk.do(ticket, Action.RAISE, cast.wang, note="两个部门")
    with pytest.raises(Conflict, match="主管部门的意见"):
        desk.do(ticket, Action.RAISE, cast.wang, note="请领导协调")
    desk.do(ticket, Action.DISPATCH, cast.hub, target="住建委")
    desk.do(ticket, Action.RETURN, cast.li, note="不归我委")
    with pytest.raises(Conflict, match="主管部门的意见"):
        desk.do(ticket, Action.RAISE, cast.wang, note="请领导协调")
    desk.do(ticket, Action.DISPATCH, cast.hub, target="住建委")
    desk.do(ticket, Action.RETURN, cast.li, note="意见：需交通局同意占道")
    raised = desk.do(ticket, Action.RAISE, cast.wang, note="请领导协调")
    assert raised.step == "leader"
    assert "由包联区领导 孙区长办理" in desk.last_push("o-boss")[1]
    direct = desk.open("另一件")
    assert desk.do(direct, Action.RAISE, cast.hub, target="leader", note="紧急").step == "leader"


def test_ft_departments_contact_within_two_and_report_within_seven(make_desk, cast) -> None:
    """FT 三(二)2, each a clock of its own; a reminder on the last day, not after it was kept."""
    desk = make_desk("tpftz").at("2026-09-29 10:00")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    held = desk.ticket(ticket)
    assert (held.contact_due_on, held.progress_due_on) == (date(2026, 10, 8), date(2026, 10, 14))
    desk.do(ticket, Action.ACCEPT, cast.li)
    desk.do(ticket, Action.REPLY, cast.li, note="已收到，明天到现场")
    held = desk.ticket(ticket)
    assert (held.contact_due_on, held.progress_due_on) == (None, date(2026, 10, 14))
    desk.at("2026-10-13 10:00").do(ticket, Action.EXTEND, cast.li, days=5, note="等专家")
    desk.at("2026-10-14 09:00").tick()
    assert any("【请反馈进度】" in text for _, text in desk.pushed("o-li"))
    assert any("【请反馈进度】" in text for _, text in desk.pushed("o-wang")), "the responder follows"
    desk.do(ticket, Action.REPLY, cast.li, note="方案已报批，下周施工")
    assert desk.ticket(ticket).progress_due_on is None


def test_a_kept_progress_report_is_not_asked_for(make_desk, cast) -> None:
    desk = make_desk("tpftz").at("2026-09-29 10:00")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.REPLY, cast.li, note="已收到")
    desk.do(ticket, Action.REPLY, cast.li, note="办到一半")
    desk.at("2026-10-14 09:00").tick()
    assert not any("【请反馈进度】" in text for _, text in desk.pushed("o-li"))


def test_the_progress_clock_stands_still_while_we_wait_for_the_enterprise(make_desk, cast) -> None:
    desk = make_desk("tpftz").at("2026-09-29 10:00")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.REQUEST_INFO, cast.li, note="请发图纸")
    desk.at("2026-10-09 10:00").do(ticket, Action.SUPPLEMENT, cast.boss, note="图纸在邮箱")
    held = desk.ticket(ticket)
    assert (held.due_on, held.progress_due_on) == (date(2026, 10, 19), date(2026, 10, 19))


def test_districts_without_a_progress_rule_have_no_such_clock(desk, cast) -> None:
    ticket = desk.open()
    assert desk.do(ticket, Action.SUMMON, cast.wang, target="住建委").progress_due_on is None


def test_overdue_goes_to_the_areas_leader_then_to_the_hub(desk, cast) -> None:
    """C9: the leader of the nearest area above that names one; known to the roster: told by push."""
    with desk.database.transaction() as session:
        session.add(Area(code="town", name="芦台街道", kind="一级片区", leader="郑主任"))
        session.flush()
        area = session.get(Area, "lutai")
        area.parent_code = "town"
        session.add_all([area, Officer(staff_no="900", name="郑主任", area_code="town", openid="o-zheng")])
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    desk.at("2026-12-02 09:00").tick()
    assert "已报分管领导郑主任" in desk.last_push("o-zheng")[1]
    assert desk.ticket(ticket).supervised_at is None
    desk.at("2026-12-03 09:00").tick()
    assert "督办清单" in desk.last_push("o-wang")[1]
    assert desk.ticket(ticket).supervised_at is not None


def test_the_hub_supervises_by_hand_with_a_reason(desk, cast) -> None:
    """NH 监督推动 beside the ladder: holder and responder hear it, the enterprise does not."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    with pytest.raises(Incomplete):
        desk.do(ticket, Action.SUPERVISE, cast.hub)
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.SUPERVISE, cast.wang, note="x")
    before = len(desk.pushed("o-boss"))
    held = desk.do(ticket, Action.SUPERVISE, cast.hub, note="企业三次来电")
    assert (held.step, held.holder_kind) == ("department", "department"), "beside the ladder"
    assert held.supervised_at is not None
    assert "企业三次来电" in desk.last_push("o-li")[1]
    assert "企业三次来电" in desk.last_push("o-wang")[1]
    assert len(desk.pushed("o-boss")) == before


def test_the_green_mark_is_seen_by_those_who_work(make_desk, cast) -> None:
    desk = make_desk("beichen")
    flag(desk, is_green_channel=True)
    ticket = desk.open()
    desk.do(ticket, Action.RAISE, cast.wang, note="绿色通道 很急")
    desk.do(ticket, Action.DISPATCH, cast.hub, target="住建委")
    assert "〔绿色通道〕" in desk.last_push("o-li")[1]
    with desk.database.reading() as session:
        facts = describing.describe(session, desk.ticket(ticket), rules=desk.rules, now=desk.now)
    assert facts.is_green
