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


@pytest.mark.parametrize(
    "words", ["三十万", "大概三十万吧", "罚不罚", "能不能退", "我跟你说个事", "我有件事想反映"]
)
def test_the_rest_of_a_sentence_is_no_matter_by_itself(phone, invoices, words: str) -> None:
    """«三十万» was answered with the VAT of small businesses, «罚不罚» opened a ticket."""
    phone.search.results[words] = (Decision.ANSWER, [invoices[0]])
    turn = phone.says(words)
    assert "请再多说两句" in turn.replies[0].plain()
    assert not opened(turn)


def test_the_rest_of_a_sentence_is_read_with_what_was_said_before_it(phone, invoices) -> None:
    phone.search.results["发票"] = (Decision.NONE, invoices)
    phone.search.results["罚不罚"] = (Decision.ANSWER, [invoices[2]])
    phone.search.results["发票罚不罚"] = (Decision.ANSWER, [invoices[0]])
    phone.says("发票")
    phone.says("罚不罚")
    assert phone.state.near == ("tax/red",)


def test_the_rest_of_a_sentence_belongs_to_the_ticket_just_opened(phone, invoices, ticket) -> None:
    phone.search.results["三十万"] = (Decision.ANSWER, invoices[:1])
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    assert phone.says("三十万").effects == (effects.Supplement("20261120-0042", "三十万", ()),)


@pytest.mark.parametrize(
    "words", ["12345", "三证合一", "有没有补贴", "五险一金", "十三薪", "说明书", "问题食品", "问责"]
)
def test_what_is_no_rest_of_a_sentence(words: str) -> None:
    assert not topics.is_fragment(words)


def test_an_entry_that_shares_only_the_common_word_is_not_offered(phone, entry) -> None:
    """«种子经营许可证» offered the permits for food and for chemicals, of which it shares three syllables."""
    shares = [entry("permit/food", "食品经营许可怎么办"), entry("permit/chemicals", "危化品经营许可")]
    phone.search.results["种子经营许可证"] = (Decision.NONE, shares)
    assert opened(phone.says("种子经营许可证"))


def test_a_story_is_never_joined_to_what_was_asked_before() -> None:
    assert topics.joined("营业执照", "丢了") == "营业执照丢了"
    assert topics.joined("营业执照", "隔壁施工把水管挖断") == ""
    assert topics.joined("厂门口修路半个月了货车进不来", "丢了") == ""
