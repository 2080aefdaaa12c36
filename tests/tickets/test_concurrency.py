"""Two officers, one ticket: one wins, the other is told what happened (design §2, reliability test of races)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import Session

from app.directory.models import Officer
from app.errors import AppError, Conflict
from app.tickets import performing, service, transferring
from app.tickets.changes import Case, apply
from app.tickets.lifecycle import Action, Status
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind


def race(desk, ticket: Ticket, moves: list[tuple[Action, object, dict[str, object]]]) -> list[object]:
    """All moves at once from threads of their own; each result is the status reached or the refusal."""
    start = Barrier(len(moves))

    def run(move: tuple[Action, object, dict[str, object]]) -> object:
        action, actor, words = move
        start.wait()
        try:
            return desk.do(ticket, action, actor, **words).status
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(moves)) as pool:
        return list(pool.map(run, moves))


def test_eight_people_accept_at_once(desk, cast) -> None:
    """One accepts, seven are told who did; one event, one push to the enterprise."""
    ticket = desk.open()
    found = race(desk, ticket, [(Action.ACCEPT, actor, {}) for actor in (cast.wang, cast.hub) * 4])
    assert found.count(Status.WORKING) == 1
    refusals = [item for item in found if isinstance(item, Conflict)]
    assert len(refusals) == 7
    assert all("已接单" in item.message for item in refusals)
    assert [event.kind for event in desk.events(ticket)] == ["opened", "accept"]
    assert [kind for kind, _ in desk.pushed("o-boss")] == ["ticket_accepted"]
    assert desk.ticket(ticket).version == 2


def test_result_and_withdrawal_at_once(desk, cast) -> None:
    """Whichever comes first, the other is refused; never both."""
    for _ in range(5):
        ticket = desk.open()
        moves = [(Action.RESOLVE, cast.wang, {"note": "好了"}), (Action.WITHDRAW, cast.boss, {})]
        found = race(desk, ticket, moves)
        assert sum(isinstance(item, AppError) for item in found) == 1
        assert len(desk.events(ticket)) == 2


def test_both_saw_the_same_page(desk, cast) -> None:
    """With the version from the page only one of two different, each legal, moves is carried out."""
    ticket = desk.open()
    moves = [
        (Action.SUMMON, cast.wang, {"target": "住建委", "expected_version": 1}),
        (Action.EXTEND, cast.hub, {"days": 3, "note": "等材料", "expected_version": 1}),
    ]
    found = race(desk, ticket, moves)
    assert sum(isinstance(item, Conflict) for item in found) == 1


def test_forty_tickets_from_eight_threads_get_forty_numbers(desk) -> None:
    """The counter keeps callers apart."""
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: desk.open().number, range(40)))
    assert sorted(opened) == [f"20261120-{n:04d}" for n in range(1, 41)]


def test_a_stale_reader_loses_the_compare_and_set(desk, cast) -> None:
    """What PostgreSQL allows: both read version 1, one writes first, the other's write changes nothing."""
    ticket = desk.open()
    with Session(desk.database.read_engine, expire_on_commit=False) as early:
        stale = early.get(Ticket, ticket.id)
        early.expunge(stale)
    desk.do(ticket, Action.ACCEPT, cast.wang)
    with desk.database.transaction() as session:
        mine = session.merge(stale, load=False)
        case = Case(session, mine, Action.RAISE, cast.hub, desk.rules, desk.now)
        assert not apply(case, Status.PENDING, {"step": "leader"})
        assert mine.version == 2, "read again, so that the refusal can say what happened"
        assert "王服务" in performing.who_was_faster(case)
    kept = desk.ticket(ticket)
    assert (kept.status, kept.step, kept.version) == (Status.WORKING, "local", 2)


def test_a_lost_race_inside_perform_writes_nothing(desk, cast, monkeypatch) -> None:
    """If the compare-and-set fails there is no event, no push, and a Conflict that names the winner."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    monkeypatch.setattr(performing, "apply", lambda *_: False)
    with desk.database.transaction() as session, pytest.raises(Conflict, match="刚刚有变化"):
        service.perform(session, ticket.id, Action.RAISE, cast.hub, note="x", rules=desk.rules, now=desk.now)
    assert [event.kind for event in desk.events(ticket)] == ["opened", "accept"]
    assert len(desk.pushed("o-boss")) == 1


def test_two_officers_at_once_the_second_reads_who_did_what(desk, cast) -> None:
    """The absent officer and the stand-in both act: one wins, the other is told who did what, or who has it now."""
    tickets = [desk.open() for _ in range(3)]
    with desk.database.transaction() as session:
        session.get(Officer, 1).away_from = desk.now.date()
    for ticket in tickets:
        moves = [
            (Action.RESOLVE, cast.wang, {"note": "便道已通", "expected_version": 1}),
            (Action.RETURN, cast.liu, {"note": "不是本片区的", "expected_version": 1}),
        ]
        found = race(desk, ticket, moves)
        (told,) = [item for item in found if isinstance(item, AppError)]
        if isinstance(found[0], AppError):
            assert "刘服务 11月20日 10:00 已退回" in told.message or "现由区政务服务办办理" in told.message
        else:
            assert "（王服务 11月20日 10:00 已办结）" in told.message
        assert len(desk.events(ticket)) == 2


def test_two_departments_at_once_the_second_reads_who_settled_it(desk, cast) -> None:
    """Holder and co-handler both have a result: the enterprise is told one, the other department reads whose."""
    for _ in range(3):
        ticket = desk.open()
        desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
        desk.do(ticket, Action.ENGAGE, cast.hub, target="交通局")
        found = race(
            desk,
            ticket,
            [(Action.RESOLVE, cast.li, {"note": "甲"}), (Action.RESOLVE, cast.zhou, {"note": "乙"})],
        )
        (told,) = [item for item in found if isinstance(item, AppError)]
        winner, result = ("周专员", "乙") if isinstance(found[0], AppError) else ("李专员", "甲")
        assert told.message.startswith(ticket.number[-4:])
        assert told.message.endswith(f"（{winner} 11月20日 10:00 已办结）")
        assert desk.ticket(ticket).result == result
        resolved = [text for kind, text in desk.pushed("o-boss") if kind == "ticket_resolved"]
        assert sum(ticket.number[-4:] in text for text in resolved) == 1


def test_a_transfer_and_an_officers_word_at_once(desk, cast) -> None:
    """Whichever comes first: the ticket ends with the new officer, and one who came late reads with whom."""
    ticket = desk.open()
    start = Barrier(2)

    def transfer() -> object:
        start.wait()
        with desk.database.transaction() as session:
            return transferring.transfer_officer(
                session, 1, 2, leaves=True, by=cast.hub, rules=desk.rules, now=desk.now
            )

    def answer() -> object:
        start.wait()
        try:
            return desk.do(ticket, Action.REPLY, cast.wang, note="明天到现场").status
        except AppError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        moved, said = (future.result() for future in [pool.submit(transfer), pool.submit(answer)])
    assert moved.held == 1
    kept = desk.ticket(ticket)
    assert (kept.officer_id, kept.first_responder_id) == (2, 2)
    if isinstance(said, AppError):
        assert "不在您手上，现由" in said.message and "刘服务" in said.message
    with pytest.raises(AppError, match="刘服务"):
        desk.do(ticket, Action.REPLY, cast.wang, note="明天到现场")


def test_two_of_the_hub_dispatch_at_once(desk, cast) -> None:
    """Both saw the same page: the second is told where it went, nothing is sent twice."""
    ticket = desk.open(enterprise_id=3)
    other = Actor(ActorKind.HUB, "2", "中枢副班")
    moves = [
        (Action.DISPATCH, cast.hub, {"target": "officer:1", "expected_version": 1}),
        (Action.DISPATCH, other, {"target": "officer:2", "expected_version": 1}),
    ]
    found = race(desk, ticket, moves)
    (told,) = [item for item in found if isinstance(item, AppError)]
    assert "刚刚有变化，请先查看（中枢" in told.message
    assert "已分派）" in told.message
    assert len(desk.pushed("o-wang")) + len(desk.pushed("o-liu")) == 1
