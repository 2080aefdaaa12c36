"""`qiying calendar`: a dry run, one person enters, another confirms; show says where each day comes from."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.calendar import calendar_app
from app.db import Database
from app.errors import AppError
from app.migrations import runner
from app.workdays.store import load_calendar

NOTICE = "2027年元旦：1月1日至3日放假。劳动节5月1日至5日放假，5月8日上班。国庆节10月1日至7日放假。"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIYING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QIYING_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    database = Database(f"sqlite:///{tmp_path}/c.db")
    runner.upgrade(database)
    database.close()
    (tmp_path / "notice.txt").write_text(NOTICE, encoding="utf-8")
    return lambda *words: CliRunner().invoke(calendar_app, list(words), catch_exceptions=False)


def published(tmp_path: Path) -> bool:
    database = Database(f"sqlite:///{tmp_path}/c.db")
    with database.reading() as session:
        found = load_calendar(session).is_published(2027)
    database.close()
    return found


def test_one_enters_and_another_confirms(run, tmp_path: Path) -> None:
    """Reliability §5.4: preview, a second person, then it counts."""
    said = run("import", "notice.txt")
    assert said.exit_code == 0
    assert "2027-01-01 周五 放假" in said.output
    assert "没有保存" in said.output
    assert "没有等复核" in run("pending").output
    assert "已保存为第 1 号，还没有生效" in run("import", "notice.txt", "--by", "测试甲").output
    assert "第 1 号 2027 年 16 天，测试甲" in run("pending").output
    assert not published(tmp_path)
    with pytest.raises(AppError, match="要由另一位同事复核"):
        run("confirm", "1", "--by", " 测试甲 ")
    assert not published(tmp_path)
    assert "已生效" in run("confirm", "1", "--by", "测试乙").output
    assert published(tmp_path)
    with pytest.raises(AppError, match="已由测试乙复核通过"):
        run("confirm", "1", "--by", "测试丙")
    with pytest.raises(AppError, match="没有变化"):
        run("import", "notice.txt", "--by", "测试甲")


def test_a_wrong_one_is_thrown_away(run, tmp_path: Path) -> None:
    run("import", "notice.txt", "--by", "测试甲")
    with pytest.raises(AppError, match="已有一份待复核"):
        run("import", "notice.txt", "--by", "测试乙")
    assert "已作废" in run("discard", "1", "--by", "测试甲").output
    with pytest.raises(AppError, match="作废"):
        run("confirm", "1", "--by", "测试乙")
    assert not published(tmp_path)


def test_json_for_programs(run) -> None:
    data = json.loads(run("import", "notice.txt", "--by", "测试甲", "--json").output)
    assert (data["year"], data["applied"], data["pending"], len(data["added"])) == (2027, False, 1, 16)
    data = json.loads(run("confirm", "1", "--by", "测试乙", "--json").output)
    assert (data["applied"], data["recounted"]) == (True, 0)
    again = json.loads(run("import", "notice.txt", "--json").output)
    assert (again["added"], again["unchanged"]) == ([], 16)


def test_show_says_what_and_from_where(run) -> None:
    assert "还没有录入" in run("show", "2027").output
    run("import", "notice.txt", "--by", "测试甲", "--source", "国办发明电〔2026〕1号")
    run("confirm", "1", "--by", "测试乙")
    run("day", "2027-03-08", "休", "--reason", "大雪停工", "--by", "测试甲")
    text = run("show", "2027").output
    assert "2027-01-01 周五 放假 国办发明电〔2026〕1号" in text
    assert "2027-03-08 周一 放假 大雪停工" in text
    assert "2027-05-08 周六 上班" in text
    run("day", "2027-03-08", "撤", "--by", "测试甲")
    assert "2027-03-08" not in run("show", "2027").output
    rows = json.loads(run("show", "2026", "--json").output)
    assert rows["published"] is True
    assert {"date": "2026-10-10", "worked": True, "source": "随程序发布"} in rows["days"]
    assert date(2026, 10, 10).weekday() == 5
