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


@pytest.mark.parametrize("words", ["门口修路半个月了货车进不来", "厂房漏水房东不修"])
def test_a_matter_that_only_sounds_like_urging_goes_to_a_person(phone, command, words: str) -> None:
    """C1, conversation 4: the first message of somebody was answered with how to urge."""
    command(words, "催办", "半个月了还没动静", "怎么还没人联系我")
    assert any(isinstance(effect, effects.OpenTicket) for effect in phone.says(words).effects)


def test_how_to_urge_is_explained_all_the_same(phone, command) -> None:
    command("怎么催办", "催办")
    assert "催办：先到窗口" in said(phone.says("怎么催办"))
