"""The monthly list (mission A1, A3, A4, A5): a dry-run diff, then one transaction."""

import csv
import stat

import pytest

from app.audit import AuditRow
from app.directory.models import Assignment, Enterprise
from app.directory.plan import Action
from app.directory.rejects import write_rejected
from app.directory.sheets import UnreadableFileError, read_sheet

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "网格", "经营状态", "为企服务人员", "联系电话"]


def row(
    code: str,
    name: str = "某食品有限公司",
    area: str = "芦台街道",
    status: str = "",
    officer: str = "",
    phone: str = "",
    grid: str = "",
):
    return [code, name, "企业", area, grid, status, officer, phone]


@pytest.fixture
def ready(office):
    office.settle()
    return office


def test_dry_run_changes_nothing(ready, credit_code) -> None:
    plan = ready.plan("enterprises", [HEAD, row(credit_code(1))])
    assert plan.counts()["added"] == 1
    assert ready.count(Enterprise) == 0


def test_every_kind_of_change_is_named(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, *(row(credit_code(n)) for n in range(1, 6))])
    plan = ready.plan(
        "enterprises",
        [
            HEAD,
            row(credit_code(1)),
            row(credit_code(2), name="改名后有限公司"),
            row(credit_code(3), area="桥北街道"),
            row(credit_code(4), status="注销"),
            row(credit_code(9)),
            row("91120221MA0000000X"),
        ],
    )
    assert plan.counts() == {
        "added": 1, "changed": 1, "moved": 1, "deregistered": 1, "reactivated": 0, "unchanged": 1,
        "rejected": 1,
    }  # fmt: skip
    assert plan.of(Action.CHANGED)[0].fields == {"name": ("某食品有限公司", "改名后有限公司")}


def test_importing_twice_changes_nothing_the_second_time(ready, credit_code) -> None:
    rows = [HEAD, row(credit_code(1), phone="13900001111"), row(credit_code(2), officer="W2")]
    ready.take("enterprises", rows)
    assert ready.plan("enterprises", rows).counts()["unchanged"] == 2
    ready.take("enterprises", rows)
    assert ready.count(Assignment) == 2


def test_blank_cell_keeps_what_is_there(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, row(credit_code(1), phone="13900001111")])
    ready.take("enterprises", [HEAD, row(credit_code(1), name="新名有限公司", phone="")])
    one = ready.enterprise(1)
    assert (one.name, one.contact_phone) == ("新名有限公司", "13900001111")


def test_absent_row_is_untouched_unless_the_list_is_full(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, row(credit_code(1)), row(credit_code(2))])
    ready.take("enterprises", [HEAD, row(credit_code(1))])
    assert ready.enterprise(2).status == "正常"
    ready.take("enterprises", [HEAD, row(credit_code(1))], full=True)
    assert ready.enterprise(2).status == "注销"
    assert ready.served_by(2) == ""


def test_full_list_does_not_deregister_a_row_with_a_fault(ready, credit_code) -> None:
    """A mistyped phone in a full list must not strike the enterprise off."""
    ready.take("enterprises", [HEAD, row(credit_code(1))])
    plan = ready.take("enterprises", [HEAD, row(credit_code(1), phone="不详电话")], full=True)
    assert plan.counts()["deregistered"] == 0 and plan.counts()["rejected"] == 1
    assert ready.enterprise(1).status == "正常"


def test_more_than_five_percent_gone_asks(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, *(row(credit_code(n)) for n in range(40))])
    three = ready.plan("enterprises", [HEAD, *(row(credit_code(n)) for n in range(37))], full=True)
    two = ready.plan("enterprises", [HEAD, *(row(credit_code(n)) for n in range(38))], full=True)
    assert three.deregisters_too_many() and not two.deregisters_too_many()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row("91120221MA0000000X"), "校验位"),
        (row("9112"), "18 位"),
        (row("912345678901234567"), "统一社会信用代码"),
        (["", "无代码厂", "企业"], "缺少统一社会信用代码"),
        (["{1}", "", "企业"], "缺少名称"),
        (["{1}", "某厂", ""], "缺少类型"),
        (["{1}", "某厂", "外星企业"], "应是企业、个体工商户、农民专业合作社"),
        (row("{1}", area="不存在片区"), "没有片区"),
        (row("{1}", officer="没有此人"), "不在服务人员名册里"),
        (row("{1}", status="失踪"), "经营状态"),
        (row("{1}", name="名" * 129), "超过 128 个字"),
        (row("{1}", phone="=cmd|'/C calc'!A0"), "公式"),
    ],
)
def test_unusable_rows_are_rejected_with_the_reason(ready, credit_code, cells, reason: str) -> None:
    cells = [str(cell).replace("{1}", credit_code(1)) for cell in cells]
    plan = ready.plan("enterprises", [HEAD, cells, row(credit_code(2))])
    assert [reject.line for reject in plan.rejected] == [2]
    assert reason in plan.rejected[0].reason
    assert plan.counts()["added"] == 1


def test_credit_codes_are_read_forgivingly(ready, credit_code) -> None:
    plan = ready.plan("enterprises", [HEAD, row(f"'{credit_code(1).lower()} ")])
    assert plan.of(Action.ADDED)[0].key == credit_code(1)


def test_second_row_of_one_enterprise_is_rejected(ready, credit_code) -> None:
    plan = ready.plan("enterprises", [HEAD, row(credit_code(1)), row(credit_code(1), name="别名")])
    assert "与第 2 行重复" in plan.rejected[0].reason


def test_kinds_and_headers_have_synonyms(ready, credit_code) -> None:
    head = ["信用代码", "企业名称", "主体类型", "街镇"]
    plan = ready.take("enterprises", [head, [credit_code(1), "某店", "个体户", "lt"]])
    assert plan.counts()["added"] == 1
    assert (ready.enterprise(1).kind, ready.enterprise(1).area_code) == ("个体工商户", "lt")


def test_missing_required_column_refuses_the_file(office, credit_code) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        office.plan("enterprises", [["名称", "类型"], ["a", "企业"]])
    assert "统一社会信用代码" in refused.value.message


def test_unknown_headers_are_reported(ready, credit_code) -> None:
    plan = ready.plan("enterprises", [[*HEAD[:3], "幸运数字"], [credit_code(1), "a厂", "企业", "7"]])
    assert plan.ignored_headers == ("幸运数字",)


def test_officer_of_the_list_comes_first_then_the_only_one_of_grid_or_area(ready, credit_code) -> None:
    """A3 and A8 in the small: the list names the officer, else the place decides, else a person must."""
    ready.take("officers", [["工号", "姓名", "片区", "网格"], ["W4", "钱服务", "桥北街道", "三网格"]])
    ready.take(
        "enterprises",
        [
            HEAD,
            row(credit_code(1), officer="李服务"),
            row(credit_code(2)),
            row(credit_code(3), area="桥北街道", grid="三网格"),
            row(credit_code(4), area="桥北街道"),
        ],
    )
    assert [ready.served_by(n) for n in (1, 2, 3, 4)] == ["W2 名册指定", "W1 片区", "W4 片区", ""]


def test_change_of_officer_ends_the_former_assignment(ready, credit_code) -> None:
    """A3: one at a time, with history."""
    ready.take("enterprises", [HEAD, row(credit_code(1), officer="W1")])
    ready.take("enterprises", [HEAD, row(credit_code(1), officer="W3")])
    assert ready.served_by(1) == "W3 名册指定"
    assert ready.count(Assignment) == 2


def test_two_officers_of_one_name_need_the_number(ready, credit_code) -> None:
    ready.take("officers", [["工号", "姓名"], ["W9", "王服务"]])
    plan = ready.plan("enterprises", [HEAD, row(credit_code(1), officer="王服务")])
    assert "请改填工号" in plan.rejected[0].reason


def test_failure_in_the_middle_leaves_everything_as_it_was(ready, credit_code, now, monkeypatch) -> None:
    """One transaction: no half-imported list."""
    from app.directory import enterprises

    def broken(*_args, **_named) -> None:
        raise RuntimeError

    monkeypatch.setattr(enterprises, "_assign", broken)
    with pytest.raises(RuntimeError):
        ready.take("enterprises", [HEAD, row(credit_code(1))])
    assert ready.count(Enterprise) == 0


def test_import_is_audited_with_counts_only(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, row(credit_code(1), phone="13900001111")])
    with ready.db.reading() as session:
        from sqlmodel import select

        last = session.exec(select(AuditRow)).all()[-1]
    assert (last.action, last.detail["added"]) == ("import_enterprises", 1)
    assert "13900001111" not in str(last.model_dump())


def test_rejected_rows_are_private_and_can_be_imported_again(ready, credit_code, now) -> None:
    """They hold phone numbers: data dir, mode 0600, reason in the last column, no formula for the opener."""
    rows = [HEAD, row(credit_code(1), area="不存在", phone="13900001111"), row(credit_code(2), name="=1+1")]
    path = ready.file(rows, "月报.csv")
    sheet = read_sheet(path)
    with ready.db.reading() as session:
        from app.directory.importing import plan_import

        plan = plan_import(session, "enterprises", sheet)
    written = write_rejected(plan, sheet.headers, path, ready.folder / "data", now)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with written.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][-1] == "未导入原因" and "没有片区" in lines[1][-1]
    assert not any(cell.startswith("=") for line in lines for cell in line)


def test_thousands_of_rows_in_reasonable_time(ready, credit_code) -> None:
    rows = [HEAD, *(row(credit_code(n), name=f"第{n}号有限公司") for n in range(3000))]
    ready.take("enterprises", rows)
    assert ready.plan("enterprises", rows).counts()["unchanged"] == 3000


FT_HEAD = ["统一社会信用代码", "名称", "类型", "片区", "行业", "为企服务人员"]


@pytest.fixture
def zone(ready):
    """保税区: two officers of 财政局, one of 工信局, beside those of the areas."""
    people = [["F1", "财政甲", "财政局"], ["F2", "财政乙", "财政局"], ["G1", "工信甲", "工信局"]]
    ready.take("officers", [["工号", "姓名", "单位"], *people])
    return ready


def test_districts_layers_assign_and_the_unit_shares_the_load(zone, credit_code) -> None:
    """A8: each assignment says which rule made it; counts by rule go to whoever imported."""
    rows = [[credit_code(n), f"第{n}厂", "企业", "lt", "金融业", ""] for n in range(4)]
    rows += [[credit_code(8), "第8厂", "企业", "lt", "", ""], [credit_code(9), "第9店", "企业", "qb", "", ""]]
    zone.take("enterprises", [FT_HEAD, *rows], district="tpftz")
    assert [zone.served_by(n).split()[0] for n in range(4)] == ["F1", "F2", "F1", "F2"]
    assert zone.served_by(8) == "W1 网格+政务工作站"
    assert dict(zone.applied.outcome.by_rule) == {"行业主管部门": 4, "网格+政务工作站": 1}
    assert zone.applied.outcome.unassigned == 1


def test_change_of_a_fact_routes_again_what_a_rule_made_but_not_what_a_person_said(zone, credit_code) -> None:
    rows = [
        [credit_code(1), "第1厂", "企业", "lt", "金融业", ""],
        [credit_code(2), "第2厂", "企业", "lt", "金融业", "W3"],
        [credit_code(3), "第3厂", "企业", "lt", "金融业", ""],
    ]
    zone.take("enterprises", [FT_HEAD, *rows], district="tpftz")
    for row in rows:
        row[4], row[5] = "制造业", ""
    rows[2][4] = "金融业"
    zone.take("enterprises", [FT_HEAD, *rows], district="tpftz")
    assert [zone.served_by(n) for n in (1, 2, 3)] == [
        "G1 行业主管部门",
        "W3 名册指定",
        "F2 行业主管部门",
    ]


def test_load_alone_moves_nobody(zone, credit_code) -> None:
    """Whoever already serves keeps the enterprise within the unit: no carousel from month to month."""
    rows = [[credit_code(n), f"第{n}厂", "企业", "lt", "金融业", ""] for n in range(3)]
    zone.take("enterprises", [FT_HEAD, *rows], district="tpftz")
    served = [zone.served_by(n) for n in range(3)]
    for row in rows:
        row[3] = "qb"
    zone.take("enterprises", [FT_HEAD, *rows], district="tpftz")
    assert [zone.served_by(n) for n in range(3)] == served


def test_a_move_keeps_the_officer_whom_the_list_names(zone, credit_code) -> None:
    """The name is the same as before, so it is no change; it still counts."""
    for area in ("lt", "qb"):
        listed = [credit_code(1), "第1厂", "企业", area, "金融业", "W3"]
        zone.take("enterprises", [FT_HEAD, listed], district="tpftz")
    assert zone.served_by(1) == "W3 名册指定"


def test_enterprise_of_an_officer_who_left_is_given_away_again(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, row(credit_code(1))])
    names = [["工号", "姓名", "片区"], ["W5", "周服务", "lt"], ["W2", "李服务", ""], ["W3", "赵服务", ""]]
    ready.take("officers", names, full=True)
    ready.take("enterprises", [HEAD, row(credit_code(1))])
    assert ready.served_by(1) == "W5 片区"


def test_a_grid_is_the_same_by_code_and_by_name(ready, credit_code) -> None:
    """A2/A3: one list says the grid's code, the other its name; the one officer of the grid is found all the same."""
    head = ["编码", "名称", "上级编码", "类型"]
    ready.take("areas", [head, *([f"LT-{n}", f"芦台{n}网格", "lt", "网格"] for n in (1, 2))])
    ready.take(
        "officers",
        [
            ["工号", "姓名", "片区", "网格"],
            ["NH901", "测试甲", "lt", "LT-1"],
            ["NH902", "测试乙", "lt", "芦台2网格"],
        ],
    )
    ready.take(
        "enterprises",
        [HEAD, row(credit_code(1), grid="芦台1网格"), row(credit_code(2), grid="LT-2")],
    )
    assert [ready.served_by(n) for n in (1, 2)] == ["NH901 片区", "NH902 片区"]
