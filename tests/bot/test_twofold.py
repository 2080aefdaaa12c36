"""Two questions in one message: one is answered, the other is named and a tap away (B1); nobody has to ask twice."""

import pytest

from bot import effects, twofold
from bot.respond import search_texts
from bot.state import ConversationState
from handbook.entry import Decision, Kind
from tests.bot.turns import kinds, said

REPORT, LEGAL = "年报怎么报", "法人变更要带什么"
BOTH = f"{REPORT} 另外{LEGAL}"


@pytest.fixture
def asks(phone, entry):
    """What the phone's handbook says of the whole message and of its halves."""

    def means(whole: Decision, first: Decision, second: Decision) -> None:
        report, legal = entry("credit/report", "年报"), entry("change/legal", "法人变更")
        phone.search.results[BOTH] = (whole, [] if whole is Decision.NONE else [legal])
        phone.search.results[REPORT] = (first, [] if first is Decision.NONE else [report])
        phone.search.results[LEGAL] = (second, [] if second is Decision.NONE else [legal])

    return means


@pytest.mark.parametrize("other", [Decision.ANSWER, Decision.CHOOSE, Decision.NONE, Decision.REDIRECT])
def test_the_first_is_answered_and_the_second_is_a_tap(phone, asks, other: Decision) -> None:
    """Whatever fitted both together was answered, and one of the questions was dropped without a word."""
    asks(Decision.ANSWER, Decision.ANSWER, other)
    turn = phone.says(BOTH)
    assert "年报：先到窗口" in said(turn)
    assert f"您还问到「{LEGAL}」" in said(turn)
    assert kinds(turn) == ["RecordAnswer"]
    tap = next(part for part in turn.after[0].parts if not isinstance(part, str))
    assert tap.say == LEGAL


def test_where_only_the_second_has_an_answer_the_first_is_the_tap(phone, asks) -> None:
    asks(Decision.CHOOSE, Decision.NONE, Decision.ANSWER)
    turn = phone.says(BOTH)
    assert "法人变更：先到窗口" in said(turn)
    assert f"您还问到「{REPORT}」" in said(turn)


def test_a_close_call_is_asked_about_one_half_rather_than_about_both(phone, asks) -> None:
    """«税务登记在哪办，另外发票怎么申请» offered what has a little of both: the clearance before a closure."""
    asks(Decision.CHOOSE, Decision.CHOOSE, Decision.CHOOSE)
    turn = phone.says(BOTH)
    assert [option.value for option in phone.state.options] == ["credit/report", ""]
    assert f"您还问到「{LEGAL}」" in said(turn)


def test_both_have_an_answer_though_the_whole_has_none(phone, asks) -> None:
    """It opened a ticket for what the handbook answers twice."""
    asks(Decision.NONE, Decision.ANSWER, Decision.ANSWER)
    assert kinds(phone.says(BOTH)) == ["RecordAnswer"]


def test_what_needs_a_person_goes_there_whole(phone, asks) -> None:
    """C1: the officer reads both halves; a tap that nobody touches must not lose one."""
    asks(Decision.NONE, Decision.ANSWER, Decision.NONE)
    opened = [effect for effect in phone.says(BOTH).effects if isinstance(effect, effects.OpenTicket)]
    assert [ticket.content for ticket in opened] == [BOTH]


def test_two_sides_of_one_matter_get_one_answer(phone, asks, entry) -> None:
    asks(Decision.ANSWER, Decision.ANSWER, Decision.ANSWER)
    phone.search.results[LEGAL] = phone.search.results[REPORT]
    assert "您还问到" not in said(phone.says(BOTH))


def test_thanks_are_no_second_question(phone, asks, entry) -> None:
    asks(Decision.ANSWER, Decision.ANSWER, Decision.ANSWER)
    phone.search.results[LEGAL] = (Decision.SMALLTALK, [entry("talk/thanks", "谢", Kind.SMALLTALK)])
    assert "您还问到" not in said(phone.says(BOTH))


def test_halves_are_searched_for_before_the_transaction(phone, asks) -> None:
    """SQLite has one writer: nothing that a turn searches for may be new to it."""
    asks(Decision.ANSWER, Decision.ANSWER, Decision.ANSWER)
    phone.says(BOTH)
    incoming = phone.incoming(BOTH)
    assert set(phone.search.asked) <= set(search_texts(incoming, ConversationState(), is_staff=False))


@pytest.mark.parametrize(
    "text",
    [
        "员工社保怎么减员？离职证明必须开吗", "咨询两件事，1.员工社保怎么减员 2.离职证明必须开吗", "员工社保怎么减员呀还有离职证明必须开吗",
        "你好我想咨询两个问题 一个是员工社保怎么减员 另一个是离职证明必须开吗",
    ],
)  # fmt: skip
def test_how_people_join_two_questions(text: str) -> None:
    first, second = twofold.parts(text) or ("", "")
    assert (first.rstrip("呀"), second) == ("员工社保怎么减员", "离职证明必须开吗")


@pytest.mark.parametrize(
    "text",
    [
        "稳岗返还今年还有吗 怎么领", "我这个店开了三年了，另外还雇了两个人，社保怎么交", "营业额超过 2.5万元的话怎么交税多少",
        "执照怎么办？谢谢", "老板在国外，另外公章也丢了，怎么变更法人", "年报怎么报，还有没有补贴可以领",
    ],
)  # fmt: skip
def test_a_story_is_one_question(text: str) -> None:
    assert twofold.parts(text) is None
