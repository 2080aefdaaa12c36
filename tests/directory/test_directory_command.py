"""`qiying directory` and `qiying import undo` as a person runs them."""

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from app.cli.directory import directory_app
from app.cli.imports import import_app
from app.directory.models import Enterprise
from app.errors import AppError

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "行业", "为企服务人员"]


@pytest.fixture
def run(office, monkeypatch, credit_code):
    """A district with FT's routing, three enterprises, one of them served by W2."""
    monkeypatch.setenv("QIYING_DATABASE_URL", office.db.url)
    monkeypatch.setenv("QIYING_DATA_DIR", str(office.folder / "data"))
    monkeypatch.setenv("QIYING_DISTRICT", "tpftz")
    monkeypatch.setenv("QIYING_NOW", "2026-11-20T10:00:00+08:00")
    monkeypatch.setenv("QIYING_DEMO", "1")
    office.settle()
    office.take("officers", [["工号", "姓名", "单位"], ["C1", "财政专员", "财政局"]])
    path = office.file(
        [
            HEAD,
            [credit_code(0), "甲厂", "企业", "lt", "金融业", ""],
            [credit_code(1), "乙厂", "企业", "qb", "", "W2"],
            [credit_code(2), "丙厂", "企业", "qb", "", ""],
        ]
    )

    def command(*arguments: object, app=directory_app):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, AppError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    command.imported = command("enterprises", path, "--apply", app=import_app)
    return command


def test_import_says_how_many_by_which_rule(run, office) -> None:
    """A8."""
    assert "按「行业主管部门」新分派 1 户" in run.imported
    assert "按「名册指定」新分派 1 户" in run.imported
    assert "还没有服务人员 1 户" in run.imported
    assert office.served_by(0) == "C1 行业主管部门"


def test_undo_shows_first_and_applies_when_told(run, office) -> None:
    assert "没有撤销" in run("undo", app=import_app)
    assert office.count(Enterprise) == 3
    assert json.loads(run("undo", "--json", app=import_app))["counts"]["added"] == 3
    assert "已撤销" in run("undo", "--apply", app=import_app)
    assert office.count(Enterprise) == 0


def test_coverage_on_screen_as_json_and_as_workbook(run, office) -> None:
    text = run("coverage", "--xlsx", office.folder / "c.xlsx")
    assert "应服务 3 户" in text and "丙厂" in text and "66.7%" in text
    found = json.loads(run("coverage", "--json"))
    assert [item["name"] for item in found["unassigned"]] == ["丙厂"]
    book = openpyxl.load_workbook(office.folder / "c.xlsx")
    assert book["没有服务人员"]["B2"].value == "丙厂"


def test_ledger_of_a_month_and_an_area(run, office) -> None:
    assert "新增 2" in run("changes", "--month", "2026-11", "--area", "桥北街道")
    data = json.loads(run("changes", "--json", "--xlsx", office.folder / "l.xlsx"))
    assert (data["month"], data["counts"]) == ("2026-11", {"新增": 3})
    book = openpyxl.load_workbook(office.folder / "l.xlsx")
    assert [(sheet.title, sheet.max_row) for sheet in book] == [
        ("2026-11 全区", 4), ("芦台街道", 2), ("桥北街道", 3),
    ]  # fmt: skip


def test_history_of_one(run, credit_code) -> None:
    assert "（新增） → 正常" in run("history", credit_code(0))
    assert "没有记录" in run("history", "x")


def test_assign_needs_a_reason_and_is_shown(run, office, credit_code) -> None:
    with pytest.raises(AppError, match="原因"):
        run("assign", credit_code(2), "W3", "--reason", " ")
    assert "丙厂：无人 → 赵服务" in run("assign", credit_code(2), "W3", "--reason", "离得近")
    assert office.served_by(2) == "W3 人工指定"
    with pytest.raises(AppError, match="没有工号"):
        run("assign", credit_code(2), "W99", "--reason", "x")


def test_route_shows_the_rule_before_it_writes(run, office, credit_code) -> None:
    office.take("officers", [["工号", "姓名", "片区"], ["W3", "赵服务", "lt"]])
    rows = json.loads(run("route", "--json"))["rows"]
    assert [(row["name"], row["officer"], row["rule"]) for row in rows] == [("丙厂", "W2", "网格+政务工作站")]
    assert office.served_by(2) == ""
    assert "按规则分派 1 户" in run("route", "--apply")
    assert office.served_by(2) == "W2 网格+政务工作站"


def test_absence_is_noted_listed_and_ended(run, office) -> None:
    output = run("absence", "W1", "--from", "2026-11-23", "--until", "2026-11-27", "--stand-in", "W3")
    assert "代理人 赵服务" in output
    assert json.loads(run("absence", "--json"))[0]["staff_no"] == "W1"
    assert "已回岗" in run("absence", "W1", "--end")
    assert "没有人" in run("absence")
    with pytest.raises(AppError, match="2026-12-01"):
        run("absence", "W1", "--from", "下周", "--stand-in", "W3")


def test_transfer_hands_everything_over_and_unbinds(run, office) -> None:
    assert "1 户企业" in run("transfer", "W2", "W3")
    assert office.served_by(1) == "W2 名册指定"
    assert "企业 1 户" in run("transfer", "W2", "W3", "--apply")
    assert office.served_by(1) == "W3 整体移交"
    assert not office.officer("W2").is_active


def test_help_is_chinese(run) -> None:
    assert "增减台账" in run("--help")
