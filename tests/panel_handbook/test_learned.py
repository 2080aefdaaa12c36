"""The editors' page of learned phrasings, the box for trying questions, and «没解决» on the list of entries (B2, B3)."""

import re
from datetime import UTC, datetime

import pytest

from app.conversations import answers
from bot.effects import RecordAnswer
from handbook.entry import Decision

PAGE = "/admin/handbook/learned"
ENTRY = "registration/license-lost"
OTHER = "registration/archive-query"
WHEN = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ASKED = "那张盖红章的纸让耗子啃了"


@pytest.fixture
def lesson(world) -> str:
    """One choice made by a tap; the path of its forms."""
    with world.db.transaction() as session:
        answers.record(session, "oBoss", RecordAnswer(ASKED, "chosen", ENTRY, (OTHER, ENTRY), 1.0), WHEN)
    return f"{PAGE}/1"


def test_an_accepted_choice_is_answered_next_time_and_can_be_taken_back(world, login, lesson: str) -> None:
    assert world.service.search(ASKED).decision is not Decision.ANSWER
    editor = login("zhang")
    page = editor.get(PAGE)
    assert ASKED in page and "执照丢了" in page and "没选：" in page
    assert "学到的问法" in editor.get("/admin/handbook")
    status, page = editor.send(PAGE, f"{lesson}/accept", phrasing=f"{ASKED}咋补")
    assert status == 303 and "已采纳，一分钟内" in page
    assert world.service.reload_if_changed()
    found = world.service.search(f"{ASKED}咋补")
    assert (found.decision, found.best.entry.id) == (Decision.ANSWER, ENTRY)
    assert f"采纳为：{ASKED}咋补" in editor.get(f"{PAGE}?show=accepted")
    status, page = editor.send(f"{PAGE}?show=accepted", f"{lesson}/reject")
    assert status == 303 and "已撤回" in page
    assert world.service.reload_if_changed()
    assert world.service.search(f"{ASKED}咋补").decision is not Decision.ANSWER
    assert world.audited() == [("zhang", "handbook.learn", f"entry:{ENTRY}", True)] * 2


def test_what_is_refused_changes_nothing_and_keeps_what_was_typed(world, login, lesson: str) -> None:
    editor = login("zhang")
    status, page = editor.send(PAGE, f"{lesson}/accept", phrasing="找13912345678补执照")
    assert status == 400 and "还有个人信息" in page and 'value="找13912345678补执照"' in page
    assert editor.send(PAGE, f"{lesson}/accept", phrasing="执" * 200)[0] == 400
    assert editor.send(PAGE, f"{PAGE}/99/accept", phrasing="补执照")[0] == 404
    assert ASKED in editor.get(PAGE)
    assert not list(world.desk.local_dir.rglob("*.txt"))


def test_a_rejected_choice_teaches_nothing_and_is_not_decided_twice(world, login, lesson: str) -> None:
    editor = login("zhang")
    assert editor.send(PAGE, f"{lesson}/reject")[0] == 303
    assert ASKED in editor.get(f"{PAGE}?show=rejected")
    assert editor.send(PAGE, f"{lesson}/accept", phrasing=ASKED)[0] == 409
    assert not list(world.desk.local_dir.rglob("*.txt"))


def test_only_editors_decide(world, login, lesson: str) -> None:
    auditor = login("auditor")
    page = auditor.get(PAGE)
    assert ASKED in page and "采纳</button>" not in page
    assert auditor.send(PAGE, f"{lesson}/accept", phrasing=ASKED)[0] == 403


def test_what_was_given_and_did_not_help_is_counted_and_opens_its_rows(world, login) -> None:
    """B3: beside every entry how often it was given and how often it did not help; each number is its rows."""
    with world.db.transaction() as session:
        for _ in range(2):
            number = answers.record(session, "oBoss", RecordAnswer("执照丢了", "answer", ENTRY), WHEN)
            answers.mark_unsolved(session, number, "oBoss")
        answers.record(session, "oBoss", RecordAnswer("执照丢了", "answer", ENTRY), WHEN)
        answers.record(session, "oBoss", RecordAnswer("执照丢了", "choose", ENTRY), WHEN)
    editor = login("zhang")
    page = editor.get("/admin/handbook?show=unsolved")
    assert ENTRY in page and "company-setup" not in page
    for show, count in (("given", 3), ("unsolved", 2)):
        link = re.search(rf'"(/admin/answers\?show={show}&amp;entry=[^"]+)">(\d+)<', page)
        assert int(link[2]) == count
        assert f"共 {count} 条" in editor.get(link[1].replace("&amp;", "&"))
    assert "3 次</a>" in editor.get(f"/admin/handbook/entry/{ENTRY}")


def test_trying_shows_decision_phrasing_channel_clause_and_the_very_words(world, login) -> None:
    """The same explanation as `kb ask`; nothing is recorded."""
    editor = login("zhang")
    story = "我在镇上干了十年小卖部，昨天翻柜子一看，营业执照找不着了，这可咋补"
    page = editor.get(f"/admin/handbook/try?q={story}%0A营业执照丢了怎么补")
    assert "最像的问法：" in page and "起作用的分句：" in page and "比第二名：" in page
    assert "和手册里的一句问法一字不差" in page or "各项打分合起来的把握" in page
    assert "以上直接答" in page and "对方会收到的话" in page
    assert re.search(r"<h2 id=\"q-2\">营业执照丢了怎么补</h2>", page)
    assert "还没有问答" in editor.get("/admin/answers")


def test_phone_numbers_in_questions_are_hidden_in_the_record(world, login) -> None:
    with world.db.transaction() as session:
        answers.record(session, "oBoss", RecordAnswer("执照丢了打13912345678", "none"), WHEN)
    page = login("auditor").get("/admin/answers?try=1")
    assert "13912345678" not in page and "执照丢了打（电话）" in page
