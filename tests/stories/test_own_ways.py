"""What only one document asks for, through chat, clock and worker."""

from datetime import date

from app.directory.models import Enterprise
from app.tickets import calling, campaigns, service, transferring
from app.tickets.lifecycle import Action
from app.tickets.values import Actor, ActorKind, TicketDraft

HUB = Actor(ActorKind.HUB, "1", "中枢值班")

QUESTION = "新厂房用电报装卡了一个月"


def mark(district, **values: object) -> None:
    def act(session) -> None:
        enterprise = session.get(Enterprise, 1)
        for name, value in values.items():
            setattr(enterprise, name, value)
        session.add(enterprise)

    district.in_session(act)


def test_dongli_a_hotline_order_is_followed_by_both_and_the_group_solves_it(open_district) -> None:
    """DL 二(四)3: officer and department at once; dissatisfied → 专项工作组; 二(四)5: lead and deadline decided."""
    district = open_district("dongli", "2026-09-29 10:00")

    def arrive(session) -> None:
        draft = TicketDraft(
            QUESTION, "oBoss", 1, channel="12345热线", external_number="TJ-7", departments=("住建委",)
        )
        service.open_ticket(session, draft, rules=district.rules(session), now=district.clock.now())

    district.in_session(arrive)
    district.work()
    n = district.ticket().number[-4:]
    for phone in ("oWang", "oLi"):
        assert n in district.says(phone, "待办")
    district.says("oLi", f"回复 {n} 明天上午到现场")
    assert district.heard("oWang", "李专员已回复：明天上午到现场")
    district.says("oWang", f"办结 {n} 已约供电公司")
    assert "升到「专项工作组」" in district.says("oBoss", f"评价 {n} 1 还是没电")
    district.hub(Action.CONVENE, note="跨部门", details={"members": ["住建委", "交通局"]})
    district.hub(
        Action.DECIDE, target="住建委", note="住建委牵头，供电配合", details={"due_on": date(2026, 10, 10)}
    )
    assert "经优化营商环境工作联席会议研究，由李专员（住建委）" in district.last_push("oBoss")
    assert "最晚 10月10日办结" in district.last_push("oBoss")
    district.says("oLi", f"办结 {n} 已送电")
    district.says("oBoss", f"评价 {n} 5")
    assert district.ticket().status == "closed"


def test_beichen_the_green_channel_and_the_86912345_line(open_district) -> None:
    """BC 四: straight to 区级会商 with a reason; 四(三): handed to the line, open here until it answers."""
    district = open_district("beichen", "2026-12-24 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    assert "不在绿色通道范围" in district.says("oWang", f"上报 {n} 绿色通道 急等投产")
    mark(district, is_green_channel=True)
    district.says("oWang", f"上报 {n} 绿色通道 急等投产")
    assert district.ticket().step == "conference"
    assert "启动绿色通道" in district.last_push("oBoss")
    district.hub(Action.HAND_OFF, target="86912345热线", note="", details={"outside_number": "BC-9"})
    assert "编号 BC-9" in district.last_push("oBoss")
    district.until("2027-01-04 10:00")
    district.hub(Action.HAND_BACK, note="供电公司已排期")
    district.hub(Action.RESOLVE, note="1月8日前送电")
    district.says("oBoss", f"评价 {n} 4")
    assert district.ticket().status == "closed"


def test_tpftz_contact_within_two_progress_within_seven_then_the_meeting(open_district) -> None:
    """FT 三(二)2 over 国庆: both clocks remind on their last day; the opinion comes before the meeting."""
    district = open_district("tpftz", "2026-09-29 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    assert "主管部门的意见" in district.says("oWang", f"上报 {n} 太复杂")
    district.says("oWang", f"吹哨 {n} 住建委 请牵头")
    district.until("2026-10-08 10:00")
    assert district.heard("oLi", "今天是承诺联系企业的最后一天")
    district.says("oLi", f"回复 {n} 已与您电话对接")
    district.says("oLi", f"延期 {n} 5 等供电公司方案")
    district.until("2026-10-14 10:00")
    assert district.heard("oLi", "今天是向企业反馈办理进度的最后一天")
    district.says("oLi", f"回复 {n} 方案已出，等审批")
    district.says("oLi", f"上报 {n} 意见：需规建局和工信局共同确定")
    assert district.ticket().step == "meeting"
    district.hub(Action.CONVENE, note="疑难")
    district.hub(Action.DECIDE, target="住建委", note="两周内送电", details={"due_on": date(2026, 10, 28)})
    district.says("oLi", f"办结 {n} 已送电")
    district.says("oBoss", f"评价 {n} 5")
    assert district.ticket().status == "closed"


def test_ninghe_the_leader_behind_the_enterprise_and_supervision_beside(open_district) -> None:
    """NH 附件三(四)(六): the leader is named, overdue goes leader → hub → supervision, by hand as well."""
    district = open_district("ninghe", "2026-12-24 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    district.says("oWang", f"吹哨 {n} 住建委 用电归口")
    district.says("oLi", f"退回 {n} 意见：需供电公司，建议领导协调")
    district.says("oWang", f"上报 {n} 片区协调不动")
    district.says("oWang", f"上报 {n} 请包联领导协调")
    assert "由包联区领导 孙区长办理" in district.last_push("oBoss")
    district.hub(Action.SUPERVISE, note="企业投产在即")
    assert "企业投产在即" in district.last_push("oWang")
    assert not district.heard("oBoss", "督办"), "the enterprise is not troubled with it"
    district.until("2027-01-08 10:00")
    assert district.heard("oZheng", "已报分管领导郑主任")
    district.hub(Action.RESOLVE, note="已送电")
    district.says("oBoss", f"评价 {n} 5")
    assert (district.ticket().status, district.ticket().supervised_at) == ("closed", None)


def test_binhai_the_same_matter_twice_is_worked_on_once(open_district) -> None:
    """BH 受理、转办、督办、通报: two reports merged; both enterprises hear the end and rate for themselves."""
    district = open_district("binhai", "2026-09-29 10:00")
    district.says("oBoss", QUESTION)
    first = district.ticket().number
    district.says("oSecond", "我们这条路也没有电")
    second = district.ticket().number
    assert second != first
    district.hub(Action.MERGE, second, target=first)
    assert "已并案" in district.last_push("oSecond")
    district.hub(Action.SUPERVISE, first, note="省级督办件")
    district.says("oWang", f"办结 {first[-4:]} 变压器已更换")
    for phone, number in (("oBoss", first), ("oSecond", second)):
        assert "变压器已更换" in district.last_push(phone)
        assert "评价已记下" in district.says(phone, f"评价 {number} 4")
    assert district.scores(first) == district.scores(second) == [(4, True)]


def test_ninghe_the_officer_is_rated_too_and_the_sample_is_asked_again(open_district) -> None:
    """NH 方案三（九）、附件四（三）: one tap after the rating; a month later the drawn are asked, the silent called."""
    district = open_district("ninghe", "2026-09-29 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    district.says("oWang", f"办结 {n} 已送电")
    assert "对为企服务人员王服务的服务满意吗" in district.says("oBoss", f"评价 {n} 5")
    assert "评价已记下" in district.says("oBoss", f"评价 {n} 5 服务人员4分")

    def survey(session) -> None:
        rules, now = district.rules(session), district.clock.now()
        period = {"since": date(2026, 9, 1), "until": date(2026, 9, 30)}
        drawn = campaigns.create_campaign(session, "9月", seed=9, by=HUB, rules=rules, now=now, **period)
        assert campaigns.ask(session, drawn, rules=rules, now=now) == 1

    district.until("2026-10-01 10:00")
    district.in_session(survey)
    district.until("2026-10-07 12:00")
    assert "【回访】" not in district.last_push("oBoss"), "not during 国庆"
    district.until("2026-10-08 10:00")
    assert "【回访】" in district.last_push("oBoss")
    district.until("2026-10-12 10:00")

    def call(session) -> None:
        (task,) = campaigns.callbacks(session, rules=district.rules(session), now=district.clock.now())
        calling.record_call(
            session,
            task[0].id or 0,
            by=HUB,
            outcome="answered",
            score=5,
            rules=district.rules(session),
            now=district.clock.now(),
        )

    district.in_session(call)


def test_dongli_an_officer_who_leaves_hands_everything_over(open_district) -> None:
    """One action: enterprise, ticket and duty; the old phone commands nothing any more."""
    district = open_district("dongli", "2026-09-29 10:00")
    district.says("oBoss", QUESTION)
    n = district.ticket().number[-4:]
    district.says("oWang", f"吹哨 {n} 住建委 用电归口")

    def leave(session) -> None:
        transferring.transfer_officer(
            session, 1, 2, leaves=True, by=HUB, rules=district.rules(session), now=district.clock.now()
        )

    district.in_session(leave)
    district.work()
    assert district.heard("oLiu", "首问责任由王服务移交给您")
    assert "您用不了" in district.says("oWang", f"接单 {n}")
    assert "刘服务" in district.says("oBoss", "我的服务员")
    district.says("oLi", f"办结 {n} 已送电")
    assert district.heard("oLiu", "已办结：已送电"), "the new first responder hears the end"
