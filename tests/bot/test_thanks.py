"""Thanks reopen nothing and add nothing; «not solved» within the grace period takes the same ticket up again."""

import pytest

from bot.effects import OpenTicket, Reopen, StaffAct, Supplement
from bot.thanks import is_thanks
from bot.views import Person, Role


@pytest.mark.parametrize(
    "text",
    [
        "谢谢", "好的，谢谢您", "好的收到", "收到，辛苦了", "谢谢你们！", "OK", "嗯嗯", "解决了，谢谢", "问题已经解决了",
        "知道了 谢谢", "👍", "好的[握手]", "没问题了，多谢", "弄好了，非常感谢政府", "行，麻烦您了",
    ],
)  # fmt: skip
def test_thanks_are_seen(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "好的，但是大车进不来", "谢谢，还有个事门牌号没有", "没解决", "还没好", "好的营业执照怎么办", "可以不交吗",
        "感谢信怎么写", "行政许可", "不谢", "谢谢 什么时候能办好", "好评返现违法吗", "没事找事的检查太多", "",
    ],
)  # fmt: skip
def test_what_says_more_is_no_thanks(text: str) -> None:
    assert not is_thanks(text)


def test_thanks_for_a_result_ask_for_one_tap(phone, ticket) -> None:
    phone.desk.tickets = (ticket(is_resolved=True),)
    turn = phone.says("好的谢谢")
    assert turn.effects == ()
    assert "〔满意〕" in turn.replies[0].plain()


def test_thanks_do_not_end_our_waiting(phone, ticket) -> None:
    """补件: «好的» is not what was asked for, so the clock stays stopped."""
    phone.desk.tickets = (ticket(is_waiting=True),)
    turn = phone.says("好的收到")
    assert turn.effects == ()
    assert "还在等您补充" in turn.replies[0].plain()
    assert phone.says("身份证已发").effects[-1] == Supplement("20261120-0042", "身份证已发", ())


def test_thanks_with_nothing_in_hand_are_small_talk(phone) -> None:
    phone.says("谢谢")
    assert phone.search.asked[-1] == "谢谢"


def test_not_solved_after_the_result_reopens_the_same_ticket(phone, ticket) -> None:
    """Minutes after a result, too: it is never added to a ticket that nobody works on."""
    phone.desk.tickets = (ticket(is_resolved=True),)
    said = phone.says("大车还是进不来").replies[0].plain()
    assert "是这件事还没解决，还是新诉求" in said
    assert phone.says("1").effects == (Reopen("20261120-0042", "大车还是进不来", ()),)


def test_after_a_silent_filing_the_grace_period_holds(phone, ticket) -> None:
    phone.desk.closed = (ticket(is_resolved=True),)
    phone.says("路又挖开了")
    assert isinstance(phone.says("2").effects[0], OpenTicket), "or it is something new"


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("办结 0042 解释：按规定不能减免", StaffAct("办结", "0042", "按规定不能减免", "explained")),
        ("办结 0042 已转介：请找市税务局", StaffAct("办结", "0042", "请找市税务局", "referred")),
        ("办结 0042 不属受理范围：已进入诉讼", StaffAct("办结", "0042", "已进入诉讼", "out_of_scope")),
        ("办结 0042 已解决 便道已通", StaffAct("办结", "0042", "已解决 便道已通")),
        ("办结 0042 解释了政策", StaffAct("办结", "0042", "解释了政策")),
    ],
)
def test_result_kinds_by_chat(phone, text: str, act: StaffAct) -> None:
    """C11: what cannot be granted is explained, and counted as that."""
    phone.desk.who = Person(Role.OFFICER, "王服务")
    assert phone.says(text).effects == (act,)
