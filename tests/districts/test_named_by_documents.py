"""The channels, destinations, kinds of request and bodies that the five documents name (C2, C16, C17, E1)."""

import pytest

from app.districts.loader import load_profile

CHANNELS = {
    "dongli": {"12345热线", "座谈", "营商环境调研", "撮合对接", "周二下午茶", "外企圆桌会", "项目长制", "津产发"},
    "beichen": {"12345热线", "86912345热线", "走访", "电话", "线上交流"},
    "tpftz": {"12345热线", "双万双服", "政企互通服务平台", "主任信箱", "门户网站", "政企工作群"},
    "ninghe": {"12345热线", "暖企驿站", "暖企云", "坐诊接诉", "“办不成事”反映窗口", "津产发", "走访"},
    "binhai": {"12345热线", "政策宣讲会", "政企对接会", "企业座谈会", "政务服务大厅"},
}  # fmt: skip
DESTINATIONS = {
    "dongli": {"市、区两级优化营商环境工作联席会议"},
    "beichen": {"86912345热线", "12345热线", "市级部门"},
    "tpftz": {"新区运行中枢", "市级运行中枢"},
    "ninghe": {"街镇吹哨·部门报道平台", "市政务服务办"},
    "binhai": {"津策通", "营商环境综合评价平台"},
}
KINDS = {
    "dongli": {"政务服务", "融资贷款", "监管执法", "公共服务"},
    "beichen": {"经济调节", "市场监管", "社会管理", "公共服务"},
    "ninghe": {"咨询", "问题", "意见建议"},
}
# Who dispatches, who convenes, who supervises.
BODIES = {
    "dongli": ("区网格中心", "区政务服务办", "区网格中心"),
    "beichen": ("区网格中心", "区营商环境办", "区网格中心"),
    "tpftz": ("政务办", "政务办", "政务办"),
    "ninghe": ("区政务服务办", "区政务服务办", "区委督查室"),
    "binhai": ("区营商环境办", "区营商环境办", "区网格化管理中心"),
}


@pytest.mark.parametrize("key", CHANNELS)
def test_each_channel_of_the_document_can_be_chosen(key: str) -> None:
    """C2: DL 二（四）1、4; BC 三（二）、四（三）; FT 三（一）; NH 附件二; BH 2（2）2."""
    assert CHANNELS[key] <= set(load_profile(key).channels)


@pytest.mark.parametrize("key", DESTINATIONS)
def test_each_system_a_request_may_be_handed_to_is_a_destination(key: str) -> None:
    """C16: DL 二（四）5; BC 四（三）（四）; FT 四（一）; NH 附件三（二）（五）; BH 2（3）2."""
    assert DESTINATIONS[key] <= set(load_profile(key).handoffs.destinations)


@pytest.mark.parametrize("key", KINDS)
def test_the_kinds_of_request_are_the_documents(key: str) -> None:
    """C17: DL 二（三）1 and BC 三（二） name fields, NH 附件二（一） names types."""
    profile = load_profile(key)
    assert KINDS[key] <= {*profile.categories, *profile.kinds}


@pytest.mark.parametrize("key", BODIES)
def test_the_documents_say_which_body_does_what(key: str) -> None:
    """E1: dispatching, convening and supervising are split differently in each district."""
    duties = load_profile(key).hub.duties
    assert (duties["dispatch"], duties["convene"], duties["supervise"]) == BODIES[key]
