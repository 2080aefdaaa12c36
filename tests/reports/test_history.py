"""A past period says today what it said then (E3, E4): figures come from the timeline, not from today's row."""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import col, select

from app.directory import correcting
from app.directory.models import Enterprise
from app.reports.history import Basis, Event, Party, replay
from app.reports.measures import behind
from app.reports.period import Period
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 31))
BOSS = Actor(ActorKind.ENTERPRISE, "o-boss", "")
WANG = Actor(ActorKind.OFFICER, "1", "王服务")
LI = Actor(ActorKind.COORDINATOR, "1", "李专员")
HUB = Actor(ActorKind.HUB, "1", "中枢值班")


def test_a_reopening_later_leaves_the_past_month_as_it_was(desk):
    ticket = desk.at("2026-11-16 10:00").open()
    desk.at("2026-11-18 10:00").do(ticket, Action.RESOLVE, WANG, note="已通车")
    desk.do(ticket, Action.RATE, BOSS, score=5, note="快")
    before = desk.at("2026-12-01 09:00").lines("officer")["王服务（T1）"]
    assert before.counts["resolved"] == before.counts["on_time"] == before.counts["satisfied"] == 1
    desk.at("2026-12-02 10:00").do(ticket, Action.REOPEN, HUB, note="又堵了")
    desk.do(ticket, Action.EXTEND, HUB, days=3, note="等材料")
    after = desk.lines("officer")["王服务（T1）"]
    assert after.counts == before.counts
    later = desk.lines("officer", DECEMBER)["王服务（T1）"]
    assert (later.counts["reopened"], later.counts["live"], later.counts["resolved"]) == (1, 1, 0)


def test_within_one_month_a_reopened_result_does_not_count(desk):
    ticket = desk.at("2026-11-16 10:00").open()
    desk.at("2026-11-17 10:00").do(ticket, Action.RESOLVE, WANG, note="已通车")
    desk.at("2026-11-18 10:00").do(ticket, Action.REOPEN, HUB, note="没通")
    line = desk.at("2026-12-01 09:00").lines("area")["甲街道"]
    assert (line.counts["resolved"], line.counts["reopened"], line.counts["opened"]) == (0, 1, 1)


def test_on_time_is_measured_against_the_promise_of_that_day(desk):
    """An extension given before the result moves the promise; a new deadline after a reopening does not."""
    late = desk.at("2026-11-02 10:00").open()
    kept = desk.open("第二件")
    due = late.due_on
    desk.at("2026-11-06 10:00").do(kept, Action.EXTEND, HUB, days=5, note="等材料")
    desk.at(f"{date.fromordinal(due.toordinal() + 1)} 10:00")
    desk.do(late, Action.RESOLVE, WANG, note="晚了")
    desk.do(kept, Action.RESOLVE, WANG, note="延期内办成")
    desk.at("2026-12-03 10:00").do(late, Action.REOPEN, HUB, note="再办")
    line = desk.lines("officer")["王服务（T1）"]
    assert (line.counts["resolved"], line.counts["on_time"], line.counts["late"]) == (2, 1, 1)


def test_how_many_were_past_due_is_one_figure(desk):
    """E3, E4: a result that came late and what is open past its day, each once; the next month asks anew."""
    late = desk.at("2026-11-02 10:00").open()
    still = desk.open("第二件")
    kept = desk.open("第三件")
    desk.do(kept, Action.RESOLVE, WANG, note="当天办成")
    after = date.fromordinal(late.due_on.toordinal() + 1)
    desk.at(f"{after} 10:00").do(late, Action.RESOLVE, WANG, note="晚了")
    november = desk.at("2026-12-01 09:00").lines("area")["甲街道"].counts
    assert (november["late"], november["overdue"], november["past_due"]) == (1, 1, 2)
    shown = behind(desk.stories(), NOVEMBER, NOVEMBER.until, "past_due", lambda _story, _party: True)
    assert [story.basis.number for story in shown] == [late.number, still.number]
    desk.at("2026-12-02 10:00").do(still, Action.RESOLVE, WANG, note="终于")
    december = desk.at("2027-01-01 09:00").lines("area", DECEMBER)["甲街道"].counts
    assert (december["late"], december["overdue"], december["past_due"]) == (1, 0, 1)


def test_days_of_waiting_for_the_enterprise_belong_to_the_promise(desk):
    """The clock stood still for three days: a result on the second day after the first promise is on time."""
    ticket = desk.at("2026-11-02 10:00").open()
    first_due = ticket.due_on
    desk.at("2026-11-03 10:00").do(ticket, Action.REQUEST_INFO, WANG, note="请补营业执照")
    waited = desk.at("2026-11-06 10:00").do(ticket, Action.SUPPLEMENT, BOSS, note="补上了")
    assert waited.due_on > first_due
    desk.at(f"{waited.due_on} 10:00").do(ticket, Action.RESOLVE, WANG, note="办成了")
    line = desk.at("2026-12-01 10:00").lines("officer")["王服务（T1）"]
    assert (line.counts["resolved"], line.counts["on_time"]) == (1, 1)


def test_who_held_it_then_is_credited(desk):
    """Summoned to a department, given back, resolved by the officer: each gets what was theirs (C10)."""
    ticket = desk.at("2026-11-16 10:00").open()
    desk.at("2026-11-16 11:00").do(ticket, Action.SUMMON, WANG, target="住建委", note="占道")
    desk.at("2026-11-17 10:00").do(ticket, Action.RETURN, LI, note="不是我们")
    desk.at("2026-11-18 10:00").do(ticket, Action.RESOLVE, WANG, note="已协调")
    officer, department = desk.lines("officer")["王服务（T1）"], desk.lines("department")["住建委"]
    assert (department.counts["received"], department.counts["returned"]) == (1, 1)
    assert (officer.counts["resolved"], officer.counts["returned"], officer.counts["alone"]) == (1, 0, 0)
    assert officer.counts["received"] == 1
    assert department.rate("return_rate") == 100.0
    # Two of the same area had it in hand: for the area it is one ticket.
    assert desk.lines("area")["甲街道"].counts["received"] == 1


def test_the_end_of_the_period_is_looked_at_as_of_then(desk):
    """Live and overdue on 30 November, whatever became of it in December."""
    ticket = desk.at("2026-11-02 10:00").open()
    desk.at("2026-12-08 10:00").do(ticket, Action.RESOLVE, WANG, note="办成了")
    line = desk.lines("area")["甲街道"]
    assert (line.counts["live"], line.counts["overdue"], line.counts["resolved"]) == (1, 1, 0)
    (story,) = behind(desk.stories(), NOVEMBER, date(2026, 11, 30), "overdue", lambda _s, _p: True)
    assert story.basis.number == ticket.number


def test_an_area_is_the_one_of_that_time(desk):
    """The enterprise moves in December: November's figures stay with the old area."""
    desk.at("2026-11-16 10:00").open()
    with desk.at("2026-12-05 10:00").db.transaction() as session:
        correcting.change_enterprise(
            session, 1, {"area_code": "b"}, layers=(), reason="搬了", actor_kind="user", actor="hub", now=desk.now
        )  # fmt: skip
    assert set(desk.lines("area")) == {"甲街道"}
    assert set(desk.lines("area", DECEMBER)) == {"乙镇"}
    assert set(desk.lines("grid")) == {"甲一网格"}


def test_what_was_settled_and_silent_before_the_period_is_not_counted(desk):
    old = desk.at("2026-10-12 10:00").open()
    desk.at("2026-10-13 10:00").do(old, Action.RESOLVE, WANG, note="好了")
    desk.do(old, Action.RATE, BOSS, score=4)
    desk.at("2026-12-01 09:00")
    assert desk.lines("area") == {}
    with desk.db.reading() as session:
        assert session.exec(select(Ticket).where(col(Ticket.status) == "closed")).one().number == old.number
        assert session.get(Enterprise, 1) is not None


def test_a_bad_rating_counts_against_the_result_it_was_about(desk):
    ticket = desk.at("2026-11-16 10:00").open()
    desk.at("2026-11-16 11:00").do(ticket, Action.SUMMON, WANG, target="住建委", note="占道")
    desk.at("2026-11-18 10:00").do(ticket, Action.RESOLVE, LI, note="已办")
    desk.at("2026-11-19 10:00").do(ticket, Action.RATE, BOSS, score=1, note="没办")
    department = desk.lines("department")["住建委"]
    assert (department.counts["rated"], department.counts["dissatisfied"], department.counts["reopened"]) == (
        1,
        1,
        1,
    )


def test_the_clock_that_stands_still_makes_nothing_late(desk):
    """C8, E3, C9: paused past its first day it is not late, in figures, the 专报 or by a call of the enterprise; one
    that was late before the pause stays so."""
    asked = desk.at("2026-11-02 10:00").open()
    late = desk.open("第二件")
    desk.at("2026-11-04 10:00").do(asked, Action.REQUEST_INFO, WANG, note="请补营业执照")
    desk.at("2026-11-13 10:00").do(late, Action.REQUEST_INFO, WANG, note="请补图纸")
    urged = desk.at("2026-11-16 10:00").do(asked, Action.URGE, BOSS)
    assert asked.due_on == date(2026, 11, 11), "the first promise is over"
    assert urged.supervised_at is None
    found = desk.at("2026-11-17 10:00").stories()
    assert [story.basis.number for story in found if story.is_late_on(date(2026, 11, 17))] == [late.number]
    assert not any(story.is_supervised for story in found)
    again = desk.do(asked, Action.SUPPLEMENT, BOSS, note="补上了")
    assert again.due_on == date(2026, 11, 24), "five of seven days were left on 4 November"
    desk.at("2026-11-25 10:00")
    assert {story.basis.number for story in desk.stories() if story.is_late_on(date(2026, 11, 25))} == {
        asked.number,
        late.number,
    }


def test_three_points_are_fairly_satisfied(desk):
    """D3, E3: what the enterprise tapped as 基本满意 is reported as that, neither satisfied nor dissatisfied."""
    ticket = desk.at("2026-11-16 10:00").open()
    desk.do(ticket, Action.RESOLVE, WANG, note="已办")
    desk.do(ticket, Action.RATE, BOSS, score=3)
    counts = desk.lines("officer")["王服务（T1）"].counts
    assert [counts[name] for name in ("rated", "satisfied", "fair", "dissatisfied")] == [1, 0, 1, 0]


def test_what_was_raised_to_the_rung_of_supervision_counts_as_supervised():
    """BH 2(3)3, C9: the 专报 counts what the list shows; a result takes it off."""
    at_noon = datetime(2026, 11, 16, 4, tzinfo=UTC)
    basis = Basis(
        1, "20261116-0001", at_noon, "修路", "微信", "", 1, "a", "", Party("hub"), date(2026, 11, 25)
    )
    raised = Event(at_noon, "raise", {"to": {"kind": "hub"}, "step": "supervise", "supervised": True})
    done = Event(at_noon + timedelta(hours=1), "resolve", {})
    assert replay(basis, [raised], [], at_noon + timedelta(days=1)).is_supervised
    assert not replay(basis, [raised, done], [], at_noon + timedelta(days=1)).is_supervised
