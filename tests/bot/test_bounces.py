"""Asked back twice over the same matter: then a person takes it (B2, C1)."""

from collections.abc import Callable

from bot import effects
from bot.state import Step
from bot.turn import Turn
from handbook.entry import Decision, Entry


def opened(turn: Turn) -> list[effects.OpenTicket]:
    return [effect for effect in turn.effects if isinstance(effect, effects.OpenTicket)]


def test_the_same_matter_in_other_words_goes_to_a_person(phone, entry: Callable[..., Entry]) -> None:
    """Both wordings go along, so that nobody has to say it a third time; both are counted as asked back."""
    near = [entry("change/legal-rep", "变更法定代表人"), entry("change/equity", "股权转让")]
    phone.search.results["换名字"] = (Decision.CHOOSE, near)
    phone.search.results["执照上换成我媳妇"] = (Decision.CHOOSE, near[::-1])
    first = phone.says("换名字")
    assert opened(first) == []
    second = phone.says("执照上换成我媳妇")
    assert [item.content for item in opened(second)] == ["换名字\n执照上换成我媳妇"]
    assert type(second.effects[0]).__name__ == "RecordAnswer"


def test_another_matter_is_asked_back_on_its_own(phone, entry: Callable[..., Entry]) -> None:
    phone.search.results["换名字"] = (Decision.CHOOSE, [entry("c/a", "甲"), entry("c/b", "乙")])
    phone.search.results["环保"] = (Decision.CHOOSE, [entry("e/a", "丙"), entry("e/b", "丁")])
    phone.says("换名字")
    turn = phone.says("环保")
    assert opened(turn) == []
    assert phone.state.step is Step.CHOOSING


def test_after_a_choice_was_taken_the_count_begins_anew(phone, entry: Callable[..., Entry]) -> None:
    near = [entry("c/a", "甲"), entry("c/b", "乙")]
    phone.search.results["换名字"] = (Decision.CHOOSE, near)
    phone.says("换名字")
    phone.says("1")
    assert opened(phone.says("换名字")) == []
