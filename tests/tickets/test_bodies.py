"""Which body does what is the district's, and people read its name (E1)."""

import pytest

from app.tickets.lifecycle import Action


@pytest.mark.parametrize(("district", "body"), [("beichen", "区营商环境办"), ("ninghe", "区政务服务办")])
def test_a_meeting_is_called_by_the_body_that_convenes(make_desk, cast, district: str, body: str) -> None:
    """BC 四（三）: 营商环境办 convenes though 网格中心 is the hub; NH: both are 政务服务办."""
    desk = make_desk(district)
    ticket = desk.open()
    desk.do(ticket, Action.CONVENE, cast.hub, note="牵头单位不明")
    desk.do(ticket, Action.DECIDE, cast.hub, target="住建委", note="住建委牵头", details={"due_on": desk.ticket(ticket).due_on})  # fmt: skip
    assert f"经{body}会商研究" in desk.last_push("o-boss")[1]


@pytest.mark.parametrize(
    ("district", "body"), [("ninghe", "区委督查室"), ("binhai", "区网格化管理中心"), ("dongli", "区网格中心")]
)
def test_notices_name_the_body_that_supervises(make_desk, cast, district: str, body: str) -> None:
    """NH 附件三(六): 督查室 though 政务服务办 is the hub; BH 2(2)4: 网格化管理中心; DL: the hub itself."""
    desk = make_desk(district)
    ticket = desk.open()
    desk.do(ticket, Action.SUPERVISE, cast.hub, note="企业三次来电")
    assert f"已列入{body}督办清单" in desk.last_push("o-wang")[1]


def test_the_rung_of_supervision_is_the_list(make_desk, cast) -> None:
    """BH 2(3)3 受理、转办、督办、通报: what was raised to 督办 is on the list and in the figures, and the department that
    had it hears that it was taken from it; a result takes it off."""
    desk = make_desk("binhai")
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    assert desk.ticket(ticket).supervised_at is None
    desk.do(ticket, Action.RAISE, cast.wang, note="责任部门到期没有办结")
    assert desk.ticket(ticket).supervised_at == desk.now
    kind, text = desk.last_push("o-li")
    assert kind == "ticket_transferred"
    assert "王服务已上报，现由区营商环境办办理：责任部门到期没有办结" in text
    assert (desk.events(ticket)[-1].kind, desk.events(ticket)[-1].data["supervised"]) == ("raise", True)
    desk.do(ticket, Action.RESOLVE, cast.hub, note="已修通")
    assert desk.ticket(ticket).supervised_at is None


def test_who_settled_it_hears_that_the_enterprise_was_not_satisfied(desk, cast) -> None:
    """D4, C4: the matter goes up; the department whose result it was learns why, and so does the first responder."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.RESOLVE, cast.li, note="已修通")
    desk.do(ticket, Action.RATE, cast.boss, score=1, note="南门太窄")
    for openid in ("o-li", "o-wang"):
        kind, text = desk.last_push(openid)
        assert kind == "ticket_reopened"
        assert "企业不满意：“南门太窄”" in text
