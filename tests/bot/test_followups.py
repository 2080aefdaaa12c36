"""A follow-up without a matter of its own is about the answer given last (B1: at once, word for word)."""

import pytest

from bot import effects
from bot.followups import part_asked_for
from bot.messages import Url
from handbook.entry import Decision, Kind, Section

SECTIONS = (
    Section("所需材料", "- 申请书\n- **身份证**\n\n![样张](form.png)"),
    Section("办理时限与费用", "当场办，不收费。"),
)


@pytest.fixture
def answered(phone, entry):
    """A phone on which one question has just been answered."""
    found = entry("registration/lost", "执照补领", sections=SECTIONS)
    phone.search.results["执照丢了"] = (Decision.ANSWER, [found])
    phone.says("执照丢了")
    return phone


def words(turn) -> str:
    return "".join(part for reply in turn.replies for part in reply.parts if isinstance(part, str))


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("那要带啥", "所需材料"), ("需要准备什么材料？", "所需材料"), ("手续都啥啊", "所需材料"),
        ("多少钱", "办理时限与费用"), ("那得花多少钱呢", "办理时限与费用"), ("要几天", "办理时限与费用"),
        ("什么时候能下来", "办理时限与费用"), ("在哪办", "办理渠道"), ("能网上办不", "办理渠道"),
        ("那怎么办", "办理流程"), ("那我还要干嘛", "办理流程"), ("有什么条件吗", "办理条件"),
        ("执照补领要带啥", None), ("办公司要多少钱", None), ("好的", None), ("能不能快点", None), ("几点上班", None),
        ("我家店门口的路什么时候修好", None),
    ],
)  # fmt: skip
def test_which_part_is_asked_for(text: str, heading: str | None) -> None:
    assert part_asked_for(text) == heading


def test_the_part_comes_word_for_word_and_nothing_is_searched(answered) -> None:
    asked = list(answered.search.asked)
    turn = answered.says("那要带啥")
    assert "执照补领 · 所需材料\n· 申请书\n· 身份证\n" in words(turn)
    assert "form.png" not in words(turn)
    assert any(
        isinstance(part, Url) and part.path == "/h/registration/lost" for part in turn.replies[0].parts
    )
    assert answered.search.asked == asked
    assert "不收费" in words(answered.says("多少钱"))


def test_a_part_that_is_missing_brings_the_answer_again(answered) -> None:
    assert "先到窗口" in words(answered.says("在哪办"))


def test_a_follow_up_is_no_news_for_the_ticket_opened_just_now(answered, ticket) -> None:
    """It was attached to that ticket as if the officer had asked for it."""
    answered.desk.tickets = (ticket(),)
    turn = answered.says("多少钱")
    assert turn.effects == ()
    assert "不收费" in words(turn)


def test_without_an_answer_it_goes_to_the_ticket(phone, ticket) -> None:
    phone.desk.tickets = (ticket(),)
    assert any(isinstance(effect, effects.Supplement) for effect in phone.says("多少钱").effects)


def test_while_a_choice_is_open_it_is_asked_again(phone, entry) -> None:
    near = [entry("c/a", "变更经营者", sections=SECTIONS), entry("c/b", "变更法人", sections=SECTIONS)]
    phone.search.results["换名字"] = (Decision.CHOOSE, near)
    phone.says("换名字")
    assert "您想办的是哪一件" in words(phone.says("要带啥"))
    phone.says("1")
    assert "申请书" in words(phone.says("要带啥"))


def test_of_a_citizens_matter_the_way_is_said_again(phone, entry) -> None:
    phone.search.results["孩子上学"] = (Decision.REDIRECT, [entry("redirect/school", "上学", Kind.REDIRECT)])
    phone.says("孩子上学")
    assert "上学：先到窗口" in words(phone.says("要带啥"))


def test_of_nothing_it_is_asked_what_is_meant(phone, entry) -> None:
    """«多少钱» out of the blue offered whatever entry speaks of money."""
    phone.search.results["多少钱"] = (Decision.CHOOSE, [entry("a/b", "最低工资"), entry("a/c", "补贴")])
    turn = phone.says("多少钱")
    assert "请再多说两句" in words(turn)
    assert turn.effects == ()
    phone.search.results["大厅在哪"] = (Decision.ANSWER, [entry("service/hall", "政务服务大厅")])
    assert "政务服务大厅" in words(phone.says("大厅在哪"))
