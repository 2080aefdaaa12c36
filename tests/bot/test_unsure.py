"""Choices that are far-fetched are not offered, and a refusal that may be a misunderstanding says the way on (B2, B5)."""

import pytest

from bot import effects
from handbook.entry import Decision, Kind
from tests.bot.turns import said

WORDS = "我爸的店想转给我"
WAY_ON = "不是这个意思，转服务员"


def test_far_fetched_choices_are_left_out(phone, entry) -> None:
    """«公司名字能叫中国吗» offered the credit report, at a fiftieth of the first one's score."""
    found = [entry("a/name", "企业名称"), entry("b/change", "名称变更"), entry("c/report", "信用报告")]
    phone.search.results[WORDS] = (Decision.CHOOSE, found)
    phone.search.scores = (0.7, 0.14, 0.014)
    phone.says(WORDS)
    assert [option.value for option in phone.state.options] == ["a/name", "b/change", ""]


@pytest.mark.parametrize(("score", "is_offered"), [(0.3, False), (0.6, True)])
def test_another_citys_matter_is_offered_only_where_it_is_likely(
    phone, entry, score: float, is_offered: bool
) -> None:
    found = [entry("a/name", "企业名称"), entry("redirect/other-city", "外地事项", Kind.REDIRECT)]
    phone.search.results[WORDS] = (Decision.CHOOSE, found)
    phone.search.scores = (0.7, score)
    phone.says(WORDS)
    assert ("redirect/other-city" in [option.value for option in phone.state.options]) is is_offered


@pytest.mark.parametrize(("confidence", "is_sure"), [(0.95, True), (0.45, False)])
def test_a_refusal_that_is_not_sure_says_the_way_to_a_person(
    phone, entry, confidence: float, is_sure: bool
) -> None:
    """A father's shop to be handed on was taken for a question about another firm's secrets."""
    phone.search.results[WORDS] = (Decision.OUT_OF_SCOPE, [entry("scope/x", "秘密", Kind.OUT_OF_SCOPE)])
    phone.search.scores = (confidence,)
    assert (WAY_ON not in said(phone.says(WORDS))) is is_sure


@pytest.mark.parametrize(("confidence", "is_added"), [(0.95, False), (0.5, True)])
def test_what_may_be_a_citizens_matter_belongs_to_the_ticket_just_opened(
    phone, entry, ticket, confidence: float, is_added: bool
) -> None:
    """«停车费也乱收» after «店门口不让停车» was sent to the traffic police's app."""
    found = [entry("redirect/citizen-traffic", "违章和驾照", Kind.REDIRECT)]
    phone.search.results["停车费也乱收"] = (Decision.REDIRECT, found)
    phone.search.scores = (confidence,)
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    turn = phone.says("停车费也乱收")
    assert (turn.effects == (effects.Supplement("20261120-0042", "停车费也乱收", ()),)) is is_added
