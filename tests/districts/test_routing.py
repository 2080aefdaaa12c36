"""FT's six layers, in order, each assignment naming its layer (A8, 附件2、附件3)."""

import pytest

from app.districts.loader import load_profile
from app.districts.routing import EnterpriseFacts, OfficerFacts, route

FT = load_profile("tpftz").routing
UNITS = (
    "发改局",
    "规建局",
    "工信局",
    "社发局",
    "商务局",
    "财政局",
    "科技局",
    "文教局",
    "城环局",
    "市场监管局",
    "投促局",
)
OFFICERS = [OfficerFacts(n, f"{n:03d}", f"专员{n}", unit) for n, unit in enumerate(UNITS, 1)]
GRID = OfficerFacts(90, "090", "网格员", area_code="W1")
TOWER = OfficerFacts(91, "091", "楼宇管家", grid="天保大厦")
EVERYBODY = [*OFFICERS, GRID, TOWER]


def test_the_six_layers_in_the_documents_order() -> None:
    """Each layer wins over everything below it."""
    facts = {
        "key_service": "专员1",
        "promotion_department": "投促局",
        "industry": "金融业",
        "building": "天保大厦",
        "kind": "个体工商户",
        "area_code": "W1",
    }
    won = []
    for name in (*facts, None):
        found = route(FT, EnterpriseFacts(**facts), EVERYBODY)
        won.append(found.layer if found else None)
        if name is not None:
            facts[name] = "企业" if name == "kind" else ""
    assert won == [
        "双万双服包保",
        "招商部门",
        "行业主管部门",
        "楼宇园区",
        "个体工商户",
        "网格+政务工作站",
        None,
    ]


@pytest.mark.parametrize(
    ("industry", "unit"),
    [
        ("服务业", "发改局"),
        ("建筑业", "规建局"),
        ("运输业", "规建局"),
        ("房地产业", "规建局"),
        ("工业", "工信局"),
        ("电力", "工信局"),
        ("采矿业", "工信局"),
        ("卫生和社会工作", "社发局"),
        ("贸易业", "商务局"),
        ("住宿餐饮业", "商务局"),
        ("金融业", "财政局"),
        ("科技创新业", "科技局"),
        ("教育", "文教局"),
        ("文化、教育、体育、娱乐业", "文教局"),
        ("水利、环境和公共设施管理业", "城环局"),
        ("食品制造业", "工信局"),
        ("现代服务业", "发改局"),
    ],
)
def test_annex_three(industry: str, unit: str) -> None:
    """Every line of 附件3, and the longer names that business registers use."""
    found = route(FT, EnterpriseFacts("企业", industry=industry), EVERYBODY)
    assert found is not None
    assert (found.layer, found.unit) == ("行业主管部门", unit)


def test_a_layer_without_anybody_on_the_roster_is_passed_over() -> None:
    facts = EnterpriseFacts("企业", industry="金融业", area_code="W1")
    found = route(FT, facts, [GRID])
    assert found is not None
    assert found.layer == "网格+政务工作站"


def test_within_a_unit_the_least_busy_serves_and_in_an_area_a_person_decides() -> None:
    busy, free = (
        OfficerFacts(1, "001", "甲", "财政局", load=5),
        OfficerFacts(2, "002", "乙", "财政局", load=4),
    )
    found = route(FT, EnterpriseFacts("企业", industry="金融业"), [busy, free])
    assert found is not None
    assert found.officer_id == 2
    two = [OfficerFacts(1, "001", "甲", area_code="W1"), OfficerFacts(2, "002", "乙", area_code="W1")]
    assert route(FT, EnterpriseFacts("企业", area_code="W1"), two) is None


def test_the_other_districts_route_by_area() -> None:
    """A2: 片区, 网格 first."""
    grid = OfficerFacts(1, "001", "甲", area_code="W1", grid="一网格")
    area = OfficerFacts(2, "002", "乙", area_code="W1")
    for key in ("dongli", "beichen", "ninghe", "binhai"):
        layers = load_profile(key).routing
        facts = EnterpriseFacts("企业", industry="金融业", area_code="W1", grid="一网格")
        found = route(layers, facts, [grid, area])
        assert found is not None
        assert (found.officer_id, found.layer) == (1, "片区")
