"""[[systems]]: an adapter is a mapping in the profile, and a mapping with a fault does not start (C2, design §2)."""

from importlib import resources

import pytest

from app.districts.loader import load_profile, parse_profile, shipped_profiles
from app.districts.outside import ClosingRule
from app.errors import ConfigurationError

NINGHE = resources.files("app.districts").joinpath("profiles", "ninghe.toml").read_text(encoding="utf-8")


def faults_of(*pairs: tuple[str, str]) -> str:
    text = NINGHE
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigurationError) as refused:
        parse_profile(text.encode(), "broken.toml")
    return "\n".join(refused.value.faults)


def test_every_district_takes_orders_of_the_hotline() -> None:
    """C2: 12345 everywhere, 86912345 in BC, 暖企云 in NH, 政企互通 in FT, 津产发 where the document names it."""
    found = {key: {item.channel for item in load_profile(key).systems} for key in shipped_profiles()}
    assert all("12345热线" in channels for channels in found.values())
    assert "86912345热线" in found["beichen"]
    assert {"暖企云", "津产发"} <= found["ninghe"]
    assert "政企互通服务平台" in found["tpftz"]
    assert "津产发" in found["dongli"]
    assert all(item.clause for key in shipped_profiles() for item in load_profile(key).systems)


def test_every_fault_of_a_mapping_is_listed_at_once() -> None:
    text = faults_of(
        ('key = "hotline-12345"', 'key = "热线"'),
        ('closing = "after_confirmation"', 'closing = "never"'),
        ('channel = "12345热线"\nclosing', 'channel = "飞鸽"\nclosing'),
        ('"%Y/%m/%d %H:%M:%S"', '"年月日"'),
        ('"交通运输" = "道路交通"', '"交通运输" = "天文"'),
        ('"求助" = "问题"', '"求助" = "呼救"'),
        ('waiting = "待补充材料"\n', ""),
        ('out_of_scope = "不属受理范围"', 'not_ours = "不属受理范围"'),
        ('"退回重办" = "reopened"', '"退回重办" = "again"'),
        ('"承办" = "holder"', '"承办" = "openid"'),
        ('format = "csv"\nencoding = "gb18030"', 'format = "doc"\nencoding = "big5"'),
        ('content = ["诉求内容", "问题描述"]', 'content = ["诉求内容（必填）"]'),
        ('title = ["诉求标题", "标题"]', 'titel = ["工单编号"]'),
    )  # fmt: skip
    for words in (
        "systems[1].key", "systems[1].closing", "systems[1].channel：飞鸽", "systems[1].date_formats：年月日",
        "systems[1].categories：天文", "systems[1].kinds：呼救", "systems[1].states：还缺 waiting",
        "systems[1].results：没有 not_ours", "systems[1].said：again", "systems[1].out：没有 openid",
        "systems[1].file.format", "systems[1].file.encoding", "systems[1].columns.content",
        "systems[1].columns.titel：没有这一项",
    ):  # fmt: skip
        assert words in text, words


def test_waiting_for_a_confirmation_needs_a_word_for_it() -> None:
    assert "columns.state 和 said" in faults_of(('"已归档" = "confirmed"\n', ""))
    assert "external_number" in faults_of(('"工单编号" = "external_number"\n', ""))
    assert "同一列写到了两项里：标题" in faults_of(('content = ["诉求内容"', 'content = ["标题"'))
    assert "同一个 key" in faults_of(('key = "nuanqiyun"', 'key = "hotline-12345"'))


def test_a_filed_ticket_is_not_over_before_the_other_side_agrees() -> None:
    profile = load_profile("ninghe")
    hotline, cloud = profile.system("hotline-12345"), profile.system("nuanqiyun")
    assert hotline is not None
    assert cloud is not None
    assert (hotline.closing, cloud.closing) == (ClosingRule.AFTER_CONFIRMATION, ClosingRule.WITH_OURS)
    assert hotline.state_of("closed", is_confirmed=False) == hotline.state_of("resolved", is_confirmed=False)
    assert hotline.state_of("closed", is_confirmed=True) == "已办结"
    assert cloud.state_of("closed", is_confirmed=False) == "已办结"
