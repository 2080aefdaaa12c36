"""C14 (NH 推诿扯皮): what is passed around is handed over to those who hold people to account, on the record."""

import pytest

from app.districts.loader import load_profile
from app.errors import Conflict, Forbidden, NotFound
from app.tickets import reading, referring
from app.tickets.lifecycle import Action
from app.tickets.referral_models import Referral
from app.tickets.values import Incomplete

BODY = "区纪委监委"


def passed(desk, cast, times: int):
    """Summoned and given back so many times."""
    ticket = desk.open()
    for _ in range(times):
        desk.do(ticket, Action.SUMMON, cast.wang, target="住建委", note="请来看")
        ticket = desk.do(ticket, Action.RETURN, cast.li, note="不归我委")
    return ticket


def refer(desk, ticket, by, **words) -> Referral:
    words = {"to": BODY, "reason": "住建委两次退回"} | words
    with desk.database.transaction() as session:
        return referring.refer(session, ticket.number, by=by, rules=desk.rules, now=desk.now, **words)


def note(desk, row, by, outcome: str) -> None:
    with desk.database.transaction() as session:
        referring.note_outcome(session, row.id, outcome, by=by, rules=desk.rules, now=desk.now)


def kept(desk, ticket) -> list[Referral]:
    with desk.database.reading() as session:
        return referring.referrals_of(session, ticket.id)


def test_handed_over_with_reason_and_the_result_noted_later(desk, cast) -> None:
    """To whom, why, after how many returns, by whom, when; the ticket itself goes on; inside business."""
    ticket = passed(desk, cast, 2)
    told = desk.pushed("o-boss"), desk.pushed("o-li")
    row = refer(desk, ticket, cast.hub)
    assert (row.body, row.reason, row.times, row.referred_by) == (BODY, "住建委两次退回", 2, cast.hub.name)
    assert desk.ticket(ticket).status == ticket.status
    desk.at("2026-11-27 10:00")
    note(desk, row, cast.hub, "已约谈，明确由住建委牵头")
    [row] = kept(desk, ticket)
    assert (row.outcome, row.outcome_at, row.outcome_by) == (
        "已约谈，明确由住建委牵头",
        desk.now,
        cast.hub.name,
    )
    assert (desk.pushed("o-boss"), desk.pushed("o-li")) == told
    with desk.database.reading() as session:
        ours = {line.title for line in reading.timeline(session, ticket)}
        theirs = {line.kind for line in reading.timeline(session, ticket, is_public=True)}
    assert {"移交追责", "移交结果"} <= ours and not theirs & {"referred", "referral_settled"}


def test_given_back_once_is_not_handed_over_unless_it_is_supervised(desk, cast) -> None:
    """NH 附件三(六): 推诿扯皮, and 推进不力, which is what the supervision list is for."""
    ticket = passed(desk, cast, 1)
    with pytest.raises(Conflict, match="退回 2 次以上或正在督办"):
        refer(desk, ticket, cast.hub)
    desk.do(ticket, Action.SUPERVISE, cast.hub, note="久拖不办")
    assert refer(desk, ticket, cast.hub).times == 1


def test_the_hub_only(desk, cast) -> None:
    ticket = passed(desk, cast, 2)
    for somebody in (cast.wang, cast.li, cast.boss):
        with pytest.raises(Forbidden):
            refer(desk, ticket, somebody)
    row = refer(desk, ticket, cast.hub)
    with pytest.raises(Forbidden):
        note(desk, row, cast.li, "没事了")
    assert len(kept(desk, ticket)) == 1


def test_what_is_missing_or_done_before_is_refused(desk, cast) -> None:
    ticket = passed(desk, cast, 2)
    with pytest.raises(Incomplete, match="请选择移交给谁：区纪委监委、区委组织部"):
        refer(desk, ticket, cast.hub, to="派出所")
    with pytest.raises(Incomplete, match="移交理由"):
        refer(desk, ticket, cast.hub, reason=" ")
    row = refer(desk, ticket, cast.hub)
    with pytest.raises(Conflict, match="等那边的结果"):
        refer(desk, ticket, cast.hub)
    refer(desk, ticket, cast.hub, to="区委组织部")
    with pytest.raises(Incomplete):
        note(desk, row, cast.hub, " ")
    note(desk, row, cast.hub, "已约谈")
    with pytest.raises(Conflict, match="已经记过"):
        note(desk, row, cast.hub, "改口")
    row.id = 999
    with pytest.raises(NotFound):
        note(desk, row, cast.hub, "x")


def test_a_district_whose_document_names_nobody_has_no_such_door(make_desk, cast) -> None:
    assert load_profile("dongli").passing is None
    desk = make_desk("dongli")
    with pytest.raises(Conflict, match="没有写"):
        refer(desk, desk.open(), cast.hub)
