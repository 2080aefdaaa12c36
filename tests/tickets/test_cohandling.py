"""Officer and department together (DL 二(四)3, C3): both see, either replies, both are told."""

import pytest

from app.errors import Conflict, Forbidden
from app.tickets import cohandling, service
from app.tickets.lifecycle import Action


def hotline(desk, **changes: object):
    return desk.open(
        channel="12345热线", external_number="TJ-1", openid=None, departments=("住建委",), **changes
    )


def seen(desk, actor) -> list[str]:
    with desk.database.reading() as session:
        return [ticket.number for ticket in service.todo(session, actor, desk.now)]


def test_a_hotline_order_reaches_officer_and_department_at_once(make_desk, cast) -> None:
    """Both have it in 待办, both are pushed; the officer holds and stays responsible."""
    desk = make_desk("dongli")
    ticket = hotline(desk)
    assert (ticket.holder_kind, ticket.officer_id, ticket.first_responder_id) == ("officer", 1, 1)
    assert desk.last_push("o-wang")[0] == "ticket_opened_officer"
    assert "协办的诉求" in desk.last_push("o-li")[1]
    assert seen(desk, cast.wang) == seen(desk, cast.li) == [ticket.number]
    assert seen(desk, cast.zhou) == []


def test_other_channels_and_other_districts_ask_for_no_department(make_desk, cast) -> None:
    """The rule is the profile's: a channel, not a district in code."""
    for key, channel in (("dongli", "微信"), ("ninghe", "12345热线")):
        desk = make_desk(key)
        desk.open(channel=channel, departments=("住建委",))
        assert desk.pushed("o-li") == []


def test_either_replies_and_the_other_hears(make_desk, cast) -> None:
    desk = make_desk("dongli")
    ticket = hotline(desk)
    desk.do(ticket, Action.REPLY, cast.li, note="明天到现场")
    assert "李专员已回复：明天到现场" in desk.last_push("o-wang")[1]
    desk.do(ticket, Action.REPLY, cast.wang, note="我陪同")
    assert "王服务已回复：我陪同" in desk.last_push("o-li")[1]
    desk.do(ticket, Action.RESOLVE, cast.li, note="已清理")
    assert "已办结：已清理" in desk.last_push("o-wang")[1]


def test_a_department_beside_the_holder_moves_nothing(make_desk, cast) -> None:
    desk = make_desk("dongli")
    ticket = hotline(desk)
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.RAISE, cast.li, note="x")
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.REPLY, cast.zhou, note="x")


def test_a_return_by_a_helper_only_leaves(make_desk, cast) -> None:
    """退回 in chat: the officer keeps it, hears why, and the department no longer sees it."""
    desk = make_desk("dongli")
    ticket = hotline(desk)
    with desk.database.reading() as session:
        assert Action.RETURN in service.available_actions(session, ticket, cast.li, desk.now)
    desk.do(ticket, Action.RETURN, cast.li, note="不归我们管")
    held = desk.ticket(ticket)
    assert (held.status, held.officer_id, held.returned_count) == ("pending", 1, 0)
    assert "不归我们管" in desk.last_push("o-wang")[1]
    assert seen(desk, cast.li) == []
    assert desk.events(ticket)[-1].kind == "leave"


def test_the_hub_asks_one_more_department(desk, cast) -> None:
    ticket = desk.open()
    desk.do(ticket, Action.ENGAGE, cast.hub, target="交通局", note="请一并看现场")
    assert "请一并看现场" in desk.last_push("o-zhou")[1]
    assert "交通局" in desk.last_push("o-wang")[1]
    with pytest.raises(Conflict, match="已经在协办"):
        desk.do(ticket, Action.ENGAGE, cast.hub, target="交通局")
    desk.do(ticket, Action.SUPPLEMENT, cast.boss, note="车牌换了")
    assert desk.last_push("o-zhou")[0] == "ticket_supplement"
    assert len([kind for kind, _ in desk.pushed("o-boss")]) == 0, "inside business"


def test_a_helper_that_is_summoned_leads_and_no_longer_helps(make_desk, cast) -> None:
    desk = make_desk("dongli")
    ticket = hotline(desk)
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    with desk.database.reading() as session:
        assert cohandling.department_ids(session, ticket.id) == set()
    assert seen(desk, cast.li) == [ticket.number]
    desk.do(ticket, Action.RETURN, cast.li, note="不是我们")
    assert desk.ticket(ticket).returned_count == 1, "the holder's return is a real one (C10)"


def test_overdue_reaches_both(make_desk, cast) -> None:
    """DL: 为企服务人员及网格中心需全程跟踪; the department too."""
    desk = make_desk("dongli")
    hotline(desk)
    desk.at("2026-12-02 09:00").tick()
    assert "【超期】" in desk.last_push("o-li")[1]
    assert "【超期】" in desk.last_push("o-wang")[1]


def test_nobody_is_pushed_twice_in_two_roles(make_desk, cast) -> None:
    """Holder, responder and helper are one person each time."""
    desk = make_desk("dongli")
    ticket = hotline(desk)
    desk.do(ticket, Action.SUPPLEMENT, cast.hub, note="企业来电补充")
    assert [kind for kind, _ in desk.pushed("o-wang")].count("ticket_supplement") == 1
    assert [kind for kind, _ in desk.pushed("o-li")].count("ticket_supplement") == 1
