"""Questions to the directory (mission A1, A3, A6)."""

from datetime import date, timedelta

import pytest

from app.directory import lookup
from app.directory.models import Officer

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "经营状态", "联系人", "联系电话"]
TODAY = date(2026, 11, 20)
NAMES = [
    "天津市宁河区测试1号食品有限公司",
    "天津市宁河区测试2号食品有限公司",
    "天津宏达机械制造有限公司",
    "宏达（天津）物流有限公司",
    "老王饺子馆",
    "七里海河蟹养殖专业合作社",
    "百分之百%纸业有限公司",
]


@pytest.fixture
def town(office, credit_code):
    office.settle()
    rows = [[credit_code(n), name, "企业", "lt", "", "赵某", "13900001111"] for n, name in enumerate(NAMES)]
    rows.append([credit_code(90), "注销了的有限公司", "企业", "lt", "注销", "", ""])
    office.take("enterprises", [HEAD, *rows])
    return office


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("老王饺子馆", ["老王饺子馆"]),
        (" 天津宏达机械制造有限公司 ", ["天津宏达机械制造有限公司"]),
        ("宏达(天津)物流有限公司", ["宏达（天津）物流有限公司"]),
        ("宏达机械", ["天津宏达机械制造有限公司"]),
        ("测试1号食品", ["天津市宁河区测试1号食品有限公司"]),
        ("测试１号食品有限公司", ["天津市宁河区测试1号食品有限公司"]),
        ("宁河测试1号食品", ["天津市宁河区测试1号食品有限公司", "天津市宁河区测试2号食品有限公司"]),
        ("示例新区老王饺子馆", ["老王饺子馆"]),
        ("宏达", ["天津宏达机械制造有限公司", "宏达（天津）物流有限公司"]),
        ("宏大机械制造有限公司", ["天津宏达机械制造有限公司"]),
        ("完全没有听说过的店", []),
        ("王", []),
        ("", []),
        ("%", []),
        ("百分之百%纸业", ["百分之百%纸业有限公司"]),
        ("注销了的有限公司", []),
    ],
)
def test_enterprise_by_name(town, text: str, expected: list[str]) -> None:
    with town.db.reading() as session:
        found = lookup.find_enterprises(session, text)
    assert sorted(row.name for row in found) == sorted(expected)


def test_enterprise_by_code(town, credit_code) -> None:
    with town.db.reading() as session:
        assert lookup.find_enterprises(session, credit_code(4).lower())[0].name == "老王饺子馆"
        assert lookup.find_enterprises(session, credit_code(90)) == []
        assert lookup.find_enterprises(session, credit_code(777)) == []


def test_look_up_is_capped(town) -> None:
    with town.db.reading() as session:
        assert len(lookup.find_enterprises(session, "有限公司")) == lookup.MOST_ENTERPRISES


def set_officer(office, staff_no: str, **changes) -> None:
    with office.db.transaction() as session:
        row = session.get(Officer, office.officer(staff_no).id)
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)


def test_stand_in_while_the_officer_is_away(town) -> None:
    """A3: a stand-in serves while the officer is away, and it says for whom."""
    stand_in = town.officer("W2").id
    set_officer(town, "W1", away_from=TODAY, away_until=TODAY + timedelta(days=2), stand_in_id=stand_in)
    number = town.enterprise(1).id
    with town.db.reading() as session:

        def names(day: date):
            pair = lookup.current_officer(session, number, day)
            return tuple(row.name if row else None for row in pair)

        assert names(TODAY - timedelta(days=1)) == ("王服务", None)
        assert names(TODAY) == ("李服务", "王服务")
        assert names(TODAY + timedelta(days=2)) == ("李服务", "王服务")
        assert names(TODAY + timedelta(days=3)) == ("王服务", None)


def test_stand_ins_in_a_circle_end(town) -> None:
    first, second = town.officer("W1").id, town.officer("W2").id
    set_officer(town, "W1", away_from=TODAY, stand_in_id=second)
    set_officer(town, "W2", away_from=TODAY, stand_in_id=first)
    with town.db.reading() as session:
        officer, absent = lookup.current_officer(session, town.enterprise(1).id, TODAY)
    assert officer is None and absent.name == "王服务"


def test_officer_sees_own_enterprises_only(town) -> None:
    with town.db.reading() as session:
        own = lookup.enterprises_of_officers(session, [town.officer("W1").id], "宏达")
        foreign = lookup.enterprises_of_officers(session, [town.officer("W2").id], "宏达")
    assert len(own) == 2 and foreign == []


def test_an_officer_finds_what_lies_in_the_own_area(town) -> None:
    """Also what a colleague serves there, or nobody yet; by code as well."""
    other = town.officer("W2").id
    enterprise = town.enterprise(1)
    with town.db.reading() as session:
        found = lookup.enterprises_of_officers(
            session, [other], enterprise.name, areas={enterprise.area_code}
        )
        by_code = lookup.enterprises_of_officers(
            session, [other], enterprise.credit_code, areas={enterprise.area_code}
        )
        elsewhere = lookup.enterprises_of_officers(session, [other], enterprise.name, areas={"nowhere"})
    assert [row.id for row in (*found, *by_code)] == [enterprise.id] * 2 and elsewhere == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("住建委", ["李专员", "周专员"]),
        ("道路", ["李专员"]),
        ("燃气改造", ["周专员"]),
        ("李专员", ["李专员"]),
        ("发票", ["钱专员"]),
        ("天文", []),
        ("", []),
    ],
)
def test_whom_to_ask(office, text: str, expected: list[str]) -> None:
    """A6: coordinators searchable by department, person or matter."""
    head = ["部门", "协调专员", "专长"]
    rows = [
        ["住建委", "李专员", "道路、施工许可"],
        ["住建委", "周专员", "燃气"],
        ["税务局", "钱专员", "发票，个税"],
    ]
    office.take("departments", [head, *rows])
    with office.db.reading() as session:
        found = lookup.find_coordinators(session, text)
        assert [person.name for _, person in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("住建委", "区住建委"), ("区住建委", "区住建委"), ("局", None), ("", None), ("税务局", "税务局")],
)
def test_department_to_summon(office, text: str, expected: str | None) -> None:
    office.take("departments", [["部门", "协调专员"], ["区住建委", ""], ["税务局", ""], ["市场监管局", ""]])
    with office.db.reading() as session:
        found = lookup.find_department(session, text)
        assert (found.name if found else None) == expected
