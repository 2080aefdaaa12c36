"""Warnings, reserve, gaps, use and digest as pages (B3, E2): each opens, each form does what it says, for whom."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.conversations.models import Answer
from app.trends import gaps
from app.trends.models import GapCluster, ReserveItem

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ENTRY = "registration/company-setup"


@pytest.fixture
def asked(world):
    """Six people who were not answered, six who were."""
    with world.db.transaction() as session:
        for number in range(6):
            moment = NOW - timedelta(hours=number + 1)
            session.add(Answer(openid=f"o{number}", question="鸡舍养殖备案找谁", decision="none", at=moment))
            session.add(
                Answer(
                    openid=f"o{number}", question="注册公司<b>", decision="answer", entry_id=ENTRY, at=moment
                )
            )
        session.flush()
        found = gaps.unplaced(session, NOW)
        placed = gaps.place(
            found, gaps.heads(session), lambda texts: [list(range(len(texts)))], world.service
        )
        assert gaps.keep(session, placed) == 6
    return world


@pytest.mark.usefixtures("unhurried")
def test_a_common_problem_goes_to_the_reserve_and_is_decided_with_a_reason(asked, login):
    """E2: 列入 with evidence, then 采纳 or 不采纳, each with who and why."""
    hub = login("hub")
    text = hub.get("/admin/trends")
    assert "鸡舍养殖备案找谁" in text and "没有能在微信里收到提醒的人" in text.replace("还没有", "没有")
    status, text = hub.send("/admin/trends", "/admin/trends/reserve", kind="entry", topic=ENTRY)
    assert status == 303 and "6 次，6 个人提过" in text and "&lt;b&gt;" in text
    assert hub.send("/admin/trends", "/admin/trends/reserve", kind="entry", topic=ENTRY)[0] == 409
    assert hub.send("/admin/trends", "/admin/trends/reserve", kind="gap", topic="x")[0] == 404
    one = "/admin/trends/reserve/1"
    assert hub.send("/admin/trends/reserve", one, state="adopted", reason="")[0] == 400
    assert hub.send("/admin/trends/reserve", one, state="rejected", reason="已有文件")[0] == 303
    assert "已有文件" in login("auditor").get("/admin/trends/reserve")
    assert login("zhang").send("/admin/trends", one, state="adopted", reason="x")[0] == 403
    with asked.db.reading() as session:
        assert session.exec(select(ReserveItem)).one().decided_by == "hub"


@pytest.mark.usefixtures("unhurried")
def test_a_gap_becomes_a_draft_with_one_tap(asked, login):
    """B3: the cluster's questions are in the draft; editors only."""
    zhang = login("zhang")
    assert "鸡舍养殖备案找谁" in zhang.get("/admin/gaps")
    assert login("hub").send("/admin/gaps/1", "/admin/gaps/1/draft", folder="agri")[0] == 403
    assert zhang.send("/admin/gaps/1", "/admin/gaps/1/draft", folder="nowhere")[0] == 400
    status, text = zhang.send("/admin/gaps/1", "/admin/gaps/1/draft", folder="agri")
    assert status == 303 and "已起草" in text and "鸡舍养殖备案找谁" in text
    assert "在写" in zhang.get("/admin/gaps?show=drafted")
    assert zhang.send("/admin/gaps/1", "/admin/gaps/1/draft", folder="agri")[0] == 409


def test_a_gap_is_settled_by_an_entry_that_exists_or_dismissed(asked, login):
    zhang = login("zhang")
    assert zhang.send("/admin/gaps/1", "/admin/gaps/1/settle", entry="no/such")[0] == 400
    status, text = zhang.send("/admin/gaps/1", "/admin/gaps/1/settle", entry=ENTRY)
    assert status == 303 and "刚发布" in text
    assert zhang.send("/admin/gaps/1", "/admin/gaps/1/dismiss")[0] == 409
    with asked.db.reading() as session:
        assert session.exec(select(GapCluster)).one().entry_id == ENTRY


def test_what_is_asked_often_opens_exactly_those_questions(asked, login):
    """E2: the number beside a topic is its rows, whatever else came up with that entry, and when."""
    with asked.db.transaction() as session:
        for decision, days in (("choose", 1), ("answer", 28), ("answer", 27)):
            moment = NOW - timedelta(days=days)
            session.add(Answer(openid="oX", question="注册", decision=decision, entry_id=ENTRY, at=moment))
    hub = login("hub")
    link, count = re.search(r'href="(/admin/answers[^"]+)">(\d+)<', hub.get("/admin/trends")).groups()
    assert count == "7" and "共 7 条" in hub.get(link.replace("&amp;", "&"))


def test_questions_that_are_not_grouped_yet_are_not_kept_secret(world, login):
    """B3: an empty list of heaps must not read as «everything was answered»."""
    with world.db.transaction() as session:
        session.add(Answer(openid="o1", question="鸡舍养殖备案找谁", decision="none", at=NOW))
    editor = login("zhang")
    page = editor.get("/admin/gaps")
    assert '<a href="/admin/answers?show=vain">有 1 句还没归堆' in page
    assert "还没归堆" not in editor.get("/admin/gaps?show=dismissed")


@pytest.mark.parametrize("username", ["hub", "zhang", "auditor"])
def test_use_and_digest_are_read(asked, login, username):
    person = login(username)
    assert "没人问到的" in person.get("/admin/usage")
    assert "应答手册周报" in person.get("/admin/digest")
