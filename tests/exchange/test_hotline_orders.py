"""Hotline orders at the command line: taken from files, listed with both deadlines, supervised at once, cleared out."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from app.audit import AuditRow
from app.errors import AppError
from app.outbox.models import OutboxMessage
from app.tickets.lifecycle import Action

CONTENTS = (
    "厂门口三盏路灯不亮一周了",
    "门前下水道堵了，污水外溢",
    "供电容量不够，想增容",
    "消防通道被围挡堵住了",
)


@pytest.fixture
def four(hotline: Any, row: Any) -> Any:
    """Four open orders of one morning."""
    hotline.put(*(row(f"TJ-{number}", text) for number, text in enumerate(CONTENTS, start=1)))
    hotline.work()
    return hotline


def test_run_is_a_dry_run_first(hotline: Any, row: Any, shell: Any) -> None:
    path = hotline.put(row("TJ-1"), row("TJ-2", 联系电话="不详"))
    said = shell("exchange", "run", "hotline-12345")
    assert "已登记 1，以前已登记 0，已更新 0，未登记 1" in said
    assert "联系电话" in said
    assert "加 --apply" in said
    assert hotline.tickets() == []
    assert path.exists()
    assert "等处理 1 份" in shell("exchange", "list")
    report = json.loads(shell("exchange", "run", "hotline-12345", "--apply", "--json"))
    assert report[0]["counts"] == {"new": 1, "known": 0, "updated": 0, "rejected": 1}
    assert Path(report[0]["rejected"]).is_file()
    assert not path.exists()
    assert "没有等着处理" in shell("exchange", "run", "hotline-12345")


def test_a_named_file_stays_where_it_is(hotline: Any, row: Any, shell: Any, tmp_path: Path) -> None:
    path = hotline.put(row("TJ-1")).rename(tmp_path / "手工.csv")
    shell("exchange", "run", "hotline-12345", str(path), "--apply")
    assert path.exists()
    assert len(hotline.tickets()) == 1
    assert "1 件，写在" in shell("exchange", "states", "hotline-12345", "--apply")
    assert "有变化的 0 件" in shell("exchange", "states", "hotline-12345")
    with pytest.raises(AppError, match="可用：hotline-12345、nuanqiyun"):
        shell("exchange", "run", "nothing")


def test_their_deadline_beside_ours_the_most_urgent_first(four: Any, row: Any, shell: Any) -> None:
    four.put(row("TJ-9", "围墙外占道经营，货车进不来", 办理时限="2026-11-21"), name="急.csv")
    four.work()
    lines = shell("tickets", "hotline").splitlines()
    assert len(lines) == 5
    assert "TJ-9" in lines[0]
    assert "对方时限" in lines[0]
    assert "本区时限 2026-12-01" in lines[0]
    four.now += timedelta(days=2)
    late = json.loads(shell("tickets", "hotline", "--late", "--json"))
    assert [(order["external_number"], order["is_late"], order["is_late_outside"]) for order in late] == [
        ("TJ-9", False, True)
    ]


def test_all_old_orders_are_supervised_with_one_action(four: Any, row: Any, shell: Any) -> None:
    """BH 2(2)4: 督办 of every order open since before a day, after a look; each holder is told, each is audited."""
    four.do(four.tickets()[0], Action.RESOLVE, note="路灯已修好")
    four.now += timedelta(days=3)
    four.put(row("TJ-9", "围墙外占道经营，货车进不来"), name="新.csv")
    four.work()
    words = ("tickets", "supervise-before", "2026-11-20", "--by", "测试值班", "--note", "月底前清零")
    assert "共 3 件，只看" in shell(*words)
    assert [ticket.supervised_at for ticket in four.tickets()] == [None] * 5
    assert "共 3 件。" in shell(*words, "--channel", "12345热线", "--apply")
    assert [ticket.supervised_at is not None for ticket in four.tickets()] == [False, True, True, True, False]
    with four.database.reading() as session:
        told = [item for item in session.exec(select(OutboxMessage)) if item.kind == "ticket_escalated"]
        acts = [item.action for item in session.exec(select(AuditRow)) if item.actor == "cli:测试值班"]
    assert {item.openid for item in told} == {"oOfficerWang"}
    assert (len(told), acts) == (3, ["cli.ticket.supervise"] * 3)
    assert "共 0 件" in shell(*words, "--apply")


def test_clear_out_counts_what_was_open_that_day_unit_by_unit(
    four: Any, row: Any, shell: Any, tmp_path: Path
) -> None:
    """Settled by the second day, by who held it on the first; what came later does not count; it says so for ever."""
    one, two, three, _ = four.tickets()
    four.do(one, Action.DISPATCH, target="department:1")
    four.now += timedelta(days=1)
    four.do(one, Action.RESOLVE, note="路灯已修好")
    four.do(two, Action.RESOLVE, note="下水道已疏通")
    four.put(row("TJ-9", "围墙外占道经营，货车进不来"), name="后来的.csv")
    four.work()
    four.now += timedelta(days=5)
    four.do(three, Action.RESOLVE, note="已增容")
    path = tmp_path / "清零.xlsx"
    said = shell("tickets", "clearance", "2026-11-20", "2026-11-23", "--xlsx", str(path))
    assert "住建委  当日未办结 1  已办结 1  未办结 0  清零率 100.0%" in said
    assert "王服务（T001）  当日未办结 3  已办结 1  未办结 2  清零率 33.3%" in said
    assert "合计  当日未办结 4  已办结 2  未办结 2  清零率 50.0%" in said
    book = openpyxl.load_workbook(path)
    assert [cell.value for cell in book["清零情况"][4]][:2] == ["住建委", 1]
    assert {line[1].value for line in book["未办结明细"].iter_rows(min_row=4)} == {"TJ-3", "TJ-4"}
    later = shell("tickets", "clearance", "2026-11-20", "2026-11-30")
    assert "合计  当日未办结 4  已办结 3" in later


def test_returns_are_counted_for_who_gave_them_back(four: Any, shell: Any) -> None:
    """C10, BH: 退单 by unit and its rate."""
    from app.tickets import service
    from app.tickets.values import Actor, ActorKind

    for ticket in four.tickets()[:2]:
        four.do(ticket, Action.DISPATCH, target="department:1")
    with four.database.transaction() as session:
        department = Actor(ActorKind.COORDINATOR, "1", "李专员")
        ticket_id = four.tickets()[0].id
        service.perform(
            session, ticket_id, Action.RETURN, department, note="不属我委职责", rules=four.rules, now=four.now
        )
    rows = json.loads(shell("tickets", "returns", "--from", "2026-11-01", "--to", "2026-11-30", "--json"))
    assert rows == [{"unit": "住建委", "received": 2, "returned": 1, "rate": 50.0}]
