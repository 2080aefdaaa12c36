"""What a department's coordinator is asked for can be sent, and what cannot be sent says why (D2, C3)."""

import re


def test_a_coordinator_notes_the_call_that_was_asked_for(town, bound, ignorant):
    """D2: «请电话告知» reaches the holder; the answer to it must be one that the holder may give."""
    number = re.search(r"\d{8}-\d{4}", bound.send_text("门口修路货车进不来").text)[0]
    town.phone("oOfficerWang").send_text(f"吹哨 {number} 住建委 占道施工")
    li = town.phone("oCoordinator")
    li.send_text(f"接单 {number}")
    li.send_text(f"办结 {number} 已铺设临时通道")
    assert "已记下告知经过" in li.send_text(f"告知 {number} 已电话告知赵女士").text


def test_who_only_helps_leaves_and_is_not_said_to_have_given_it_back(town, bound, ignorant):
    """C3, C10: 退出协办 changes nobody's holder and counts as no return."""
    number = re.search(r"\d{8}-\d{4}", bound.send_text("门口修路货车进不来").text)[0]
    town.phone("oOfficerWang").send_text(f"协办 {number} 住建委 请一起到现场")
    answer = town.phone("oCoordinator").send_text(f"退回 {number} 不属于本部门").text
    assert "已退出协办" in answer and "王服务" in answer
    assert town.tickets()[0].returned_count == 0


def test_an_officers_command_is_refused_to_a_coordinator_in_the_right_words(town, bound):
    """Not «this is for staff»: a coordinator is staff."""
    answer = town.phone("oCoordinator").send_text("吹哨 0001 住建委 占道施工").text
    assert "部门协调专员用不了" in answer and "工作人员的指令" not in answer


def test_a_result_may_come_in_the_next_message(town, bound, ignorant):
    """«办结 0042» alone asks for the text; 取消 leaves the ticket alone; the text goes out word for word."""
    number = re.search(r"\d{8}-\d{4}", bound.send_text("门口修路货车进不来").text)[0]
    wang = town.phone("oOfficerWang")
    assert "下一条消息" in wang.send_text(f"办结 {number[-4:]}").text
    assert "没有动" in wang.send_text("取消").text
    wang.send_text(f"办结 {number[-4:]}")
    assert town.tickets()[0].status == "pending"
    assert "已办结" in wang.send_text("已铺设临时通道，货车可从南门进出").text
    assert (town.tickets()[0].status, town.tickets()[0].result) == (
        "resolved",
        "已铺设临时通道，货车可从南门进出",
    )
