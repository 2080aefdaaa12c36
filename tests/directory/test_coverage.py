"""Who has no officer, whose place several share, whose area is doubtful, who has too many (A1, A2, A3, A5)."""

from dataclasses import replace

import openpyxl
import pytest

from app.directory.coverage import coverage_report
from app.directory.workbook import write_book
from app.districts.loader import load_profile

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "经营状态", "地址", "楼宇园区", "为企服务人员"]
NINGHE = load_profile("ninghe").coverage
TPFTZ = load_profile("tpftz").coverage


@pytest.fixture
def ready(office, credit_code):
    office.settle()
    office.take("areas", [["编码", "名称", "类型", "上级编码"], ["t1", "示例大厦", "楼宇", "lt"]])
    rows = [
        ["有人管的厂", "lt", "", "示例路1号", "", ""],
        ["两人都行的店", "qb", "", "示例路2号", "", ""],
        ["片区不明的店", "", "", "", "", ""],
        ["地址在别处的厂", "lt", "", "天津市桥北街道示例路3号", "", ""],
        ["楼在别处的店", "qb", "", "", "示例大厦", "W2"],
        ["关了的厂", "lt", "注销", "", "", ""],
        ["僵尸厂", "lt", "僵尸企业", "", "", ""],
    ]
    listed = [[credit_code(n), row[0], "企业", *row[1:]] for n, row in enumerate(rows)]
    office.take("enterprises", [HEAD, *listed])
    return office


def report(office, rule=NINGHE):
    with office.db.reading() as session:
        return coverage_report(session, rule)


def test_every_kind_of_gap_is_listed(ready) -> None:
    found = report(ready)
    assert (found.total, found.assigned) == (6, 4)
    assert [item.name for item in found.unassigned] == ["两人都行的店", "片区不明的店"]
    assert [item.name for item in found.several_officers] == ["两人都行的店"]
    assert [item.name for item in found.unknown_area] == ["片区不明的店"]
    assert [(item.name, item.why) for item in found.two_areas] == [
        ("地址在别处的厂", "地址或楼宇又指向桥北街道"),
        ("楼在别处的店", "地址或楼宇又指向示例大厦"),
    ]
    assert (found.areas["lt"].total, found.areas["lt"].assigned) == (3, 3)
    assert (found.areas["qb"].total, found.areas["qb"].assigned, found.areas["qb"].officers) == (2, 1, 2)


def test_base_is_the_profiles(ready) -> None:
    """FT 二（一） alone leaves 僵尸企业 out."""
    assert report(ready).excluded == {"注销": 1}
    assert report(ready, TPFTZ).excluded == {"注销": 1, "僵尸企业": 1}
    assert report(ready, TPFTZ).total == 5


def test_officer_who_left_covers_nobody(ready) -> None:
    ready.take("officers", [["工号", "姓名"], ["W2", "李服务"], ["W3", "赵服务"]], full=True)
    assert report(ready).assigned == 1


def test_officers_with_too_many(ready) -> None:
    found = report(ready, replace(NINGHE, most_per_officer=2))
    assert [(person.staff_no, load) for person, load in found.crowded] == [("W1", 3)]


def test_what_the_document_lists_and_the_directory_lacks(ready) -> None:
    """NH: 17 first-level areas; FT annex 2 and 3: the departments, 区财政局 is 财政局."""
    assert len(report(ready).missing_areas) == 15
    ready.take("departments", [["部门"], ["保税区财政局"]])
    missing = report(ready, TPFTZ).missing_departments
    assert "财政局" not in missing and "工信局" in missing


def test_workbook_keeps_text_and_is_private(tmp_path) -> None:
    path = write_book(tmp_path / "x.xlsx", {"一": (("名称", "户数"), [("=1+1", 3)])})
    assert path.stat().st_mode & 0o777 == 0o600
    cell = openpyxl.load_workbook(path)["一"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_nobody_of_the_district_behind_them_is_listed_where_it_is_asked(ready, credit_code) -> None:
    """A9 (NH): the enterprise's own leader, else the area's or one above, else it is on the list."""
    ready.take("areas", [["编码", "名称", "类型", "包保领导"], ["lt", "芦台街道", "一级片区", "示例区领导"]])
    own = ["统一社会信用代码", "名称", "类型", "包联领导"]
    ready.take("enterprises", [own, [credit_code(2), "片区不明的店", "企业", "示例区领导甲"]])
    assert report(ready).leaderless == []
    with ready.db.reading() as session:
        found = coverage_report(session, NINGHE, asks_leader=True)
    assert [item.name for item in found.leaderless] == ["两人都行的店", "楼在别处的店"]
