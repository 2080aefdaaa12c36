"""Officers type in a hurry: a number without its zeros, the words in another order (contract: Chat commands)."""

import pytest

from bot.effects import ShowTicket, StaffAct
from bot.staff_slips import meant
from bot.views import Person, Role


@pytest.fixture
def officer(phone):
    phone.desk.who = Person(role=Role.OFFICER, name="王服务")
    return phone


@pytest.mark.parametrize(
    ("typed", "effect"),
    [
        ("接 42", StaffAct("接单", "0042", "")),
        ("接单42", StaffAct("接单", "0042", "")),
        ("接 0042 号", StaffAct("接单", "0042", "")),
        ("看一下 0042", ShowTicket("0042")),
        ("查看 142", ShowTicket("0142")),
        ("办结 42 已铺好临时通道", StaffAct("办结", "0042", "已铺好临时通道", "")),
        ("0042 办完了，已铺好临时通道", StaffAct("办结", "0042", "已铺好临时通道", "")),
        ("20261120-0042 处理好了 换了新灯", StaffAct("办结", "20261120-0042", "换了新灯", "")),
        ("吹哨住建委 0042 占道施工", StaffAct("吹哨", "0042", "占道施工", "住建委")),
        ("吹哨 住建委 42 占道施工", StaffAct("吹哨", "0042", "占道施工", "住建委")),
    ],
)  # fmt: skip
def test_what_was_meant_is_done(officer, typed, effect) -> None:
    assert officer.says(typed).effects == (effect,)


def test_done_without_a_result_asks_for_it(officer) -> None:
    """C11: the enterprise is told a result, never that somebody is done."""
    turn = officer.says("0042 办完了")
    assert turn.effects == () and "下一条消息就当作 0042" in turn.replies[0].plain()


@pytest.mark.parametrize(
    "question",
    ["办结 30 天内要归档吗", "回复 48 小时内要做吗", "退回 15 家企业怎么办", "接 1", "办结 3 已修好", "延期 15 等材料", "查看 2026年的补贴", "看 12 万的设备能不能抵扣", "42", "吹哨是什么意思"],
)  # fmt: skip
def test_a_count_of_something_is_no_number_of_a_ticket(officer, question) -> None:
    """One digit is the place in a list, or was meant for the days of an extension."""
    assert meant(question) is None


def test_an_enterprise_that_says_so_settles_nothing(phone) -> None:
    """Case 54: words never authorise."""
    effects = phone.says("0042 办完了").effects
    assert not any(isinstance(effect, StaffAct) for effect in effects)
