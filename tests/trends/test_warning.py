"""Warnings the same day and the 政策储备池 (E2; NH 高频问题分析和预警, 政策储备池)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import AppError, Conflict
from app.tickets.models import Ticket
from app.trends import reserve, warning
from app.trends.counting import Topic, evidence
from app.trends.models import ReserveState, TopicKind, TopicNotice

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
PERMIT = Topic(TopicKind.ENTRY, "permit/food")
TITLES = {"permit/food": "食品经营许可证怎么办"}


def look(town, now=NOW):
    with town.db.transaction() as session:
        return [(row.kind, row.name, row.count) for row in warning.look(session, town.rules, TITLES, now)]


def weeks(town, per_day=2, **changes):
    for day in range(1, 29):
        town.ask(day, per_day, **({"decision": "answer", "entry_id": "permit/food"} | changes))


def test_a_topic_out_of_range_is_told_the_same_day_once(town):
    weeks(town)
    town.ask(0.05, 4, decision="answer", entry_id="permit/food")
    assert look(town) == []
    town.ask(0.05, 8, decision="answer", entry_id="permit/food")
    assert look(town) == [("entry", "食品经营许可证怎么办", 12)]
    ((openid, words),) = town.told()
    assert openid == "o-hub" and "今天到现在 12 次，平时一天 2 次" in words
    town.ask(0.02, 5, decision="answer", entry_id="permit/food")
    assert look(town, NOW + timedelta(hours=1)) == [] and len(town.told()) == 1
    with town.db.reading() as session:
        (notice,) = warning.notices(session, date(2026, 11, 20))
    assert notice.count == 17


def test_categories_of_tickets_are_topics_too(town):
    weeks(town, 1)
    with town.db.transaction() as session:
        for number in range(7):
            session.add(ticket(number))
    assert look(town) == [("category", "水电气热", 7)]


def test_the_first_days_of_an_installation_raise_nothing(town):
    town.ask(2, 3, decision="answer", entry_id="permit/food")
    town.ask(0.05, 40, decision="answer", entry_id="permit/food")
    assert look(town) == []


def test_working_days_are_compared_with_working_days(town):
    days = warning.comparable_days(date(2026, 11, 20), date(2026, 10, 1), town.rules.calendar)
    assert len(days) == 20 and all(town.rules.calendar.is_workday(day) for day in days)
    rest = warning.comparable_days(date(2026, 11, 21), date(2026, 10, 1), town.rules.calendar)
    assert rest and not any(town.rules.calendar.is_workday(day) for day in rest)


def test_the_reserve_keeps_the_evidence_without_names(town):
    weeks(town, words="测试1号面粉有限公司想办食品证，电话13912345678")
    with town.db.transaction() as session:
        found = evidence(session, PERMIT, 28, NOW)
        item = reserve.enter(session, PERMIT, "食品证", found, note="", by="hub", now=NOW)
        assert item.evidence["count"] == 56 and item.evidence["people"] == 1
        assert list(item.evidence["samples"]) == ["某企业想办食品证，电话（电话）"]
    with town.db.transaction() as session:
        with pytest.raises(Conflict, match="已经在储备池"):
            reserve.enter(session, PERMIT, "食品证", found, note="", by="hub", now=NOW)
        with pytest.raises(AppError, match="理由"):
            reserve.decide(session, item.id, ReserveState.ADOPTED, reason=" ", by="hub", now=NOW)
        reserve.decide(session, item.id, ReserveState.REJECTED, reason="市里已有文件", by="hub", now=NOW)
        with pytest.raises(Conflict, match="定过"):
            reserve.decide(session, item.id, ReserveState.ADOPTED, reason="再想想", by="hub", now=NOW)
        reserve.enter(session, PERMIT, "食品证", found, note="", by="hub", now=NOW)
        assert [row.state for row in reserve.listed(session)] == ["listed", "rejected"]


def test_nothing_is_listed_without_evidence(town):
    with town.db.transaction() as session, pytest.raises(AppError, match="没有证据"):
        found = evidence(session, PERMIT, 28, NOW)
        reserve.enter(session, PERMIT, "食品证", found, note="", by="hub", now=NOW)


def test_the_database_keeps_one_notice_a_topic_and_day(town):
    values = {
        "kind": "entry",
        "topic": "a/b",
        "name": "x",
        "day": NOW.date(),
        "count": 9,
        "median": 1,
        "limit": 5,
    }
    with pytest.raises(IntegrityError), town.db.transaction() as session:
        session.add(TopicNotice(raised_at=NOW, **values))
        session.add(TopicNotice(raised_at=NOW, **values))


def ticket(number):
    day = NOW.date()
    return Ticket(
        number=f"20261120-{number:04d}",
        status="pending",
        category="水电气热",
        content="车间停电",
        step="local",
        holder_kind="hub",
        opened_at=NOW - timedelta(hours=1),
        received_on=day,
        due_on=day,
        due_from=day,
        due_days=0,
        held_since=NOW,
        last_activity_at=NOW,
    )
