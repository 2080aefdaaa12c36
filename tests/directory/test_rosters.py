"""Areas, officers and departments from files (mission A2, A6, A12)."""

import pytest
from sqlmodel import select

from app.directory.models import Area, Coordinator, Department

OFFICERS = ["工号", "姓名", "片区", "身份", "代理人", "单位"]
AREAS = ["编码", "名称", "上级编码", "类型"]
DEPARTMENTS = ["部门", "协调专员", "手机", "专长", "办公电话"]


@pytest.mark.parametrize(
    "standing", ["社区工作者", "村工作人员", "社区/村工作人员", "社区（村）工作人员", "村委会委员", "居委会"]
)
def test_village_and_community_workers_are_refused(office, standing: str) -> None:
    """A12 (BC, NH): duties must not be pushed onto them."""
    plan = office.plan("officers", [OFFICERS, ["W1", "王服务", "", standing, "", ""]])
    assert "不得转嫁摊派" in plan.rejected[0].reason
    assert plan.counts()["added"] == 0


@pytest.mark.parametrize(
    "standing", ["", "公务员", "事业编制", "街道干部", "园区企业服务专员", "驻村第一书记", "村镇建设科干部"]
)
def test_others_are_taken(office, standing: str) -> None:
    assert office.plan("officers", [OFFICERS, ["W1", "王服务", "", standing, "", ""]]).counts()["added"] == 1


def test_stand_ins_may_be_listed_below_and_in_pairs(office) -> None:
    office.settle()
    rows = [["A1", "甲服务", "lt", "", "乙服务", ""], ["A2", "乙服务", "lt", "", "A1", ""]]
    assert office.take("officers", [OFFICERS, *rows]).counts()["rejected"] == 0
    assert office.officer("A1").stand_in_id == office.officer("A2").id
    assert office.officer("A2").stand_in_id == office.officer("A1").id
    assert office.plan("officers", [OFFICERS, *rows]).counts()["unchanged"] == 2


def test_a_number_that_lost_its_zeros_in_a_spreadsheet_is_nobody_new(office) -> None:
    office.settle()
    assert office.take("officers", [OFFICERS, ["00123", "甲服务", "lt", "", "", ""]]).counts()["added"] == 1
    plan = office.plan(
        "officers", [OFFICERS, ["123", "甲服务", "lt", "", "", ""], ["00123", "甲服务", "qb", "", "", ""]]
    )
    assert [(row.line, "补上零" in row.reason) for row in plan.rejected] == [(2, True)]
    assert plan.counts()["changed"] == 1
    others = [["124", "乙服务", "lt", "", "", ""], ["00124", "丙服务", "lt", "", "", ""]]
    assert office.plan("officers", [OFFICERS, *others]).counts()["added"] == 2


@pytest.mark.parametrize("stand_in", ["A1", "没有此人"])
def test_stand_in_must_be_somebody_else_who_exists(office, stand_in: str) -> None:
    office.settle()
    plan = office.plan("officers", [OFFICERS, ["A1", "甲服务", "lt", "", stand_in, ""]])
    assert len(plan.rejected) == 1


def test_officer_who_left_the_full_list_is_switched_off_and_back_on(office) -> None:
    office.settle()
    plan = office.take("officers", [OFFICERS, ["W1", "王服务", "lt", "", "", ""]], full=True)
    assert plan.counts()["deregistered"] == 2
    assert not office.officer("W2").is_active
    office.take("officers", [OFFICERS, ["W2", "李服务", "qb", "", "", ""]])
    assert office.officer("W2").is_active


def test_children_may_be_listed_before_parents(office) -> None:
    rows = [["g1", "一网格", "lt", "网格"], ["lt", "芦台街道", "", "一级片区"]]
    assert office.take("areas", [AREAS, *rows]).counts()["added"] == 2
    with office.db.reading() as session:
        assert session.get(Area, "g1").parent_code == "lt"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["a", "甲", "zz", "网格"]], "没有上级编码"),
        ([["a", "甲", "a", "网格"]], "不能是自己"),
        ([["a", "甲", "b", "网格"], ["b", "乙", "a", "网格"]], "绕成了圈"),
        ([["a", "甲", "", "王国"]], "类型"),
        ([["a/b?c#d", "甲", "", "网格"]], "网址"),
    ],
)
def test_impossible_trees_are_refused(office, rows, reason: str) -> None:
    plan = office.take("areas", [AREAS, *rows])
    assert plan.rejected and all(reason in reject.reason for reject in plan.rejected)


def test_departments_with_several_coordinators(office) -> None:
    """A6: one row per coordinator; the department's own facts are shared."""
    rows = [
        ["住建委", "李专员", "13900001111", "道路、施工许可", "6959 0001"],
        ["住建委", "周专员", "13900002222", "燃气", ""],
        ["税务局", "", "", "", "69590002"],
    ]
    office.take("departments", [DEPARTMENTS, *rows])
    assert (office.count(Department), office.count(Coordinator)) == (2, 2)
    assert office.plan("departments", [DEPARTMENTS, *rows]).counts()["unchanged"] == 3
    office.take("departments", [DEPARTMENTS, rows[0], rows[2]], full=True)
    with office.db.reading() as session:
        gone = session.exec(select(Coordinator).where(Coordinator.name == "周专员")).one()
    assert not gone.is_active


def test_the_leader_who_stands_behind_a_town_is_in_the_roster(office) -> None:
    """A9 (NH 包保街镇): a column of its own beside 分管领导; a file without it changes nothing."""
    head = [*AREAS, "分管领导", "包保领导"]
    office.take("areas", [head, ["nh", "示例镇", "", "一级片区", "郑分管", "示例区领导"]])
    office.take("areas", [[*AREAS, "分管领导"], ["nh", "示例镇", "", "一级片区", "王分管"]])
    with office.db.reading() as session:
        area = session.get_one(Area, "nh")
    assert (area.leader, area.district_leader) == ("王分管", "示例区领导")
