"""The same matter twice: one survives, the other's person is told, follows, and rates for himself."""

import pytest

from app.errors import AppError, Conflict, NotFound
from app.tickets import describing, reading
from app.tickets.lifecycle import Action
from app.tickets.values import Actor, ActorKind

OTHER = Actor(ActorKind.ENTERPRISE, "o-other", "")


def merged_pair(desk, cast):
    survivor = desk.open()
    twin = desk.open("南门外修路大车进不来", openid=OTHER.id, enterprise_id=2)
    desk.do(twin, Action.MERGE, cast.hub, target=survivor.number)
    return survivor, twin


def facts(desk, ticket):
    with desk.database.reading() as session:
        return describing.describe(session, desk.ticket(ticket), rules=desk.rules, now=desk.now)


def test_the_other_person_is_told_and_follows_every_step(desk, cast) -> None:
    """Own number, the survivor's news; nothing of the other enterprise."""
    survivor, twin = merged_pair(desk, cast)
    filed = desk.ticket(twin)
    assert (filed.status, filed.duplicate_of_id, filed.result_kind) == ("closed", survivor.id, "merged")
    kind, text = desk.last_push(OTHER.id)
    assert kind == "ticket_transferred"
    assert text.startswith("0002 和正在办理的一件是同一件事")
    desk.do(survivor, Action.ACCEPT, cast.wang)
    desk.do(survivor, Action.SUMMON, cast.wang, target="住建委")
    desk.do(survivor, Action.RESOLVE, cast.li, note="便道已通")
    heard = desk.pushed(OTHER.id)
    assert [kind for kind, _ in heard] == [
        "ticket_transferred",
        "ticket_accepted",
        "ticket_transferred",
        "ticket_resolved",
    ]
    assert all(text.startswith("0002 ") for _, text in heard)
    assert not any("测试1号" in text for _, text in heard)
    assert [kind for kind, _ in desk.pushed("o-boss")].count("ticket_resolved") == 1


def test_what_he_adds_and_urges_reaches_the_survivors_holder(desk, cast) -> None:
    survivor, twin = merged_pair(desk, cast)
    desk.do(twin, Action.SUPPLEMENT, OTHER, note="晚上也在施工")
    assert "晚上也在施工" in desk.last_push("o-wang")[1]
    assert desk.do(twin, Action.URGE, OTHER).id == survivor.id
    assert desk.ticket(survivor).urged_count == 1
    shown = facts(desk, twin)
    assert (shown.number, shown.holder.name) == (twin.number, "王服务")
    assert shown.content == "南门外修路大车进不来"


def test_he_sees_his_own_ticket_only(desk, cast) -> None:
    survivor, twin = merged_pair(desk, cast)
    with desk.database.reading() as session:
        assert reading.find_by_suffix(session, survivor.number, actor=OTHER, now=desk.now) == []
        found = reading.find_by_suffix(session, twin.number, actor=OTHER, now=desk.now)
    assert [ticket.id for ticket in found] == [twin.id]


def test_he_rates_once_there_is_a_result_and_reopens_his_own(desk, cast) -> None:
    """D3, D4: dissatisfied, his ticket is worked on for itself; the other's stays settled."""
    survivor, twin = merged_pair(desk, cast)
    with pytest.raises(AppError, match="还在办理"):
        desk.do(twin, Action.RATE, OTHER, score=5)
    with pytest.raises(AppError, match="还在办理"):
        desk.do(twin, Action.RATE, OTHER, score=1)
    desk.do(survivor, Action.RESOLVE, cast.wang, note="便道已通")
    desk.do(survivor, Action.RATE, cast.boss, score=5)
    again = desk.do(twin, Action.RATE, OTHER, score=1, note="南门还是不通")
    assert (again.status, again.duplicate_of_id, again.reopened_count) == ("pending", None, 1)
    assert desk.ticket(survivor).status == "closed"


def test_a_withdrawn_survivor_takes_nobody_with_it(desk, cast) -> None:
    survivor, twin = merged_pair(desk, cast)
    desk.do(survivor, Action.WITHDRAW, cast.boss)
    alone = desk.ticket(twin)
    assert (alone.status, alone.duplicate_of_id) == ("pending", None)
    assert desk.last_push(OTHER.id)[0] == "ticket_reopened"


def test_earlier_duplicates_move_along(desk, cast) -> None:
    survivor, twin = merged_pair(desk, cast)
    last = desk.open("又一件")
    desk.do(survivor, Action.MERGE, cast.hub, target=last.number)
    assert desk.ticket(twin).duplicate_of_id == last.id
    assert [event.kind for event in desk.events(last)] == ["opened", "joined"]


def test_into_itself_into_nothing_and_into_the_settled_is_refused(desk, cast) -> None:
    survivor, twin = merged_pair(desk, cast)
    third = desk.open("第三件")
    with pytest.raises(Conflict, match="自己已经并案"):
        desk.do(third, Action.MERGE, cast.hub, target=twin.number)
    with pytest.raises(Conflict, match="不能并入自己"):
        desk.do(third, Action.MERGE, cast.hub, target=third.number)
    with pytest.raises(NotFound):
        desk.do(third, Action.MERGE, cast.hub, target="20200101-9999")
    desk.do(survivor, Action.RESOLVE, cast.wang, note="好了")
    with pytest.raises(Conflict, match="已经办结"):
        desk.do(third, Action.MERGE, cast.hub, target=survivor.number)
