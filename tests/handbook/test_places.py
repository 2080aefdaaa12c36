"""Another place's business is led there; a local one is not, whatever places it names."""

from pathlib import Path

import pytest

from handbook.places import Places, read_places

KB = Path(__file__).parents[2] / "kb"


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(read_places(KB))


@pytest.mark.parametrize(
    "question",
    [
        "廊坊用电报装",
        "我在北京开公司社保怎么交",
        "信阳的茶厂食品生产证在哪办",
        "上海个体户注册",
        "我们厂在唐山，排污证怎么换",
    ],
)
def test_elsewhere(places: Places, question: str) -> None:
    assert places.is_elsewhere(question)


@pytest.mark.parametrize(
    "question",
    [
        "北京公司来津设分公司怎么登记",
        "河北的货车进天津要办证吗",
        "深圳客户要专票怎么开",
        "出口德国要原产地证吗",
        "公司想从北京迁过来",
        "我老家河北的，在天津能办个体户吗",
        "招个美国工程师怎么办工作许可",
        "去外省干活的外经证怎么开",
        "去越南建厂的境外投资备案",
        "营业执照丢了怎么补办",
    ],
)
def test_ours(places: Places, question: str) -> None:
    assert not places.is_elsewhere(question)


def test_no_phrasing_of_a_local_entry_is_led_away(places: Places) -> None:
    """Every line that editors and writers put under a business entry."""
    files = [
        f
        for f in (KB / "_phrasings").rglob("*.txt")
        if f.parent.name not in ("redirect", "scope", "smalltalk")
    ]
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert [line for line in lines if places.is_elsewhere(line)] == []
