"""The main job end to end over real encrypted HTTP: ask, be answered, or have a ticket (C1, D1–D5)."""

import re
from datetime import timedelta

import pytest

from handbook.entry import Decision, Search, SearchResult

QUESTION = "厂门口修路半个月了货车进不来 快耽误交货了"


class Nothing(Search):
    """Finds nothing, once."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)


@pytest.fixture
def said():
    def texts(phone) -> list[str]:
        return [line.text for line in phone.inbox if line.kind != "sent"]

    return texts


def test_a_newcomer_asks_says_who_they_are_and_gets_their_officer(town, said, ignorant) -> None:
    """C1, A3: the question is safe at once; after the tap it is with the enterprise's own officer."""
    phone = town.platform.stranger("oNewcomer")
    phone.follow()
    assert "有需必应" in said(phone)[-1]
    phone.send_text(QUESTION)
    assert re.search(r"单号 \d{8}-\d{4}", said(phone)[-1])
    assert "您是哪家企业" in said(phone)[-1]
    [ticket] = town.tickets()
    assert ticket.holder_kind == "hub"
    phone.send_text("测试1号食品")
    phone.tap_option(phone.inbox[-1])
    assert "王服务" in said(phone)[-1]
    assert "已转到王服务手上" in said(phone)[-1]
    [ticket] = town.tickets()
    assert (ticket.holder_kind, ticket.content) == ("officer", QUESTION)


def test_question_to_satisfied_closing(town, bound, said, ignorant) -> None:
    """Conversations 4–7: opened, accepted, summoned, resolved, told, rated."""
    officer, coordinator = town.phone("oOfficerWang"), town.phone("oCoordinator")
    bound.send_text(QUESTION)
    opened = said(bound)[-1]
    assert "王服务" in opened and "7 个工作日" in opened
    number = re.search(r"\d{8}-(\d{4})", opened)[1]
    officer.send_text("待办")
    assert number in said(officer)[-1]
    officer.send_text(f"接单 {number}")
    officer.send_text(f"吹哨 {number} 住建委 占道施工")
    town.work()
    assert any("接单" in text for text in said(bound))
    assert any("住建委" in text for text in said(bound))
    coordinator.send_text("待办")
    assert number in said(coordinator)[-1]
    coordinator.send_text(f"办结 {number} 已铺设临时通道，货车可从南门进出")
    town.work()
    assert "解决了吗" in said(bound)[-1]
    bound.tap_option(bound.inbox[-1], 0)
    assert "归档" in said(bound)[-1]
    [ticket] = town.tickets()
    assert ticket.status == "closed"
    town.platform.assert_clean()


def test_dissatisfied_goes_up_and_the_words_are_kept(town, bound, said, ignorant) -> None:
    """D4: reopened one step up, nothing need be said twice."""
    officer = town.phone("oOfficerWang")
    bound.send_text(QUESTION)
    number = town.tickets()[0].number
    officer.send_text(f"办结 {number} 已处理")
    town.work()
    bound.send_text("不满意 南门太窄大车还是进不来")
    assert "南门太窄" in said(bound)[-1] and "重新打开" in said(bound)[-1]
    [ticket] = town.tickets()
    assert ticket.status == "pending"
    assert ticket.step != ticket.ladder[0]["key"]


def test_follow_ups_join_the_ticket_and_pictures_too(town, bound, said, ignorant) -> None:
    bound.send_text(QUESTION)
    bound.send_text("昨天还把我们的路灯杆撞歪了没人管")
    bound.send_image()
    assert len(town.tickets()) == 1
    assert "已补充" in said(bound)[-1]


def test_an_answer_comes_from_the_handbook_with_its_source(town, bound, said) -> None:
    """B1."""
    bound.send_text("营业执照丢了怎么补办")
    answer = said(bound)[-1]
    assert "市场监管局" in answer and "复核" in answer and "/h/registration/license-lost?a=" in answer
    assert town.tickets() == []


def test_withdraw_urge_progress_and_rate_by_last_four_digits(town, bound, said, ignorant) -> None:
    """D5: everything with a number takes the last four digits."""
    bound.send_text(QUESTION)
    short = town.tickets()[0].number[-4:]
    bound.send_text(f"进度 {short}")
    assert short in said(bound)[-1] and "王服务" in said(bound)[-1]
    bound.send_text(f"催办 {short}")
    assert "已催办" in said(bound)[-1]
    bound.send_text(f"撤回 {short}")
    assert "已撤回" in said(bound)[-1]
    bound.send_text(f"撤回 {short}")
    assert town.tickets()[0].status == "withdrawn"


def test_outside_the_window_the_news_waits_for_the_next_contact(town, bound, said, monkeypatch) -> None:
    """§4.4: no template configured, so the push is pending and shown once with the next reply."""
    officer = town.phone("oOfficerWang")
    with monkeypatch.context() as nothing_found:
        nothing_found.setattr(town.runtime.handler, "_search", Nothing())
        bound.send_text(QUESTION)
    number = town.tickets()[0].number
    town.platform.clock.advance(timedelta(hours=60))
    town.passes(hours=60)
    officer.send_text(f"接单 {number}")
    town.work()
    assert not any("已接单" in text for text in said(bound))
    bound.send_text("你好")
    assert "已接单" in said(bound)[-1]
    bound.send_text("你好")
    assert "已接单" not in said(bound)[-1]


def test_unfollow_unlinks_the_person_and_keeps_the_case(town, bound, said, ignorant) -> None:
    """Case 43: pending pushes cancelled, contact unlinked, the case stays."""
    bound.send_text(QUESTION)
    bound.unfollow()
    town.phone("oOfficerWang").send_text(f"接单 {town.tickets()[0].number}")
    before = len(said(bound))
    town.work()
    assert len(said(bound)) == before
    assert len(town.tickets()) == 1
