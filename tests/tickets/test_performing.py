"""Refusals, races and wholeness of a change (design §2, C10, D3)."""

from datetime import date

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.errors import Conflict, Forbidden, NotFound
from app.outbox.models import OutboxMessage
from app.tickets import performing, service, telling
from app.tickets.lifecycle import Action, IllegalAction, Status
from app.tickets.models import Rating, TicketEvent
from app.tickets.values import Actor, ActorKind, Incomplete


def test_a_refusal_is_audited_and_changes_nothing(desk, cast) -> None:
    """Caught inside the transaction, the audit row stays; the ticket does not move."""
    ticket = desk.open()
    with desk.database.transaction() as session, pytest.raises(Forbidden, match="王服务"):
        service.perform(
            session, ticket.id, Action.RESOLVE, cast.liu, note="x", rules=desk.rules, now=desk.now
        )
    with desk.database.reading() as session:
        row = session.exec(select(AuditRow)).one()
    assert (row.actor, row.action, row.object, row.succeeded) == (
        "2",
        "ticket.resolve",
        "ticket:20261120-0001",
        False,
    )
    assert desk.ticket(ticket).version == 1


@pytest.mark.parametrize("name", ["stranger", "unverified"])
def test_strangers_and_unverified_colleagues_learn_nothing(desk, cast, name: str) -> None:
    """Design §3 Identity: a credit code is public, so an unverified contact sees nothing of others."""
    ticket = desk.open()
    with pytest.raises(Forbidden, match="没有找到") as refused:
        desk.do(ticket, Action.URGE, getattr(cast, name))
    assert "王服务" not in refused.value.message


def test_a_verified_colleague_may_add_and_urge_but_not_withdraw(desk, cast) -> None:
    """Both verified: D5 for the whole enterprise."""
    ticket = desk.open()
    desk.do(ticket, Action.SUPPLEMENT, cast.clerk, note="我是会计，施工方电话已换")
    assert desk.do(ticket, Action.URGE, cast.clerk).urged_count == 1
    with pytest.raises(Forbidden):
        desk.do(ticket, Action.WITHDRAW, cast.clerk)


def test_the_version_the_reader_saw_must_still_hold(desk, cast) -> None:
    """Two people at two screens: the second is told who was faster, with name and time."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang, expected_version=1)
    with pytest.raises(Conflict, match=r"王服务 11月20日 10:00 已接单"):
        desk.do(ticket, Action.RAISE, cast.hub, note="x", expected_version=1)


def test_an_action_that_does_not_fit_says_what_happened(desk, cast) -> None:
    """Illegal pairs name the status, the act and who did the last one."""
    ticket = desk.open()
    desk.do(ticket, Action.ACCEPT, cast.wang)
    with pytest.raises(IllegalAction, match="0001 办理中，不能接单（王服务 11月20日 10:00 已接单）"):
        desk.do(ticket, Action.ACCEPT, cast.wang)


def test_a_change_is_whole_or_not_at_all(desk, cast, monkeypatch) -> None:
    """If the last message cannot be written, neither status nor event nor the other messages are."""
    ticket = desk.open()
    real = telling.enqueue
    calls = []

    def breaks(session, **values: object) -> None:
        calls.append(values["openid"])
        if len(calls) == 2:
            raise OSError("disk full")
        real(session, **values)

    monkeypatch.setattr(telling, "enqueue", breaks)
    with pytest.raises(OSError, match="disk full"):
        desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    after = desk.ticket(ticket)
    assert (after.status, after.version, after.step) == (Status.PENDING, 1, "local")
    with desk.database.reading() as session:
        assert len(session.exec(select(TicketEvent)).all()) == 1
        assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_every_action_has_a_handler() -> None:
    """A new action cannot be forgotten."""
    assert set(performing.HANDLERS) == set(Action)


def test_no_such_ticket(desk, cast) -> None:
    with desk.database.transaction() as session, pytest.raises(NotFound):
        service.perform(session, 999, Action.ACCEPT, cast.wang, rules=desk.rules, now=desk.now)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Action.REPLY, {}),
        (Action.REQUEST_INFO, {"note": "  "}),
        (Action.RESOLVE, {}),
        (Action.TELL, {}),
        (Action.RETURN, {}),
        (Action.RAISE, {}),
        (Action.SUMMON, {}),
        (Action.EXTEND, {"days": 3}),
        (Action.EXTEND, {"note": "等专家"}),
        (Action.EXTEND, {"note": "等专家", "days": 0}),
        (Action.EXTEND, {"note": "等专家", "days": 16}),
        (Action.RESOLVE, {"note": "好了", "target": "whatever"}),
    ],
)
def test_commands_that_lack_their_words(desk, cast, action: Action, words: dict[str, object]) -> None:
    """Each says what to write, with an example that carries the number or a limit; nothing changes."""
    ticket = desk.open()
    with pytest.raises(Incomplete) as refused:
        desk.do(ticket, action, cast.wang, **words)
    assert any(hint in refused.value.message for hint in ("例如", "工作日", "办结类型"))
    assert desk.ticket(ticket).version == 1


@pytest.mark.parametrize("score", [None, 0, 6, -1])
def test_a_rating_is_one_to_five(desk, cast, score: int | None) -> None:
    ticket = desk.open()
    with pytest.raises(Incomplete, match="1 到 5"):
        desk.do(ticket, Action.RATE, cast.boss, score=score)


def test_the_last_rating_counts_and_the_earlier_stay(desk, cast) -> None:
    """D3: one current rating per ticket, by the database; history kept."""
    ticket = desk.open()
    desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    desk.do(ticket, Action.RATE, cast.boss, score=3)
    desk.do(ticket, Action.RATE, cast.boss, score=5, note="想了想，挺好")
    with desk.database.reading() as session:
        rows = session.exec(select(Rating).order_by(col(Rating.id))).all()
    assert [(row.score, row.is_current) for row in rows] == [(3, False), (5, True)]


def test_extensions_are_bounded_and_told(desk, cast) -> None:
    """Twice by default, then 上报; the enterprise is told the new date and the reason."""
    ticket = desk.open()
    first = desk.do(ticket, Action.EXTEND, cast.wang, days=3, note="等专家踏勘")
    assert first.due_on == date(2026, 12, 4)
    assert "最晚 12月4日办结。原因：等专家踏勘" in desk.last_push("o-boss")[1]
    desk.do(ticket, Action.EXTEND, cast.wang, days=1, note="下雪")
    with pytest.raises(Conflict, match="请上报"):
        desk.do(ticket, Action.EXTEND, cast.wang, days=1, note="还是下雪")


def test_answering_the_enterprise_keeps_the_promise_to_call(desk, cast) -> None:
    """The contact clock of a department stops with its first word to the enterprise."""
    ticket = desk.open()
    assert desk.do(ticket, Action.SUMMON, cast.wang, target="住建委").contact_due_on == date(2026, 11, 24)
    answered = desk.do(ticket, Action.REPLY, cast.li, note="明天上午到现场")
    assert answered.contact_due_on is None
    assert answered.accepted_at is not None
    assert "0001 李专员回复：明天上午到现场" in desk.last_push("o-boss")[1]


def test_a_burst_of_pictures_is_one_message_to_the_officer(desk, cast) -> None:
    """Nine photographs are nine lines of the timeline and one push; words are always pushed."""
    ticket = desk.open()
    for _ in range(9):
        desk.do(ticket, Action.SUPPLEMENT, cast.boss, note="［图片］")
    desk.do(ticket, Action.SUPPLEMENT, cast.boss, note="这是南门")
    kinds = [kind for kind, _ in desk.pushed("o-wang")]
    assert kinds == ["ticket_opened_officer", "ticket_supplement", "ticket_supplement"]
    assert sum(event.kind == "supplement" for event in desk.events(ticket)) == 10


def test_nobody_is_pushed_what_he_said_himself(desk) -> None:
    """An officer who also runs a business, trying the chat: his own words do not come back to him."""
    own = Actor(ActorKind.ENTERPRISE, "o-wang", "")
    ticket = desk.open(openid="o-wang")
    desk.do(ticket, Action.SUPPLEMENT, own, note="再说一句")
    assert desk.pushed("o-wang") == []


def test_urging_an_overdue_ticket_puts_it_on_the_supervision_list(desk, cast) -> None:
    """NH 三(六): what is late and urged reaches the hub at once."""
    ticket = desk.open()
    assert desk.do(ticket, Action.URGE, cast.boss).supervised_at is None
    desk.at("2026-12-02 10:00")
    late = desk.do(ticket, Action.URGE, cast.boss)
    assert (late.urged_count, late.supervised_at) == (2, desk.now)
    assert "第 2 次催办" in desk.last_push("o-wang")[1]


def test_the_hub_acts_for_an_enterprise_that_telephoned(desk, cast) -> None:
    """Withdrawn by the hub: the enterprise is told, for it might be a mistake."""
    ticket = desk.open()
    desk.do(ticket, Action.WITHDRAW, cast.hub, note="来电说已解决")
    assert desk.last_push("o-boss")[0] == "ticket_closed"
    assert "已按您的意思撤回" in desk.last_push("o-boss")[1]


def test_confirming_closes(desk, cast) -> None:
    """The enterprise says it is solved: that is being told, and it is closed."""
    ticket = desk.open()
    desk.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    closed = desk.do(ticket, Action.CONFIRM, cast.boss)
    assert (closed.status, closed.told_at) == (Status.CLOSED, desk.now)


def test_available_actions_are_those_that_would_succeed(desk, cast) -> None:
    """Taps and buttons offer nothing that is refused, for status or person."""
    ticket = desk.open()
    with desk.database.reading() as session:
        found = session.get(type(ticket), ticket.id)
        offered = service.available_actions(session, found, cast.wang, desk.now)
        assert service.available_actions(session, found, cast.li, desk.now) == frozenset()
    assert Action.ACCEPT in offered
    assert Action.CLOSE not in offered


@pytest.mark.parametrize("words", [{"note": "好了" * 5000}, {"note": "‮ 隐藏\x00"}])
def test_odd_words_do_not_break_the_row(desk, cast, words: dict[str, str]) -> None:
    """Too long is cut to the column; odd characters are kept as they are and never crash."""
    ticket = desk.open()
    assert len(desk.do(ticket, Action.RESOLVE, cast.wang, **words).result) <= 4000
