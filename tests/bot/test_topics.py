"""A bare topic is asked back; what happened to somebody is a matter, however short (B2, C1)."""

import pytest

from bot import effects, topics
from bot.state import Step
from handbook.entry import Decision


def opened(turn) -> bool:
    return any(isinstance(effect, effects.OpenTicket) for effect in turn.effects)


@pytest.fixture
def invoices(entry):
    return [
        entry("tax/red", "发票开错了怎么红冲"),
        entry("tax/agent", "怎么代开", keywords=("代开发票",)),
        entry("labor/contract", "劳动合同怎么签"),
    ]


def test_a_bare_topic_offers_what_names_it(phone, invoices) -> None:
    """One word «发票» opened a ticket with a deadline of seven working days."""
    phone.search.results["发票"] = (Decision.NONE, invoices)
    turn = phone.says("发票")
    assert not opened(turn)
    assert [option.value for option in phone.state.options] == ["tax/red", "tax/agent", ""]
    assert [type(effect).__name__ for effect in turn.effects] == ["RecordAnswer"]
    assert opened(phone.says("3"))


def test_while_a_ticket_is_fresh_a_topic_may_belong_to_it(phone, invoices, ticket) -> None:
    phone.search.results["发票"] = (Decision.NONE, invoices)
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    assert "补充 0042" in "".join(
        getattr(part, "label", part) for part in phone.says("发票").replies[0].parts
    )


@pytest.mark.parametrize("text", ["发票开不了", "停水", "发票被退", "开发票的时候系统老是提示盘被锁住"])
def test_what_happened_goes_to_a_person(phone, invoices, text: str) -> None:
    phone.search.results[text] = (Decision.NONE, invoices)
    assert opened(phone.says(text))


def test_a_word_that_could_be_anything_is_asked_about_and_one_tap_brings_a_person(phone) -> None:
    turn = phone.says("办证")
    assert not opened(turn)
    assert phone.state.step is Step.IDLE
    assert opened(phone.says("人工"))


@pytest.mark.parametrize(
    ("text", "is_topic"),
    [("发票", True), ("营业执照变更", True), ("企业如何申请补贴？", True), ("路灯坏了", False), ("ok", False), ("门口修路半个月货车进来费劲", False)],
)  # fmt: skip
def test_what_a_topic_is(text: str, is_topic: bool) -> None:
    assert topics.is_topic(text) is is_topic


def test_a_few_words_are_read_with_the_topic_before_them(phone, invoices, entry) -> None:
    """«发票», then «开错了»: together they are a question, alone the second opened a ticket."""
    phone.search.results["发票"] = (Decision.NONE, invoices)
    phone.search.results["发票开错了"] = (Decision.ANSWER, [invoices[0]])
    phone.says("发票")
    turn = phone.says("开错了")
    assert not opened(turn)
    assert phone.state.near == ("tax/red",)


def test_words_that_mean_nothing_together_either_go_to_a_person(phone, invoices) -> None:
    phone.search.results["发票"] = (Decision.NONE, invoices)
    phone.says("发票")
    assert opened(phone.says("被锁住了"))


def test_a_story_is_never_joined_to_what_was_asked_before() -> None:
    assert topics.joined("营业执照", "丢了") == "营业执照丢了"
    assert topics.joined("营业执照", "隔壁施工把水管挖断") == ""
    assert topics.joined("厂门口修路半个月了货车进不来", "丢了") == ""
