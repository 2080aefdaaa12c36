"""协办, 转出, 转回 of officers (C3, C16), and second thoughts about a rating (D3, D4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import Command, Verb, parse
from bot.effects import Rate, RefuseStaffCommand, ShowContacts, ShowTodo, StaffAct
from bot.views import Person, Role

OFFICER = Person(Role.OFFICER, "王服务")
COORDINATOR = Person(Role.COORDINATOR, "李专员")


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("协办 0042 城管委 一起到现场", StaffAct("协办", "0042", "一起到现场", "城管委")),
        ("协办0042城管委", StaffAct("协办", "0042", "", "城管委")),
        ("0042 协办 住建委", StaffAct("协办", "0042", "", "住建委")),
        ("转出 0042 12345热线", StaffAct("转出", "0042", "", "12345热线")),
        (
            "转出 0042 12345热线 T2026-1120 请供电公司办",
            StaffAct("转出", "0042", "请供电公司办", "12345热线", outside_number="T2026-1120"),
        ),
        ("转出 0042 市级 请市里协调", StaffAct("转出", "0042", "请市里协调", "市级部门")),
        (
            "转出 0042 12345 DH20261120001",
            StaffAct("转出", "0042", "", "12345热线", outside_number="DH20261120001"),
        ),
        ("转回 0042 供电公司已增容", StaffAct("转回", "0042", "供电公司已增容")),
        ("转回 0042 12345热线 供电公司已增容", StaffAct("转回", "0042", "供电公司已增容", "12345热线")),
        ("转回 0042 12345热线", StaffAct("转回", "0042", "12345热线")),
    ],
)
def test_words_of_officers(phone, text: str, act: StaffAct) -> None:
    for person in (OFFICER, COORDINATOR):
        phone.desk.who = person
        assert phone.says(text).effects == (act,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("转出 0042 教育局 T1", "请写明转到哪里：12345热线、86912345热线、市级部门"),
        ("转出 0042", "请写明转到哪里"),
        ("转回 0042", "转回 0042 供电公司已增容"),
        ("协办 0042", "协办 0042 城管委"),
        ("协办", "协办 0042 城管委"),
    ],
)
def test_half_a_command_is_explained(phone, text: str, words: str) -> None:
    phone.desk.who = OFFICER
    turn = phone.says(text)
    assert turn.effects == ()
    assert words in turn.replies[0].plain()


def test_an_enterprise_is_refused_and_its_questions_stay_questions(phone) -> None:
    """Case 54 for a command with a number; «转出» in a sentence is something to search for."""
    assert phone.says("转出 0042 12345热线").effects == (RefuseStaffCommand("转出"),)
    for question in ("协办函怎么写", "转出股权要交税吗", "转回社保关系怎么办"):
        phone.says(question)
        assert phone.search.asked[-1] == question


def test_the_help_text_names_them(phone) -> None:
    phone.desk.who = OFFICER
    assert "协办 0042 部门 · 转出 0042 去向 编号 · 转回 0042 结果" in phone.says("帮助").replies[0].plain()


def test_a_visit_without_words_shows_the_contact_log(phone) -> None:
    """E7: look before you go."""
    phone.desk.who = OFFICER
    assert phone.says("走访 测试1号公司").effects == (ShowContacts("测试1号公司"),)


def test_dissatisfied_seconds_after_satisfied_changes_the_rating(phone, ticket) -> None:
    """The last answer wins: it is no question for the handbook."""
    phone.desk.rated = (ticket(rated_at=phone.now),)
    phone.waits(seconds=8)
    turn = phone.says("不满意，大车还是进不来")
    assert turn.effects == (Rate("20261120-0042", 1, "大车还是进不来"),)
    assert phone.search.asked == []
    assert phone.says("评价 4").effects == (Rate("20261120-0042", 4),)


def test_what_waits_for_a_rating_comes_first_unless_one_was_just_given(phone, ticket) -> None:
    waiting = ticket("20261120-0050", "开票", is_resolved=True)
    phone.desk.tickets = (waiting,)
    phone.desk.rated = (ticket(rated_at=phone.now - timedelta(hours=3)),)
    assert phone.says("不满意").effects == (Rate("20261120-0050", 1),)
    phone.desk.rated = (replace(phone.desk.rated[0], rated_at=phone.now - timedelta(seconds=30)),)
    turn = phone.says("不满意 大车进不来")
    assert turn.effects == ()
    taps = [part.say for part in turn.replies[0].parts if not isinstance(part, str)]
    assert taps == ["评价 20261120-0050 1 大车进不来", "评价 20261120-0042 1 大车进不来"]
    assert parse(taps[0]) == Command(Verb.RATE, "20261120-0050", "大车进不来", 1)


def test_with_nothing_to_rate_it_is_searched_for(phone) -> None:
    phone.says("不满意")
    assert set(phone.search.asked) == {"不满意"}


def test_a_coordinators_help_names_only_what_a_coordinator_may_do(phone) -> None:
    """A11/C5: 吹哨, 登记 and 走访 are an officer's; naming them only leads to a refusal."""
    phone.desk.who = Person(role=Role.COORDINATOR, name="李专员")
    text = phone.says("帮助").replies[0].plain()
    assert "办结 0042 结果" in text
    assert not any(word in text for word in ("吹哨", "登记", "走访", "查企业", "确认绑定"))


def test_half_a_command_is_explained_with_its_own_number_and_the_departments(phone) -> None:
    """The button «吹哨» under a new ticket names no department: the answer must."""
    phone.desk.who = OFFICER
    text = phone.says("吹哨 20261120-0007").replies[0].plain()
    assert text == "请这样发：吹哨 0007 住建委 占道施工需协调\n可以写：住建委、城管委"
    assert "回复 0007 " in phone.says("回复 0007").replies[0].plain()


@pytest.mark.parametrize(
    ("text", "example"), [("怎么办结", "办结 0042"), ("延期怎么发", "延期 0042"), ("吹哨的格式", "吹哨 0042")]
)
def test_an_officer_who_asks_how_is_shown_the_form(phone, text: str, example: str) -> None:
    """Not the enterprises' entry about dissatisfaction."""
    phone.desk.who = OFFICER
    assert f"请这样发：{example}" in phone.says(text).replies[0].plain()


def test_the_usual_slip_for_the_to_do_list_shows_it(phone) -> None:
    phone.desk.who = OFFICER
    assert phone.says("代办").effects == (ShowTodo(),)
    for question in ("怎么办结婚", "代办执照"):
        phone.says(question)
        assert phone.search.asked[-1] == question
