"""What sounds like a command: more about a ticket in hand is kept with it, and with nothing in hand that is said."""

import pytest

from bot import effects
from handbook.entry import Decision, Kind

NEWS = "南门也被堵了"


@pytest.fixture
def command(phone, entry):
    """The phone's handbook takes some words for a command."""

    def means(words: str, verb: str, *questions: str) -> None:
        found = entry(f"command/{verb}", verb, Kind.COMMAND, command=verb, questions=questions)
        phone.search.results[words] = (Decision.COMMAND, [found])

    return means


def said(turn) -> str:
    return "".join(getattr(part, "label", part) for reply in turn.replies for part in reply.parts)


@pytest.mark.parametrize("state", [{}, {"is_waiting": True}])
def test_more_about_a_ticket_is_kept_with_it(phone, command, ticket, state) -> None:
    """D5: what was asked for with 补件, or follows an opening, was answered with how to send «补充 单号»."""
    command(NEWS, "补充")
    phone.desk.tickets = (ticket(opened_at=phone.now, **state),)
    assert phone.says(NEWS).effects == (effects.Supplement("20261120-0042", NEWS, ()),)


def test_more_about_an_older_ticket_is_asked_back(phone, command, ticket) -> None:
    command(NEWS, "补充")
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    phone.waits(hours=3)
    assert "补充 0042" in said(phone.says(NEWS))
    assert phone.says("1").effects == (effects.Supplement("20261120-0042", NEWS, ()),)


@pytest.mark.parametrize("words", ["刚才没说完", "照片怎么补发"])
def test_the_bare_command_and_how_it_is_done_are_explained(phone, command, ticket, words: str) -> None:
    command(words, "补充", "刚才没说完")
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    turn = phone.says(words)
    assert "补充：先到窗口" in said(turn)
    assert not any(isinstance(effect, effects.Supplement) for effect in turn.effects)


def test_urging_with_nothing_in_hand_asks_what_it_is_about(phone, command) -> None:
    """No made-up number for somebody who is angry; one tap still brings a person."""
    command("你们到底管不管", "催办", "到底管不管")
    assert "没有在办的事" in said(phone.says("你们到底管不管"))
    assert any(isinstance(effect, effects.OpenTicket) for effect in phone.says("人工").effects)


def test_withdrawing_with_nothing_in_hand_asks_for_no_matter(phone, command) -> None:
    """«不用了已经解决了» was asked which matter was not done."""
    command("不用了已经解决了", "撤回", "不用了已经解决了")
    reply = said(phone.says("不用了已经解决了"))
    assert "不用撤回" in reply
    assert "没办好" not in reply


@pytest.mark.parametrize("words", ["门口修路半个月了货车进不来", "厂房漏水房东不修"])
def test_a_matter_that_only_sounds_like_urging_goes_to_a_person(phone, command, words: str) -> None:
    """C1, conversation 4: the first message of somebody was answered with how to urge."""
    command(words, "催办", "半个月了还没动静", "怎么还没人联系我")
    assert any(isinstance(effect, effects.OpenTicket) for effect in phone.says(words).effects)


def test_how_to_urge_is_explained_all_the_same(phone, command) -> None:
    command("怎么催办", "催办")
    assert "催办：先到窗口" in said(phone.says("怎么催办"))


def test_asking_for_somebody_while_a_ticket_is_fresh_opens_no_second_one(phone, command, ticket) -> None:
    """«位置在东门», «今天能来人吗»: one story, one ticket; the second sentence had made one of the first."""
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    phone.says("位置在东门")
    command("今天能来人吗", "人工")
    turn = phone.says("今天能来人吗")
    assert turn.effects == (effects.Supplement("20261120-0042", "今天能来人吗", ()),)
    assert phone.says("人工").effects == (effects.ShowProgress("20261120-0042"),)


def test_what_was_attached_can_still_become_a_matter_of_its_own(phone, ticket) -> None:
    """A follow-up must not swallow a new matter: one tap under «已补充到»."""
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    turn = phone.says("对了隔壁还老停水")
    tap = turn.after[0].parts[0]
    opened = phone.says(tap.say).effects
    assert [effect.content for effect in opened] == ["对了隔壁还老停水"]
    assert not any(isinstance(effect, effects.OpenTicket) for effect in phone.says(tap.say).effects)


def test_not_yet_about_what_was_settled_is_one_tap_from_reopening_with_its_words(
    phone, command, ticket
) -> None:
    """D4: «还没修好» offered to rate, then asked how, and the words were lost."""
    command("还没修好", "评价")
    phone.desk.tickets = (ticket(opened_at=phone.now, is_resolved=True),)
    taps = [part for part in phone.says("还没修好").replies[0].parts if hasattr(part, "say")]
    assert phone.says(taps[2].say).effects == (effects.Rate("20261120-0042", 1, "还没修好"),)


def test_not_yet_before_anything_is_settled_is_news_for_the_ticket(phone, command, ticket) -> None:
    phone.desk.tickets = (ticket(opened_at=phone.now),)
    command("还没修好", "评价")
    assert phone.says("还没修好").effects == (effects.Supplement("20261120-0042", "还没修好", ()),)
    command("办得真快", "评价")
    assert "没有等您评价" in said(phone.says("办得真快"))


@pytest.mark.parametrize("words", ["还没搬呢", "又堵了", "还是不行", "可是路还没通"])
def test_words_that_say_not_settled_are_asked_about_at_once(phone, ticket, words: str) -> None:
    """D4: «还没搬呢» offered how to register a firm."""
    phone.desk.tickets = (ticket(opened_at=phone.now, is_resolved=True),)
    assert "解决了吗" in said(phone.says(words))


@pytest.mark.parametrize("words", ["还能不能办营业执照的变更登记手续", "执照丢了没"])
def test_other_words_are_searched(phone, ticket, words: str) -> None:
    phone.desk.tickets = (ticket(opened_at=phone.now, is_resolved=True),)
    phone.says(words)
    assert phone.search.asked[-1] == words
