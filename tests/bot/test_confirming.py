"""«是这家吗？» is answered with yes or no as often as with a number (binding, PIPL: nobody is bound by mistake)."""

import pytest

from bot import effects
from bot.views import EnterpriseView

FOUND = (EnterpriseView(7, "测试老李饭馆"),)


@pytest.mark.parametrize(
    "yes", ["是", "是的", "对", "对的", "對，就是這家", "就是这家", "没错", "嗯", "是我家", "好的"]
)
def test_yes_binds_the_one_enterprise_that_was_named(phone, yes: str) -> None:
    """«對，就是這家» opened a ticket with these words."""
    phone.desk.enterprises = FOUND
    phone.says("绑定 老李饭馆")
    assert phone.says(yes).effects == (effects.Bind(7),)


@pytest.mark.parametrize("no", ["不是", "不对", "不是这家"])
def test_no_does_not(phone, no: str) -> None:
    phone.desk.enterprises = FOUND
    phone.says("绑定 老李饭馆")
    turn = phone.says(no)
    assert turn.effects == ()
    assert turn.replies


def test_of_several_yes_says_nothing(phone) -> None:
    phone.desk.enterprises = (*FOUND, EnterpriseView(8, "测试老李饭馆二店"))
    phone.says("绑定 老李饭馆")
    assert not any(isinstance(effect, effects.Bind) for effect in phone.says("是的").effects)


def test_a_question_in_between_is_a_question(phone) -> None:
    phone.desk.enterprises = FOUND
    phone.says("绑定 老李饭馆")
    phone.says("这家店要年报吗")
    assert phone.search.asked[-1] == "这家店要年报吗"
