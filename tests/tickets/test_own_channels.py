"""A department settles what came by its own channel; the enterprise's officer follows (C18, DL 二(四)4)."""

import pytest

from app.directory.sheets import Sheet, SheetRow
from app.panel import intake_list
from app.tickets import cohandling

ROUND_TABLE = "外企圆桌会"


def test_the_department_that_brought_it_holds_it_and_the_officer_follows(make_desk) -> None:
    desk = make_desk("dongli")
    ticket = desk.ticket(desk.open(openid=None, channel=ROUND_TABLE, departments=("住建委",)))
    assert (ticket.holder_kind, ticket.department_id, ticket.first_responder_id) == ("department", 1, 1)
    assert ticket.contact_due_on is not None
    assert [event.kind for event in desk.events(ticket)] == ["opened", "dispatch"]
    assert desk.events(ticket)[1].actor_name == "按渠道分派"
    assert desk.last_push("o-li")[0] == "ticket_assigned"
    assert "首问责任人" in desk.last_push("o-wang")[1]
    assert len(desk.pushed("o-wang")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": ROUND_TABLE},
        {"channel": ROUND_TABLE, "departments": ("没有这个部门",)},
        {"channel": ROUND_TABLE, "departments": ("住建委", "交通局")},
        {"channel": "走访", "departments": ("住建委",)},
        {"channel": ROUND_TABLE, "departments": ("住建委",), "is_about_officer": True},
    ],
)
def test_where_it_is_not_clear_it_goes_the_usual_way(make_desk, changes) -> None:
    ticket = make_desk("dongli").open(openid=None, **changes)
    assert ticket.department_id is None


def test_the_hotline_still_reaches_both_together(make_desk) -> None:
    """C3: the other rule of the same document is untouched."""
    desk = make_desk("dongli")
    ticket = desk.open(openid=None, channel="12345热线", departments=("住建委",))
    assert ticket.officer_id == 1
    with desk.database.reading() as session:
        assert cohandling.department_ids(session, ticket.id) == {1}


def test_a_row_of_a_list_names_the_department(make_desk, cast) -> None:
    """The list of a round table has a column for it."""
    desk = make_desk("dongli")
    headers = ("诉求", "企业", "部门")
    row = SheetRow(2, headers, ("外籍员工工作许可办得太慢", "宁河区测试1号食品有限公司", "区住建委"))
    with desk.database.transaction() as session:
        plan = intake_list.plan(session, Sheet(headers, (row,)), channel=ROUND_TABLE, rules=desk.rules)
        (ticket,) = intake_list.open_all(session, plan, by=cast.hub, rules=desk.rules, now=desk.now)
    assert desk.ticket(ticket).department_id == 1
