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
