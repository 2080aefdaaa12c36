"""A9 (NH 包联、包保街镇): who of the district's leaders a request raised to the leaders' rung falls to."""

import pytest

from app.directory.models import Area, Enterprise
from app.tickets import describing
from app.tickets.lifecycle import Action


@pytest.fixture
def town(desk):
    """The area lies in a town that a district leader stands behind."""
    with desk.database.transaction() as session:
        session.add(
            Area(
                code="town", name="示例街道", kind="一级片区", leader="郑分管", district_leader="示例区领导乙"
            )
        )
        session.flush()
        session.get_one(Area, "lutai").parent_code = "town"
    return desk


def raised(desk, cast):
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.REPLY, cast.li, note="我委意见：应由区里协调迁改")
    return desk.do(ticket, Action.RAISE, cast.wang, target="leader", note="主管部门意见是区里协调")


def holder(desk, ticket) -> str:
    with desk.database.reading() as session:
        return describing.describe(session, desk.ticket(ticket), rules=desk.rules, now=desk.now).holder.name


def name_leader(desk, model, key, **values) -> None:
    with desk.database.transaction() as session:
        row = session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_the_towns_leader_where_the_enterprise_has_none(town, cast) -> None:
    """Up the tree; the enterprise and the officer read the name."""
    assert holder(town, raised(town, cast)) == "示例区领导乙"


def test_the_nearest_area_wins_over_the_one_above(town, cast) -> None:
    name_leader(town, Area, "lutai", district_leader="示例区领导丙")
    assert holder(town, raised(town, cast)) == "示例区领导丙"


def test_the_enterprises_own_leader_comes_first(town, cast) -> None:
    name_leader(town, Enterprise, 1, leader="示例区领导甲")
    assert holder(town, raised(town, cast)) == "示例区领导甲"


def test_the_areas_own_chief_is_somebody_else(town, cast) -> None:
    """The 分管领导 answers for the area, not for the district: nobody is named rather than the wrong one."""
    name_leader(town, Area, "town", district_leader="")
    assert holder(town, raised(town, cast)) == ""
