"""What was handed to another system is chased until its result is back (C16)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.outbox.models import OutboxMessage
from app.tickets import chasing, reading
from app.tickets.lifecycle import Action


@pytest.fixture
def out(hotline: Any, row: Any) -> Any:
    """An order that is with the city; a Friday."""
    hotline.put(row("TJ-1"))
    hotline.work()
    (ticket,) = hotline.tickets()
    hotline.do(ticket, Action.HAND_OFF, target="市政务服务办", note="x", details={"outside_number": "S-7"})
    return hotline


def chase(hotline: Any, days: int) -> int:
    hotline.now += timedelta(days=days)
    with hotline.database.transaction() as session:
        return chasing.chase_due(session, hotline.rules, hotline.now)


def told(hotline: Any) -> list[str]:
    with hotline.database.reading() as session:
        return [item.openid for item in session.exec(select(OutboxMessage)) if "请催转出" in str(item.reply)]


def test_after_three_working_days_the_hub_and_the_holder_hear_of_it(out: Any) -> None:
    """Friday to Wednesday: a weekend is not silence. Then again after as long, never twice for one silence."""
    assert chase(out, 4) == 0
    assert chase(out, 1) == 1
    assert out.tickets()[0].supervised_at is not None
    assert told(out) == ["oOfficerWang"]
    assert chase(out, 0) == 0
    assert chase(out, 5) == 1
    assert told(out) == ["oOfficerWang"] * 2
    out.do(out.tickets()[0], Action.HAND_BACK, note="市里已协调")
    assert chase(out, 10) == 0


def test_nobody_is_chased_at_night(out: Any) -> None:
    out.now = out.now.replace(hour=15)
    assert chase(out, 6) == 0


def test_a_person_who_asked_there_starts_the_days_anew(out: Any, shell: Any) -> None:
    number = out.tickets()[0].number
    out.now += timedelta(days=5)
    assert f"{number} 市政务服务办 S-7 2026-11-20 转出 没有催过 该催了" in shell("tickets", "out", "--due")
    said = shell("tickets", "chase", number, "--by", "测试值班", "--note", "已电话联系，本周内回")
    assert "第 1 次催市政务服务办" in said
    (row,) = json.loads(shell("tickets", "out", "--json"))
    assert (row["is_due"], row["chase_on"], row["chased_count"]) == (False, "2026-11-30", 1)
    assert "没有还在外面" in shell("tickets", "out", "--due")
    assert chase(out, 0) == 0
    with out.database.reading() as session:
        ticket = out.tickets()[0]
        inside = [entry.title for entry in reading.timeline(session, ticket)]
        public = [entry.title for entry in reading.timeline(session, ticket, is_public=True)]
    assert "催办转出" in inside
    assert "催办转出" not in public
