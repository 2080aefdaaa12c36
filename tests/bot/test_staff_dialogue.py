"""The dialogue with officers and coordinators, and what of theirs is closed to others."""

from collections.abc import Callable

import pytest

from bot import effects
from bot.views import Person, Role
from handbook.entry import Decision, Entry, Kind
from tests.bot.turns import kinds, said


@pytest.mark.parametrize("text", ["办结 0042 办好了", "接单 0042", "吹哨 0042 住建委", "待办"])
def test_officer_commands_of_strangers_are_refused(phone, text: str) -> None:
    """Protocol case 54: role first, words never authorise."""
    assert kinds(phone.says(text)) == ["RefuseStaffCommand"]


def test_an_officer_gets_the_notes_and_no_ticket(phone, entry: Callable[..., Entry]) -> None:
    """B6: the same handbook, with the internal notes."""
    phone.desk.who = Person(Role.OFFICER, "王服务")
    phone.search.results["手册里的事"] = (Decision.ANSWER, [entry("a/b", "事项")])
    assert "只给工作人员看" in said(phone.says("手册里的事"))
    assert kinds(phone.says("没人知道的事")) == []


def test_an_officer_who_asks_for_progress_gets_what_is_to_do(phone, entry: Callable[..., Entry]) -> None:
    """«我今天有几个单子» was answered with the enterprises' word for it."""
    progress = entry("command/progress", "进度", Kind.COMMAND, command="进度")
    phone.search.results["我今天有几个单子"] = (Decision.COMMAND, [progress])
    phone.desk.who = Person(role=Role.OFFICER)
    assert kinds(phone.says("我今天有几个单子")) == ["ShowTodo"]


def test_summon_finds_the_department_without_a_blank(phone) -> None:
    phone.desk.who = Person(Role.OFFICER, "王服务")
    turn = phone.says("吹哨 0042 住建委占道施工")
    assert turn.effects == (effects.StaffAct("吹哨", "0042", "占道施工", "住建委"),)


def test_coordinators_cannot_use_officers_commands(phone) -> None:
    phone.desk.who = Person(Role.COORDINATOR, "李专员")
    assert kinds(phone.says("吹哨 0042 城管委")) == ["RefuseStaffCommand"]
    assert kinds(phone.says("办结 0042 已修好")) == ["StaffAct"]


@pytest.mark.parametrize("text", ["接单 5", "吹哨 住建委", "查看 2026-11-20-0045"])
def test_half_a_command_of_an_officer_is_explained(phone, text: str) -> None:
    """Not «手册里没找到»: the officer meant a command and learns its form."""
    phone.desk.who = Person(role=Role.OFFICER, name="王服务")
    assert "请这样发" in said(phone.says(text))


def test_an_extension_in_chinese_numerals(phone) -> None:
    phone.desk.who = Person(role=Role.OFFICER, name="王服务")
    turn = phone.says("延期 0042 三个工作日 等检测")
    assert turn.effects == (effects.StaffAct("延期", "0042", "等检测", days=3),)


@pytest.mark.parametrize("text", ["查看 电子执照", "回复 一下我吧", "查企业信用怎么查"])
def test_words_of_officers_commands_are_questions_of_owners(
    phone, entry: Callable[..., Entry], text: str
) -> None:
    phone.search.results[text] = (Decision.ANSWER, [entry("a/b", "怎么查")])
    assert "怎么查" in said(phone.says(text))


def test_small_talk_of_an_officer_is_answered_like_a_person(phone, entry: Callable[..., Entry]) -> None:
    phone.desk.who = Person(role=Role.OFFICER, name="王服务")
    phone.search.results["你好"] = (Decision.SMALLTALK, [entry("smalltalk/hi", "打招呼", Kind.SMALLTALK)])
    assert said(phone.says("你好")) == "打招呼：先到窗口。"
