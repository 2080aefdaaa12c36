"""Signs that must not depend on an index: a life at risk, told from everyday words."""

import pytest

from bot import signals


@pytest.mark.parametrize(
    "text",
    [
        "我不想活了",
        "不享活了",
        "再不给我办我就从楼上跳下去",
        "站在楼顶上了，你们看着办",
        "欠这么多债我死了算了",
        "遗书都写好了",
        "刚喝了一瓶农药",
        "我要点汽油",
        "我带着汽油去你们那",
        "我把汽油浇店里了",
        "我要跟他们同归于尽",
        "再不给钱我弄死他",
        "老公生意失败，说了好几次想死，我害怕",
        "我员工爬楼顶了要跳楼",
        "货款要不回来，老婆也走了，真不想活了",
    ],
)
def test_a_life_at_risk_is_seen(text: str) -> None:
    """Oneself or another, plain or threatened, with the homophones that voice input makes."""
    assert signals.is_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "跳楼价甩卖算虚假宣传吗",
        "周末不想活动想休息几点下班",
        "年轻生意人有贷款吗",
        "减轻生产成本有什么政策",
        "楼上吊顶要不要报施工许可",
        "我想投河北的标",
        "从三楼跳闸到一楼",
        "公司注销了是不是就一了百了",
        "我在楼顶装光伏要备案吗",
        "想存点汽油要登记吗",
        "卖农药要什么证",
        "安眠药能零售吗",
        "变压器烧了他们不管",
        "把你们发的链接点了没反应",
        "找人收废品要备案吗",
        "找人收拾卫生要签合同吗",
        "电脑今天就死机三回开不了票",
        "开剧本杀店要备案吗",
        "员工在宿舍自杀算工伤吗",
        "各自尽责的协议怎么签",
        "房租太高累死了",
    ],
)
def test_everyday_words_are_no_crisis(text: str) -> None:
    """Sales talk, construction, insurance and figures of speech."""
    assert not signals.is_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "冷库漏氨了 味道很大", "液氨泄漏了", "车间氯气泄露", "跑氨了快来人", "电梯困人了", "货梯里困住两个人", "有人困在电梯里", "有人被压在机器下面了",
        "有人掉进污水池了", "厂房着火了", "有人触电", "工地塌了 埋了人", "机器压到手了", "工人的手被传送带卷进去了",
        "食物中毒 店里三个客人吐了", "员工晕倒了",
    ],
)  # fmt: skip
def test_an_emergency_at_work_is_seen(text: str) -> None:
    """Ammonia of a cold store and people who are trapped, too: the rescue services first, then the ticket."""
    assert signals.is_emergency(text)


@pytest.mark.parametrize(
    "text",
    [
        "液氨使用要什么许可", "漏氨报警器多久检查一次", "漏氨报警器坏了在哪买", "去年电梯困了人怎么处理", "电梯困人责任谁承担", "氨气浓度标准是多少", "危化品经营怎么办证", "困在贷款里出不来",
        "货梯怎么登记", "有人掉单不付款", "车间师傅手指头压伤了，多少天内报工伤", "灶打不着火", "老板被卷进官司", "压到手续上了",
        "客人吐了一地不付钱", "着火逃生那本方案找谁签字", "食物中毒要向谁报告",
    ],
)  # fmt: skip
def test_plans_and_permits_are_no_emergency(text: str) -> None:
    assert not signals.is_emergency(text)
