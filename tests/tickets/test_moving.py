"""吹哨, 上报, 退回, 分派, 重办: who gets it, on which rung, with what reason (C4, C5, C10, D4)."""

from dataclasses import replace

import pytest

from app.directory.models import Department, Officer
from app.errors import Conflict, Forbidden, NotFound
from app.tickets.lifecycle import Action


@pytest.mark.parametrize("typed", ["区住建委", "住建委", "住建", "department:1"])
def test_a_department_by_the_name_people_use(desk, cast, typed: str) -> None:
    """With or without 区, in part, or by id."""
    assert desk.do(desk.open(), Action.SUMMON, cast.wang, target=typed).department_id == 1


def test_an_unknown_or_ambiguous_department_lists_the_choices(desk, cast) -> None:
    ticket = desk.open()
    with pytest.raises(NotFound, match="区住建委、区交通局"):
        desk.do(ticket, Action.SUMMON, cast.wang, target="航天局")
    with desk.database.transaction() as session:
        session.add(Department(id=3, name="区交通运输局"))
    with pytest.raises(Conflict, match="区交通局、区交通运输局"):
        desk.do(ticket, Action.SUMMON, cast.wang, target="交通")
    assert desk.do(ticket, Action.SUMMON, cast.wang, target="交通局").department_id == 2


def test_a_department_that_has_it_cannot_be_summoned_again(desk, cast) -> None:
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    with pytest.raises(Conflict, match="已经在区住建委手上"):
        desk.do(ticket, Action.SUMMON, cast.hub, target="住建委")


def test_raising_skips_the_department_rung(desk, cast) -> None:
    """上报 names no department, so the next rung is the hub's."""
    raised = desk.do(desk.open(), Action.RAISE, cast.wang, note="协调不下来")
    assert (raised.step, raised.holder_kind, raised.officer_id) == ("hub", "hub", None)
    assert raised.first_responder_id == 1
    assert "已上报到「中枢分派办」，由区政务服务办办理。王服务继续跟进。" in desk.last_push("o-boss")[1]
    assert "协调不下来" not in desk.last_push("o-boss")[1]


def test_only_whom_the_profile_names_may_move_it_up(desk, cast) -> None:
    """NH 三(四): the area asks the leader; (五): only the hub asks the city."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.RAISE, cast.li, note="超出本部门职责")
    desk.do(ticket, Action.DISPATCH, cast.hub, target="department:1")
    with pytest.raises(Forbidden, match="领导提级办"):
        desk.do(ticket, Action.RAISE, cast.li, note="请领导协调")
    assert desk.do(ticket, Action.RAISE, cast.wang, note="主管部门意见附后").step == "leader"
    with pytest.raises(Forbidden, match="市区协调办"):
        desk.do(ticket, Action.RAISE, cast.wang, note="请市里协调")
    assert desk.do(ticket, Action.RAISE, cast.hub, note="超出区级权限").step == "city"
    with pytest.raises(Conflict, match="最高一级"):
        desk.do(ticket, Action.RAISE, cast.hub, note="还能去哪")


def test_the_hub_may_name_the_rung(desk, cast) -> None:
    ticket = desk.open()
    with pytest.raises(NotFound, match="中枢分派办、领导提级办、市区协调办"):
        desk.do(ticket, Action.RAISE, cast.hub, note="x", target="月球")
    assert desk.do(ticket, Action.RAISE, cast.hub, note="x", target="领导提级办").step == "leader"


def test_a_department_returns_to_the_officer_who_summoned(desk, cast) -> None:
    """With the reason; the enterprise, to whom the department was named, hears who has it now and not why (D1)."""
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    assert "吹哨" in desk.last_push("o-boss")[1]
    back = desk.do(ticket, Action.RETURN, cast.li, note="不属我委职责")
    assert (back.holder_kind, back.officer_id, back.step, back.returned_count) == ("officer", 1, "local", 1)
    assert "说明：不属我委职责" in desk.last_push("o-wang")[1]
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_transferred"
    assert "现在由王服务（芦台街道一片）13800000001 接着办，最晚 12月1日办结" in text
    assert "不属我委职责" not in text


def test_returned_to_the_queue_the_enterprise_hears_who_looks_for_somebody(desk, cast) -> None:
    """D1 件件有回音, C10: the officer who was named to it is not the one any more."""
    ticket = desk.open()
    desk.do(ticket, Action.RETURN, cast.wang, note="不是本片区的企业")
    assert "现在由区政务服务办重新安排" in desk.last_push("o-boss")[1]


def test_a_department_returns_to_the_hub_if_the_officer_has_left(desk, cast) -> None:
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    with desk.database.transaction() as session:
        wang = session.get(Officer, 1)
        wang.is_active = False
        session.add(wang)
    assert desk.do(ticket, Action.RETURN, cast.li, note="不属我委职责").holder_kind == "hub"


def test_a_department_chosen_by_the_hub_returns_to_the_hub(desk, cast) -> None:
    ticket = desk.open()
    desk.do(ticket, Action.RAISE, cast.wang, note="协调不下来")
    dispatched = desk.do(ticket, Action.DISPATCH, cast.hub, target="区交通局")
    assert (dispatched.step, dispatched.department_id) == ("hub", 2), "it stays on the rung it has reached"
    back = desk.do(ticket, Action.RETURN, cast.zhou, note="不属我局职责")
    assert (back.holder_kind, back.step, back.department_id) == ("hub", "hub", None)


def test_dispatching_from_the_queue(desk, cast) -> None:
    """An unknown caller's ticket: the officer whom the hub names becomes the first responder."""
    ticket = desk.open(enterprise_id=None)
    given = desk.do(ticket, Action.DISPATCH, cast.hub, target="officer:2", note="请联系")
    assert (given.officer_id, given.first_responder_id, given.step) == (2, 2, "local")
    assert desk.last_push("o-liu")[0] == "ticket_assigned"
    assert "区政务服务办已转给刘服务（芦台街道一片）" in desk.last_push("o-boss")[1]
    with pytest.raises(NotFound, match="没有这位服务人员"):
        desk.do(ticket, Action.DISPATCH, cast.hub, target="officer:99")


def test_the_first_responder_stays_when_the_hub_sends_it_elsewhere(desk, cast) -> None:
    """C4: passing up is not getting rid of it; only a returned (wrong) order releases."""
    ticket = desk.open()
    desk.do(ticket, Action.RAISE, cast.wang, note="协调不下来")
    assert desk.do(ticket, Action.DISPATCH, cast.hub, target="officer:2").first_responder_id == 1


def test_the_hub_reopens_where_it_stands(desk, cast) -> None:
    """Supervision: the same holder does it again, with a new deadline."""
    ticket = desk.open()
    desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    desk.at("2026-12-10 10:00")
    again = desk.do(ticket, Action.REOPEN, cast.hub, note="抽查未解决")
    assert (again.step, again.officer_id, again.status) == ("local", 1, "pending")
    assert str(again.due_on) == "2026-12-21"
    assert "区政务服务办要求重办：“抽查未解决”" in desk.last_push("o-wang")[1]
    assert desk.last_push("o-boss")[0] == "ticket_reopened"


@pytest.mark.parametrize(
    ("district", "step", "kind"),
    [
        ("dongli", "group", "hub"),
        ("beichen", "conference", "hub"),
        ("tpftz", "meeting", "meeting"),
        ("ninghe", "hub", "hub"),
        ("binhai", "supervise", "hub"),
    ],
)
def test_dissatisfaction_goes_up_in_every_district(
    make_desk, cast, district: str, step: str, kind: str
) -> None:
    """D4: DL straight to the special group, elsewhere one rung up that needs no department to be named."""
    desk = make_desk(district)
    ticket = desk.open()
    desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    back = desk.do(ticket, Action.RATE, cast.boss, score=2, note="没好")
    assert (back.step, back.holder_kind) == (step, kind)
    assert "“没好”" in desk.last_push("o-wang")[1]


def test_dissatisfaction_goes_where_the_profile_says(desk, cast) -> None:
    """The rung is fixed when the ticket opens: a later edit of the profile does not move it."""
    original = desk.rules
    desk.rules = replace(original, profile=replace(original.profile, dissatisfied_to="leader"))
    ticket = desk.open()
    desk.rules = original
    desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    assert desk.do(ticket, Action.RATE, cast.boss, score=1).step == "leader"


@pytest.mark.parametrize("district", ["dongli", "beichen", "tpftz", "ninghe", "binhai"])
def test_every_ladder_can_be_climbed_to_the_top_by_the_hub(make_desk, cast, district: str) -> None:
    """One engine, five ladders (C5)."""
    desk = make_desk(district)
    ticket = desk.open()
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    keys = [step["key"] for step in ticket.ladder]
    for key in keys[2:]:
        assert desk.do(ticket, Action.RAISE, cast.hub, note="下级解决不了").step == key
    assert desk.do(ticket, Action.RESOLVE, cast.hub, note="好了").status == "resolved"
