"""A joint meeting decides lead and deadline, and the ticket comes back with both (C7)."""

from datetime import date

import pytest

from app.errors import Conflict, Forbidden, NotFound
from app.tickets import meetings
from app.tickets.lifecycle import Action
from app.tickets.values import Incomplete

DECISION = {"target": "住建委", "note": "由住建委牵头，交通局配合"}


def tabled(desk, cast):
    ticket = desk.at("2026-09-29 10:00").open()
    desk.do(ticket, Action.RAISE, cast.wang, note="涉及两个部门")
    desk.do(ticket, Action.CONVENE, cast.hub, note="牵头单位不明", details={"members": ["住建委", "交通局"]})
    return ticket


def items(desk, ticket):
    with desk.database.reading() as session:
        return meetings.items(session, ticket.id)


def test_the_enterprise_hears_that_a_meeting_will_decide(desk, cast) -> None:
    """D1, C7: between going up and the decision nobody is left guessing; why it was called is inside business."""
    tabled(desk, cast)
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_transferred"
    assert "已提请区政务服务办会商研究，议定后告诉您" in text
    assert "牵头单位不明" not in text


def test_decided_lead_and_deadline_come_back_to_the_ticket(desk, cast) -> None:
    """New holder, new date (a make-up Saturday counts), one event, everybody told."""
    ticket = tabled(desk, cast)
    due = date(2026, 10, 10)
    details = {"due_on": due, "held_on": date(2026, 9, 30), "minutes": "会议纪要全文"}
    desk.at("2026-09-30 16:00")
    held = desk.do(ticket, Action.DECIDE, cast.hub, details=details, **DECISION)
    assert (held.holder_kind, held.department_id, held.step, held.status) == (
        "department",
        1,
        "hub",
        "pending",
    )
    assert (held.due_on, held.due_is_provisional) == (due, False)
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_transferred"
    assert "经区政务服务办会商研究，由李专员（区住建委）" in text
    assert "最晚 10月10日办结" in text
    assert "交通局配合" not in text, "minutes are inside business"
    assert desk.last_push("o-li")[0] == "ticket_assigned"
    assert "会议议定" in desk.last_push("o-wang")[1]
    (item,) = items(desk, ticket)
    assert (item.lead_department_id, item.due_on, item.held_on) == (1, due, date(2026, 9, 30))
    assert (item.members, item.minutes, item.decided_by) == (["住建委", "交通局"], "会议纪要全文", "中枢值班")
    event = desk.events(ticket)[-1]
    assert (event.kind, event.data["due_on"], event.is_public) == ("decide", "2026-10-10", False)


def test_the_body_is_the_ladders_meeting_where_it_has_one(make_desk, cast) -> None:
    """DL 二(四)5, FT 三(二)2."""
    desk = make_desk("dongli")
    ticket = desk.open()
    desk.do(ticket, Action.CONVENE, cast.hub, note="体制机制空白")
    assert items(desk, ticket)[0].body == "优化营商环境工作联席会议"


def test_it_waits_on_one_table_at_a_time_and_is_decided_once(desk, cast) -> None:
    ticket = tabled(desk, cast)
    with pytest.raises(Conflict, match="已经提请"):
        desk.do(ticket, Action.CONVENE, cast.hub, note="再提")
    with desk.database.reading() as session:
        assert [pair[1].id for pair in meetings.waiting_items(session)] == [ticket.id]
    desk.do(ticket, Action.DECIDE, cast.hub, details={"due_on": date(2026, 10, 12)}, **DECISION)
    with pytest.raises(Conflict, match="没有提请"):
        desk.do(ticket, Action.DECIDE, cast.hub, details={"due_on": date(2026, 10, 12)}, **DECISION)
    desk.do(ticket, Action.CONVENE, cast.hub, note="第二次会商")
    assert len(items(desk, ticket)) == 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({}, Incomplete),
        ({"details": {"due_on": date(2026, 9, 28)}}, Incomplete),
        ({"details": {"due_on": date(2026, 10, 3)}}, Incomplete),
        ({"details": {"due_on": date(2026, 10, 12)}, "note": ""}, Incomplete),
        ({"details": {"due_on": date(2026, 10, 12)}, "target": "文旅局"}, NotFound),
    ],
)
def test_a_decision_needs_lead_words_and_a_working_day_to_come(desk, cast, words, error) -> None:
    ticket = tabled(desk, cast)
    with pytest.raises(error):
        desk.do(ticket, Action.DECIDE, cast.hub, **(DECISION | words))
    assert items(desk, ticket)[0].decided_at is None, "a refusal writes nothing"


def test_only_the_hub_calls_and_decides(desk, cast) -> None:
    ticket = desk.open()
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.CONVENE, cast.wang, note="x")
