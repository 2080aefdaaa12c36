"""Handed out to another system, open here until the result is back (C16)."""

import pytest

from app.errors import Conflict, NotFound
from app.tickets import handoffs
from app.tickets.lifecycle import Action
from app.tickets.values import Incomplete


def test_out_and_back(make_desk, cast) -> None:
    """BC 四(三): 86912345; number kept, enterprise told, result comes back to who holds it."""
    desk = make_desk("beichen")
    ticket = desk.open()
    held = desk.do(
        ticket,
        Action.HAND_OFF,
        cast.wang,
        target="86912345热线",
        note="政务服务事项",
        details={"outside_number": "BC-778"},
    )
    assert (held.status, held.officer_id) == ("pending", 1)
    assert held.accepted_at is not None
    text = desk.last_push("o-boss")[1]
    assert "已转86912345热线（编号 BC-778）协同办理，仍由" in text
    assert "政务服务事项" not in text
    with pytest.raises(Conflict, match="结果还没有回来"):
        desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    desk.do(ticket, Action.HAND_BACK, cast.hub, note="热线答复：可网上办理")
    assert "热线答复：可网上办理" in desk.last_push("o-wang")[1]
    assert desk.do(ticket, Action.RESOLVE, cast.wang, note="可网上办理").status == "resolved"
    with desk.database.reading() as session:
        (row,) = handoffs.handoffs_of(session, ticket.id)
    assert (row.outside_number, row.result, row.returned_by) == ("BC-778", "热线答复：可网上办理", "中枢值班")


def test_only_known_destinations_and_each_once_at_a_time(desk, cast) -> None:
    ticket = desk.open()
    with pytest.raises(Incomplete, match="街镇吹哨"):
        desk.do(ticket, Action.HAND_OFF, cast.wang, target="某平台")
    desk.do(ticket, Action.HAND_OFF, cast.wang, target="12345热线")
    with pytest.raises(Conflict, match="已经转到12345热线"):
        desk.do(ticket, Action.HAND_OFF, cast.wang, target="12345热线")


def test_of_several_the_meant_one_comes_back(desk, cast) -> None:
    ticket = desk.open()
    with pytest.raises(NotFound):
        desk.do(ticket, Action.HAND_BACK, cast.wang, note="x")
    desk.do(ticket, Action.HAND_OFF, cast.wang, target="12345热线")
    desk.do(ticket, Action.HAND_OFF, cast.wang, target="市政务服务办")
    with pytest.raises(Incomplete, match="不止一处"):
        desk.do(ticket, Action.HAND_BACK, cast.wang, note="x")
    with desk.database.reading() as session:
        first = handoffs.out_now(session, ticket.id)[0]
    desk.do(ticket, Action.HAND_BACK, cast.wang, note="已答复", details={"handoff_id": first.id})
    with desk.database.reading() as session:
        assert [row.destination for row in handoffs.out_now(session, ticket.id)] == ["市政务服务办"]


def test_the_enterprise_may_still_withdraw(desk, cast) -> None:
    ticket = desk.open()
    desk.do(ticket, Action.HAND_OFF, cast.wang, target="12345热线")
    assert desk.do(ticket, Action.WITHDRAW, cast.boss).status == "withdrawn"
