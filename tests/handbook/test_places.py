"""Another place's business is led there; a local one is not, whatever places it names."""

from pathlib import Path

import pytest

from handbook.places import OTHER_CITY, OTHER_DISTRICT, Places

KB = Path(__file__).parents[2] / "kb"


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.of([KB], "ninghe")


@pytest.mark.parametrize(
    "question",
    [
        "廊坊用电报装",
        "我在北京开公司社保怎么交",
        "信阳的茶厂食品生产证在哪办",
        "上海个体户注册",
        "我们厂在唐山，排污证怎么换",
        "我们沈阳分公司的公积金在哪儿开户",
        "老家河南驻马店开了个面馆，卫生这块找哪儿",
        "保定那边的工厂环评到期了",
        "公司在河北，你们天津能给办年报吗",
        "我公司不在天津，能问你们吗",
    ],
)
def test_elsewhere(places: Places, question: str) -> None:
    assert places.leads_to(question) == OTHER_CITY


@pytest.mark.parametrize(
    "question", ["我店在静海，不归你们区，换门头找谁", "厂子是武清的不在你们区，停气了怎么报"]
)
def test_another_district_by_the_askers_own_word(places: Places, question: str) -> None:
    assert places.leads_to(question) == OTHER_DISTRICT


def test_ones_own_district_is_never_another(places: Places) -> None:
    """The list is one for all; each district's own names are left out, those of its neighbours are not."""
    question = "厂子在东丽，不是你们区的"
    assert places.leads_to(question) == OTHER_DISTRICT
    assert Places.of([KB], "dongli").leads_to(question) != OTHER_DISTRICT


@pytest.mark.parametrize(
    "question",
    [
        "北京公司来津设分公司怎么登记",
        "河北的货车进天津要办证吗",
        "深圳客户要专票怎么开",
        "出口德国要原产地证吗",
        "去德国看展一个摊位好几万能补吗",
        "公司想从北京迁过来",
        "我老家河北的，在天津能办个体户吗",
        "招个美国工程师怎么办工作许可",
        "去外省干活的外经证怎么开",
        "去越南建厂的境外投资备案",
        "营业执照丢了怎么补办",
        "我在静海租了两间房做糕点要办什么证",
        "我们在河北区有两层办公的地方，供暖费能减吗",
        "日本公司在贵区成立一家全资子公司",
        "法人不在天津，刻章能代办吗",
        "想在上海设个分公司怎么登记",
    ],
)
def test_ours(places: Places, question: str) -> None:
    assert places.leads_to(question) == ""


def test_no_phrasing_of_a_local_entry_is_led_away(places: Places) -> None:
    """Every line that editors and writers put under a business entry."""
    files = [
        f
        for f in (KB / "_phrasings").rglob("*.txt")
        if f.parent.name not in ("redirect", "scope", "smalltalk")
    ]
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert [line for line in lines if places.leads_to(line)] == []
