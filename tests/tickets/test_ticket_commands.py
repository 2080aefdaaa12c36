"""`qiying tickets`: the hub's desk at the command line; who acts is named and audited."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app.audit import AuditRow
from app.cli.tickets import tickets_app
from app.errors import AppError, Conflict

ME = ("--by", "测试值班")


@pytest.fixture
def shell(make_desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A district with people, the command line on its database, one morning in November."""

    def start(district: str = "ninghe"):
        desk = make_desk(district)
        for name, value in {
            "QIYING_DATABASE_URL": str(desk.database.url),
            "QIYING_DATA_DIR": str(tmp_path),
            "QIYING_DISTRICT": district,
            "QIYING_WECHAT_API_BASE_URL": "http://127.0.0.1:9",
            "QIYING_NOW": "2026-11-20T10:00:00+08:00",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        return (
            desk,
            lambda *words: CliRunner().invoke(tickets_app, list(words), catch_exceptions=False).output,
        )

    return start


def test_list_show_dispatch_supervise(shell) -> None:
    desk, run = shell()
    number = desk.open().number
    assert f"{number} 待接单 属地即时办 芦台街道一片 王服务" in run("list")
    assert "没有符合条件" in run("list", "--overdue")
    assert "002" not in run("dispatch", number, "--to", "002", *ME, "--note", "请接办")
    assert "刘服务" in run("show", number[-4:])
    assert "区住建委" in run("dispatch", number, "--to", "住建委", *ME)
    run("supervise", number, *ME, "--note", "多次催办没有进展")
    rows = json.loads(run("list", "--supervised", "--holder", "department", "--json"))
    assert [(row["number"], row["is_supervised"], row["enterprise"]) for row in rows] == [
        (number, True, "宁河区测试1号食品有限公司")
    ]
    shown = json.loads(run("show", number, "--json"))
    assert [entry["what"] for entry in shown["timeline"]] == ["提交诉求", "分派", "分派", "督办"]
    assert {entry["who"] for entry in shown["timeline"][1:]} == {"测试值班"}
    with desk.database.reading() as session:
        acts = [(row.action, row.actor) for row in session.exec(select(AuditRow))]
    assert acts == [
        ("cli.ticket.dispatch", "cli:测试值班"),
        ("cli.ticket.dispatch", "cli:测试值班"),
        ("cli.ticket.supervise", "cli:测试值班"),
    ]


def test_nothing_is_done_without_a_name_and_refusals_say_what_to_do(shell) -> None:
    desk, run = shell()
    number = desk.open().number
    with pytest.raises(AppError, match="--by 姓名"):
        run("supervise", number, "--by", " ", "--note", "x")
    with pytest.raises(AppError, match="没有 9999"):
        run("show", "9999")
    with pytest.raises(AppError, match="没有「教育局」这个部门"):
        run("dispatch", number, "--to", "教育局", *ME)
    with pytest.raises(AppError, match="可用：待接单"):
        run("list", "--status", "飞行中")
    assert [event.kind for event in desk.events(desk.ticket(desk.open()))] == ["opened"]


def test_meeting_handoff_and_merge(shell) -> None:
    desk, run = shell()
    first, second = desk.open().number, desk.open("同一段路的坑").number
    run("meeting", "call", first, *ME, "--why", "涉及三个部门", "--members", "住建委、交通局")
    assert first in run("meeting", "list")
    said = run(
        "meeting", "decide", first, *ME, "--lead", "交通局", "--due", "2026-12-10", "--decision", "两周内修通"
    )
    assert "区交通局" in said
    assert "没有等会商" in run("meeting", "list")
    assert json.loads(run("show", first, "--json"))["due_on"] == "2026-12-10"
    run("handoff", first, "12345热线", *ME, "--outside", "DH1", "--note", "请供电公司办")
    assert "已转出：12345热线" in run("show", first)
    with pytest.raises(Conflict, match="已经转到"):
        run("handoff", first, "12345热线", *ME)
    run("handback", first, *ME, "--result", "已增容", "--from", "12345热线")
    run("merge", second, first, *ME)
    assert desk.ticket(desk.open()).status == "pending"
    assert json.loads(run("list", "--status", "已归档", "--json"))[0]["number"] == second


def test_campaign_and_callbacks(shell, cast) -> None:
    """D3: drawn by seed, who is left alone is said with the reason, silent people are called."""
    from app.tickets.lifecycle import Action

    desk, run = shell()
    for changes in ({}, {"enterprise_id": 2, "openid": None, "contact_name": "钱测试"}):
        ticket = desk.open(category="监管执法", **changes)
        desk.do(ticket, Action.RESOLVE, cast.hub, note="好了")
        desk.do(ticket, Action.TELL, cast.hub, note="电话告知")
        desk.do(ticket, Action.CLOSE, cast.hub)
    words = ("--since", "2026-11-01", "--until", "2026-11-30", "--seed", "7", *ME)
    data = json.loads(run("campaign", "create", "11月", *words, "--ask", "--json"))
    assert (data["asked"], data["groups"][0]["drawn"], data["skipped"]) == (1, 2, [])
    assert "不足定额" in run("campaign", "result", "11月")
    assert "11月 2026-11-01 至 2026-11-30 种子 7" in run("campaign", "list")
    (row,) = json.loads(run("callbacks", "list", "--json"))
    assert row["caller"] == "钱*"
    run("callbacks", "record", str(row["id"]), *ME, "--outcome", "answered", "--score", "4")
    assert "没有要打电话" in run("callbacks", "list")
    run("campaign", "create", "再问一次", *words)
    asked = run("campaign", "ask", "再问一次", *ME)
    assert "发问 1 件" in asked
    third = json.loads(run("campaign", "create", "第三次", *words, "--json"))
    assert [item["reason"] for item in third["skipped"]] == ["近 30 天已联系 2 次（上限 2 次）"]


def test_the_problem_list_from_listing_to_the_spot_check(shell, tmp_path: Path) -> None:
    """BH 2(3)2 through the command line alone."""
    desk, run = shell("binhai")
    number = desk.open().number
    photo = tmp_path / "整改后.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + b"0" * 10)
    said = run(
        "problem",
        "add",
        "窗口告知不到位",
        "--department",
        "住建委",
        "--owner",
        "孙科长",
        "--ticket",
        number,
        *ME,
    )
    assert "已列为第 1 项，2026-12-04 前" in said
    run("problem", "evidence", "1", "--file", str(photo), *ME)
    run("problem", "submit", "1", *ME)
    run("problem", "sign", "1", "--head", "钱主任", "--post", "主任", *ME)
    assert "第 1 项 已签字报送 区住建委 孙科长 2026-12-04" in run("problem", "list")
    assert "1 项里抽 1 项" in run("problem", "draw", "抽查一", "--seed", "7", *ME)
    failed = run("problem", "check", "抽查一", "1", "--outcome", "failed", "--note", "仍要交两遍", *ME)
    assert "不合格" in failed
    (row,) = json.loads(run("problem", "list", "--json"))
    assert (row["status"], row["failed_checks"], row["evidence"]) == ("整改中", 1, 1)
    assert len(list((tmp_path / "uploads").iterdir())) == 1
