"""A list from 座谈, 圆桌会, 调研 or 走访 becomes tickets after a look; what is known already is offered for merging (C2)."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.tickets.lifecycle import Status
from app.tickets.models import Ticket

ROWS = [
    ("诉求", "企业", "联系电话"),
    ("您好，厂门口路灯不亮已经一周，夜班工人出入不安全", "宁河区测试1号食品有限公司", "13900000001"),
    ("供电容量不够，想给二期车间增容", "宁河区测试1号食品有限公司", ""),
    ("二期车间供电容量不够，想增容", "宁河区测试1号食品有限公司", ""),
    ("想申请贷款", "没有这家公司", ""),
]
WORDS = ("--channel", "走访", "--by", "测试值班")


@pytest.fixture
def listed(hotline: Any, row: Any, tmp_path: Path) -> Path:
    """One open order about the lamps, and a list in which a row is about them, too."""
    hotline.put(row("TJ-1"))
    hotline.work()
    path = tmp_path / "座谈.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(ROWS)
    return path


def test_a_look_first_with_what_is_alike(hotline: Any, listed: Path, shell: Any) -> None:
    lamps = hotline.tickets()[0].number
    said = shell("tickets", "import", str(listed), *WORDS)
    assert "会登记 3 行，其中很像已有诉求的 2 行；不登记 1 行" in said
    assert f"很像在办的 {lamps}，可以并案" in said
    assert "很像第 3 行，可以并案" in said
    assert "没有找到这家企业" in said
    assert len(hotline.tickets()) == 1
    (rejected,) = (hotline.data_dir / "imports").iterdir()
    assert rejected.stat().st_mode & 0o777 == 0o600


def test_without_merging_each_row_is_its_own_ticket(hotline: Any, listed: Path, shell: Any) -> None:
    answer = json.loads(shell("tickets", "import", str(listed), *WORDS, "--apply", "--json"))
    assert [item["is_merged"] for item in answer["opened"]] == [False, False, False]
    again = shell("tickets", "import", str(listed), *WORDS, "--apply")
    assert "会登记 0 行" in again
    assert "同样的诉求正在办" in again
    assert len(hotline.tickets()) == 4


def test_merged_ones_follow_the_matter_they_belong_to(hotline: Any, listed: Path, shell: Any) -> None:
    """并案: filed here, followed there; the first of two alike rows survives."""
    shell("tickets", "import", str(listed), *WORDS, "--apply", "--merge")
    with hotline.database.reading() as session:
        lamps, same_lamps, power, same_power = session.exec(select(Ticket).order_by(Ticket.id)).all()
    assert (same_lamps.duplicate_of_id, same_power.duplicate_of_id) == (lamps.id, power.id)
    assert (same_lamps.status, power.status) == (Status.CLOSED, Status.PENDING)
    assert power.channel == "走访"
