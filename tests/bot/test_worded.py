"""「办结 0042」 without its text: asked for, and the next message is it (decision 0011: ask back, do not guess)."""

import pytest

from bot.effects import Propose, RefuseStaffCommand, ShowTicket, StaffAct
from bot.messages import Tap
from bot.state import Step
from bot.views import Person, Role

OFFICER = Person(role=Role.OFFICER, name="王服务")


@pytest.fixture
def officer(phone):
    phone.desk.who = OFFICER
    return phone


@pytest.mark.parametrize(
    ("command", "text", "effect"),
    [
        ("办结 0042", "已铺设临时通道", StaffAct("办结", "0042", "已铺设临时通道", "")),
        ("办结 0042", "解释：按规定不能减免", StaffAct("办结", "0042", "按规定不能减免", "explained")),
        ("回复 20261120-0042", "明天上午到现场看", StaffAct("回复", "20261120-0042", "明天上午到现场看")),
        ("0042 补件", "请发营业执照照片", StaffAct("补件", "0042", "请发营业执照照片")),
        ("类别 0042", "融资贷款", StaffAct("类别", "0042", target="融资贷款")),
        ("提议 0042", "先向城管委申请", Propose("0042", "先向城管委申请")),
    ],
)
def test_the_next_message_is_the_text(officer, command, text, effect) -> None:
    asked = officer.says(command)
    assert asked.effects == () and "下一条消息就当作 0042" in asked.replies[0].plain()
    assert [part.say for part in asked.replies[0].parts if isinstance(part, Tap)] == ["取消"]
    turn = officer.says(text)
    assert turn.effects == (effect,)
    assert officer.state.step is Step.IDLE and officer.state.command == ""
    assert officer.search.asked == []


@pytest.mark.parametrize("word", ["取消", "取消。", "算了"])
def test_there_is_a_way_out(officer, word) -> None:
    officer.says("办结 0042")
    turn = officer.says(word)
    assert turn.effects == () and turn.replies[0].plain() == "好，0042 没有动。"
    assert officer.says("已铺好").effects == (), "nothing waits any more"


def test_another_command_takes_its_place(officer) -> None:
    """Whoever looks something up first says anew what the result is."""
    officer.says("办结 0042")
    assert officer.says("查看 0043").effects == (ShowTicket("0043"),)
    assert officer.says("已铺好").effects == ()
    officer.says("办结 0042")
    officer.says("回复 0043")
    assert officer.says("明天来").effects == (StaffAct("回复", "0043", "明天来"),)


def test_what_is_typed_after_ten_minutes_is_no_result(officer) -> None:
    """It would go to the enterprise and settle the matter."""
    officer.says("办结 0042")
    officer.waits(minutes=10)
    assert officer.says("施工许可要多久").effects == ()
    assert officer.search.asked == ["施工许可要多久"]


def test_whoever_is_no_longer_staff_settles_nothing(officer) -> None:
    """Case 54: the role counts at the moment of the text."""
    officer.says("办结 0042")
    officer.desk.who = Person()
    assert officer.says("已铺好").effects == (RefuseStaffCommand("办结"),)


def test_a_coordinator_is_asked_too_and_an_enterprise_is_not(phone) -> None:
    phone.desk.who = Person(role=Role.COORDINATOR, name="李专员")
    assert "要带给企业的话" in phone.says("回复 0042").replies[0].plain()
    phone.desk.who = Person()
    phone.says("办结 0042")
    assert phone.state.command == ""
