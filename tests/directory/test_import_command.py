"""`qiying import` as a person runs it."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.imports import import_app
from app.directory.models import Enterprise
from app.errors import AppError

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "联系电话"]


@pytest.fixture
def command(office, monkeypatch):
    monkeypatch.setenv("QIYING_DATABASE_URL", office.db.url)
    monkeypatch.setenv("QIYING_DATA_DIR", str(office.folder / "data"))

    def run(*arguments: str, text: str | None = None):
        return CliRunner().invoke(import_app, [str(argument) for argument in arguments], input=text)

    return run


def test_without_apply_it_shows_and_writes_nothing(office, command, credit_code) -> None:
    office.settle()
    path = office.file([HEAD, [credit_code(1), "某厂", "企业", "lt", ""]])
    result = command("enterprises", path)
    assert result.exit_code == 0, result.output
    assert "新增 1" in result.output and "没有写入" in result.output
    assert office.count(Enterprise) == 0


def test_apply_writes_and_names_the_rejected_file(office, command, credit_code) -> None:
    office.settle()
    rows = [
        [credit_code(1), "某厂", "企业", "lt", "13900001111"],
        ["91", "坏行", "企业", "lt", "13900002222"],
    ]
    result = command("enterprises", office.file([HEAD, *rows], "月报.csv"), "--apply")
    assert result.exit_code == 0, result.output
    assert office.count(Enterprise) == 1
    assert "第 3 行未采用" in result.output and "139" not in result.output
    written = list((office.folder / "data" / "imports").iterdir())
    assert len(written) == 1 and stat.S_IMODE(written[0].stat().st_mode) == 0o600


def test_the_words_fit_the_roster(office, command, credit_code) -> None:
    """A4: enterprises move and deregister, areas and departments do neither, an officer leaves."""
    office.settle()
    said = {
        kind: command(kind, office.file([head])).output.splitlines()[0]
        for kind, head in (
            ("enterprises", HEAD),
            ("officers", ["工号", "姓名"]),
            ("departments", ["部门", "协调专员"]),
            ("areas", ["编码", "名称", "类型"]),
        )
    }
    assert "迁移" in said["enterprises"] and "注销" in said["enterprises"]
    assert "离岗或不再列入 0，返岗 0" in said["officers"]
    for kind in ("officers", "departments", "areas"):
        assert "迁移" not in said[kind] and "注销" not in said[kind]


def test_json_is_for_programs(office, command, credit_code) -> None:
    office.settle()
    result = command("enterprises", office.file([HEAD, [credit_code(1), "某厂", "企业", "lt", ""]]), "--json")
    answer = json.loads(result.output)
    assert answer["counts"]["added"] == 1 and answer["applied"] is False


def test_mass_deregistration_asks_first(office, command, credit_code) -> None:
    """A run that would deregister more than 5 % asks to be confirmed (contract: Files)."""
    office.settle()
    everyone = [[credit_code(n), f"第{n}厂", "企业", "lt", ""] for n in range(10)]
    office.take("enterprises", [HEAD, *everyone])
    path = office.file([HEAD, *everyone[:5]])
    refused = command("enterprises", path, "--apply", "--full", text="n\n")
    assert refused.exit_code != 0 and "超过现有 10 户的 5%" in refused.output
    assert office.enterprise(9).status == "正常"
    assert command("enterprises", path, "--apply", "--full", "--yes").exit_code == 0
    assert office.enterprise(9).status == "注销"


def test_all_four_rosters_have_a_command(office, command) -> None:
    files = {
        "areas": [["编码", "名称", "类型"], ["lt", "芦台街道", "一级片区"]],
        "officers": [["工号", "姓名"], ["W1", "王服务"]],
        "departments": [["部门"], ["住建委"]],
    }
    for kind, rows in files.items():
        result = command(kind, office.file(rows), "--apply")
        assert result.exit_code == 0 and "新增 1" in result.output


def test_empty_database_says_what_to_do(command, tmp_path: Path, office, monkeypatch) -> None:
    monkeypatch.setenv("QIYING_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    result = command("areas", office.file([["编码", "名称", "类型"], ["a", "甲", "网格"]]))
    assert isinstance(result.exception, AppError)
    assert "qiying db upgrade" in result.exception.message


def test_menus_are_created_by_command(monkeypatch, tmp_path: Path) -> None:
    """`qiying menu create` against the stand-in platform."""
    from app import tables
    from app.cli.menu import menu_app
    from app.db import Database
    from app.demo.platform.stand_in import StandIn

    platform = StandIn()
    platform.start()
    db = Database(f"sqlite:///{tmp_path}/m.db")
    tables.metadata.create_all(db.write_engine)
    account = platform.account
    for name, value in {
        "DATABASE_URL": db.url,
        "WECHAT_APP_ID": account.app_id,
        "WECHAT_APP_SECRET": account.secret,
        "WECHAT_TOKEN": account.token,
        "WECHAT_ENCODING_AES_KEY": account.aes_key,
        "WECHAT_API_BASE_URL": platform.base_url,
    }.items():
        monkeypatch.setenv(f"QIYING_{name}", value)
    result = CliRunner().invoke(menu_app, ["create"])
    assert result.exit_code == 0, result.output
    assert platform.world.default_menu is not None and len(platform.world.conditional_menus) == 1
    account.is_ip_listed = False
    with db.write_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM access_token")
    refused = CliRunner().invoke(menu_app, ["create"])
    assert isinstance(refused.exception, AppError) and "白名单" in refused.exception.message
    platform.stop()
    db.close()
