"""Chat commands are read forgivingly, and questions that only look like commands stay questions."""

import pytest

from bot.commands import Command, Verb, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("进度", Command(Verb.PROGRESS)),
        ("查进度。", Command(Verb.PROGRESS)),
        ("进度 20261120-0042", Command(Verb.PROGRESS, "20261120-0042")),
        ("进度　００４２", Command(Verb.PROGRESS, "0042")),
        ("进度0042", Command(Verb.PROGRESS, "0042")),
        ("0042 进度", Command(Verb.PROGRESS, "0042")),
        ("0042", Command(Verb.PROGRESS, "0042")),
        ("补充 0042 施工队又来了", Command(Verb.SUPPLEMENT, "0042", "施工队又来了")),
        ("催办：0042", Command(Verb.URGE, "0042")),
        ("催一下", Command(Verb.URGE)),
        ("撤回 0042", Command(Verb.WITHDRAW, "0042")),
        ("评价 0042 5 办得快", Command(Verb.RATE, "0042", "办得快", 5)),
        ("评价0042 4分", Command(Verb.RATE, "0042", "", 4)),
        ("满意", Command(Verb.RATE, "", "", 5)),
        ("不满意 南门太窄大车还是进不来", Command(Verb.RATE, "", "南门太窄大车还是进不来", 1)),
        ("基本满意 20261120-0042", Command(Verb.RATE, "20261120-0042", "", 3)),
        ("转人工", Command(Verb.HUMAN)),
        ("没解决，转服务员", Command(Verb.UNSOLVED)),
        ("【我的服务员】", Command(Verb.MY_OFFICER)),
        ("绑定 宁河区测试1号食品有限公司", Command(Verb.BIND, text="宁河区测试1号食品有限公司")),
        ("绑定宁河区测试1号食品有限公司", Command(Verb.BIND, text="宁河区测试1号食品有限公司")),
        ("绑定工号 12345678", Command(Verb.BIND_STAFF, text="12345678")),
        ("绑定工号12345678", Command(Verb.BIND_STAFF, text="12345678")),
        ("确认绑定 12", Command(Verb.CONFIRM_BINDING, text="12")),
        ("吹哨 0042 住建委 占道施工", Command(Verb.SUMMON, "0042", "住建委 占道施工")),
        ("延期 0042 3 等检测", Command(Verb.EXTEND, "0042", "3 等检测")),
        ("退单 0042 不属于本片区", Command(Verb.RETURN, "0042", "不属于本片区")),
        ("办结 0042 已铺通道，货车可进出。", Command(Verb.RESOLVE, "0042", "已铺通道，货车可进出")),
        ("手册 占道经营", Command(Verb.HANDBOOK, text="占道经营")),
        ("接单【0045】", Command(Verb.ACCEPT, "0045")),
        ("查看#0045", Command(Verb.SHOW, "0045")),
        ("接单0044号", Command(Verb.ACCEPT, "0044")),
        ("进度 单号 0042", Command(Verb.PROGRESS, "0042")),
        ("查看20261120—0045", Command(Verb.SHOW, "20261120-0045")),
        ("查看 202611200045", Command(Verb.SHOW, "20261120-0045")),
        ("评价 0042 五星", Command(Verb.RATE, "0042", "", 5)),
        ("评价 0042 不满意 太慢", Command(Verb.RATE, "0042", "太慢", 1)),
        ("评价 5", Command(Verb.RATE, score=5)),
        ("绑定工号 1234 5678", Command(Verb.BIND_STAFF, text="12345678")),
        ("工号绑定 12345678", Command(Verb.BIND_STAFF, text="12345678")),
        ("答复 0042 马上到", Command(Verb.REPLY, "0042", "马上到")),
        ("撤销 0042", Command(Verb.WITHDRAW, "0042")),
        ("查询进度 0042", Command(Verb.PROGRESS, "0042")),
        ("查企业测试32号", Command(Verb.FIND_ENTERPRISE, text="测试32号")),
        ("查专员住建委", Command(Verb.FIND_COORDINATOR, text="住建委")),
        ("吹哨 住建委 0042", Command(Verb.SUMMON, text="住建委 0042")),
        ("接单 45", Command(Verb.ACCEPT, text="45")),
        ("绑 定 测试一号食品有限公司", Command(Verb.BIND, text="测试一号食品有限公司")),
        ("进　度　００４２", Command(Verb.PROGRESS, "0042")),
        ("我的服务员是谁呀", Command(Verb.MY_OFFICER)),
        ("我要转人工", Command(Verb.HUMAN)),
        ("我要投诉", Command(Verb.HUMAN)),
        ("我要绑定 测试一号食品有限公司", Command(Verb.BIND, text="测试一号食品有限公司")),
        ("请补充 0042 南门也堵了", Command(Verb.SUPPLEMENT, "0042", "南门也堵了")),
        ("解绑企业", Command(Verb.UNBIND)),
        ("帮我查进度啊", Command(Verb.PROGRESS)),
        ("评价 五星", Command(Verb.RATE, score=5)),
        ("评价 4星 快", Command(Verb.RATE, text="快", score=4)),
    ],
)
def test_commands_are_forgiven_their_form(text: str, expected: Command) -> None:
    """Contract: punctuation, full-width digits, spaces and common synonyms are forgiven."""
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "绑定银行卡怎么办",
        "补充医疗保险怎么交",
        "撤回商标申请",
        "登记证书怎么办",
        "评价机构资质怎么申请",
        "满意度调查是干嘛的",
        "进度款拖着不给",
        "2026年的年报什么时候报",
        "查看电子执照",
        "评价5家机构",
        "撤销诉讼",
        "答复函怎么写",
        "20261120",
        "",
        "。。。",
    ],
)
def test_questions_that_begin_like_a_command_stay_questions(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["请查看2026年小微企业政策", "查看 2026年补贴", "登记 5000元的发票怎么开"])
def test_a_year_or_a_sum_is_no_ticket_number(text: str) -> None:
    """An owner who asked for the policies of a year was told that this is a command of officers."""
    command = parse(text)
    assert command is None or not command.ref


def test_words_after_a_number_may_begin_with_the_same_character() -> None:
    assert parse("补充0042年久失修") == Command(Verb.SUPPLEMENT, "0042", "年久失修")
