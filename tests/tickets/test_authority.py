"""Who may do what: own tickets, own department, own enterprise, nothing else."""

import pytest

from app.districts.profile import HolderKind
from app.tickets.authority import HOLDER_ACTIONS, Relation, as_meant, permitted, refusal
from app.tickets.lifecycle import Action
from app.tickets.values import SYSTEM, Actor, ActorKind

OFFICER = Actor(ActorKind.OFFICER, "1", "王服务")
COORDINATOR = Actor(ActorKind.COORDINATOR, "1", "李专员")
ENTERPRISE = Actor(ActorKind.ENTERPRISE, "o-boss", "")
HUB = Actor(ActorKind.HUB, "1", "中枢值班")


def relation(kind: HolderKind = HolderKind.OFFICER, **changes: object) -> Relation:
    values: dict[str, object] = {
        "holder_officer_id": None,
        "holder_department_id": None,
        "responder_id": None,
    }
    return Relation(kind, **(values | changes))


def test_the_holder_does_all_the_work() -> None:
    held = relation(holder_officer_id=1, officer_ids={1})
    assert permitted(OFFICER, held) == HOLDER_ACTIONS
    assert Action.DISPATCH not in HOLDER_ACTIONS


def test_a_stand_in_works_as_the_absent_officer() -> None:
    assert permitted(OFFICER, relation(holder_officer_id=2, officer_ids={1, 2})) == HOLDER_ACTIONS


def test_another_officer_does_nothing() -> None:
    assert permitted(OFFICER, relation(holder_officer_id=2, responder_id=2, officer_ids={1})) == frozenset()


def test_the_first_responder_keeps_following_but_does_not_decide_above_himself() -> None:
    """C4: he may write down a department's result, never the result of a meeting or a leader."""
    with_department = permitted(OFFICER, relation(HolderKind.DEPARTMENT, responder_id=1, officer_ids={1}))
    with_leader = permitted(OFFICER, relation(HolderKind.LEADER, responder_id=1, officer_ids={1}))
    assert {Action.REPLY, Action.RAISE, Action.TELL, Action.RESOLVE} <= with_department
    assert Action.RESOLVE not in with_leader
    assert {Action.REPLY, Action.RAISE} <= with_leader
    assert Action.RETURN not in with_department
    assert Action.ACCEPT not in with_department


@pytest.mark.parametrize(("own", "holding", "may"), [(1, 1, True), (1, 2, False), (None, None, False)])
def test_a_coordinator_only_for_the_own_department(own: int | None, holding: int | None, may: bool) -> None:
    found = permitted(
        COORDINATOR, relation(HolderKind.DEPARTMENT, holder_department_id=holding, department_id=own)
    )
    assert bool(found) is may
    assert Action.SUMMON not in found


def test_a_department_that_passed_it_on_has_no_say() -> None:
    gone = relation(HolderKind.HUB, holder_department_id=1, department_id=1)
    assert permitted(COORDINATOR, gone) == frozenset()


def test_enterprises_act_on_their_own_and_colleagues_only_add_and_urge() -> None:
    assert Action.WITHDRAW in permitted(ENTERPRISE, relation(is_opener=True))
    assert permitted(ENTERPRISE, relation(is_colleague=True)) == {Action.SUPPLEMENT, Action.URGE}
    assert permitted(ENTERPRISE, relation()) == frozenset()
    assert Action.RESOLVE not in permitted(ENTERPRISE, relation(is_opener=True))


def test_the_hub_moves_everything_but_speaks_for_nobody_in_ratings() -> None:
    found = permitted(HUB, relation(HolderKind.CITY))
    assert {Action.DISPATCH, Action.RESOLVE, Action.RAISE, Action.CLOSE} <= found
    assert not {Action.RATE, Action.CONFIRM, Action.RESUME} & found
    assert permitted(SYSTEM, relation()) == {Action.RESUME, Action.CLOSE, Action.REOPEN}


def test_a_department_beside_the_holder_answers_and_settles_but_moves_nothing() -> None:
    """C3: either may reply; what the holder decides stays the holder's."""
    beside = relation(holder_officer_id=9, department_id=1, co_department_ids={1})
    found = permitted(COORDINATOR, beside)
    assert found == {Action.REPLY, Action.REQUEST_INFO, Action.RESOLVE, Action.TELL, Action.LEAVE}
    assert as_meant(beside, Action.RETURN) is Action.LEAVE
    holding = relation(HolderKind.DEPARTMENT, holder_department_id=1, department_id=1)
    assert as_meant(holding, Action.RETURN) is Action.RETURN
    assert permitted(ENTERPRISE, relation(is_follower=True)) == {Action.SUPPLEMENT, Action.URGE}


def test_refusals_say_who_has_it_or_nothing_at_all() -> None:
    """A stranger does not learn that the number exists."""
    stranger = refusal(ENTERPRISE, relation(), Action.URGE, suffix="0042", holder="区住建委 李专员")
    assert "李专员" not in stranger
    other = refusal(
        OFFICER, relation(officer_ids={1}), Action.ACCEPT, suffix="0042", holder="区住建委 李专员"
    )
    assert "区住建委 李专员" in other
    held = relation(holder_officer_id=1, officer_ids={1})
    assert refusal(OFFICER, held, Action.ACCEPT, suffix="0042", holder="") == ""
