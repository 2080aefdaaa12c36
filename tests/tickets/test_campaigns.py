"""Sampled call-backs (D3): repeatable by seed, ≥ 50 a group, nobody twice, silent people are called."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import col, select

from app.directory.models import Visit
from app.errors import Conflict, NotFound
from app.followers.models import Follower
from app.tickets import calling, campaigns, describing, monthly, notices
from app.tickets.lifecycle import Action
from app.tickets.models import Campaign, CampaignItem, Rating, Ticket
from app.tickets.sampling import Candidate, draw
from app.tickets.values import Incomplete


def many(count: int, group: str = "监管执法", first: int = 1) -> list[Candidate]:
    return [Candidate(n, f"20261101-{n:04d}", n, group) for n in range(first, first + count)]


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    """Whoever doubts a sample draws it again; the order in which rows come does not matter."""
    found = many(500)
    once = draw(found, seed=2026_11, per_group=50)
    assert once == draw(reversed(found), seed=2026_11, per_group=50)
    assert once != draw(found, seed=2026_12, per_group=50)
    assert len({item.ticket_id for item in once}) == 50


def test_every_group_has_its_fifty_or_all_there_are() -> None:
    """BH 2(3)1: 每个指标有效样本数不低于50个."""
    found = many(80) + many(60, "融资贷款", 100) + many(7, "其他", 300)
    drawn = draw(found, seed=1, per_group=50)
    sizes = {group: sum(item.group == group for item in drawn) for group in ("监管执法", "融资贷款", "其他")}
    assert sizes == {"监管执法": 50, "融资贷款": 50, "其他": 7}


def test_an_enterprise_is_asked_once_in_a_campaign() -> None:
    """E7 无事不扰."""
    found = [Candidate(n, f"20261101-{n:04d}", n % 3, f"组{n % 2}") for n in range(30)]
    drawn = draw(found, seed=1, per_group=50)
    assert sorted(item.enterprise_id or 0 for item in drawn) == [0, 1, 2]


def closed(desk, cast, content: str = "修路", **changes: object) -> Ticket:
    ticket = desk.open(content, **changes)
    desk.do(ticket, Action.RESOLVE, cast.hub, note="好了")
    desk.do(ticket, Action.TELL, cast.hub, note="电话告知")
    return desk.do(ticket, Action.CLOSE, cast.hub)


def campaign(desk, cast, name: str = "2026年11月"):
    with desk.database.transaction() as session:
        return campaigns.create_campaign(
            session,
            name,
            since=date(2026, 11, 1),
            until=date(2026, 11, 30),
            seed=7,
            by=cast.hub,
            rules=desk.rules,
            now=desk.now,
        )


def ask(desk, row) -> int:
    with desk.database.transaction() as session:
        return campaigns.ask(session, row, rules=desk.rules, now=desk.now)


def callbacks(desk) -> list[CampaignItem]:
    with desk.database.reading() as session:
        return [item for item, _ in campaigns.callbacks(session, rules=desk.rules, now=desk.now)]


def test_asked_by_chat_answered_by_one_tap(desk, cast) -> None:
    ticket = closed(desk, cast, category="监管执法")
    row = campaign(desk, cast)
    assert ask(desk.at("2026-11-20 22:00"), row) == 1
    assert ask(desk, row) == 0, "once"
    kind, text = desk.last_push("o-boss")
    assert kind == "notice"
    assert "【回访】" in text
    assert "退订" in text
    desk.do(ticket, Action.RATE, cast.boss, score=4, note="还行")
    with desk.database.reading() as session:
        (item,) = session.exec(select(CampaignItem))
        (figure,) = campaigns.figures(session, row)
    assert (item.outcome, item.score, item.comment) == ("answered", 4, "还行")
    assert (figure.group, figure.drawn, figure.answered, figure.satisfied) == ("监管执法", 1, 1, 1)
    assert callbacks(desk.at("2026-11-30 10:00")) == []


def test_asked_at_night_is_sent_in_the_morning(desk, cast) -> None:
    """What we start waits for office hours."""
    closed(desk, cast)
    row = campaign(desk, cast)
    ask(desk.at("2026-11-20 22:00"), row)
    with desk.database.reading() as session:
        (item,) = session.exec(select(CampaignItem))
    assert item.asked_at is not None
    assert item.asked_at.isoformat() == "2026-11-23T01:00:00+00:00"


def test_the_silent_and_the_unreachable_are_called_and_the_call_is_kept(desk, cast) -> None:
    closed(desk, cast)
    by_phone = closed(desk, cast, openid=None, enterprise_id=3)
    row = campaign(desk, cast)
    assert ask(desk, row) == 1
    assert [item.ticket_id for item in callbacks(desk)] == [by_phone.id], "no chat: called at once"
    waiting = callbacks(desk.at("2026-11-25 10:00"))
    assert len(waiting) == 2, "three working days of silence"
    with desk.database.transaction() as session:
        item = calling.record_call(
            session,
            waiting[0].id,
            by=cast.hub,
            outcome="answered",
            score=5,
            officer_score=4,
            comment="很快",
            rules=desk.rules,
            now=desk.now,
        )
    assert (item.called_by, item.score, item.officer_score) == ("中枢值班", 5, 4)
    with desk.database.reading() as session:
        (visit,) = session.exec(select(Visit).where(col(Visit.channel) == "回访"))
    assert "5 分" in visit.note
    assert len(callbacks(desk)) == 1
    with desk.database.transaction() as session, pytest.raises(Conflict):
        calling.record_call(
            session, waiting[0].id, by=cast.hub, outcome="refused", rules=desk.rules, now=desk.now
        )


def test_a_call_needs_a_result_and_an_answer_a_score(desk, cast) -> None:
    closed(desk, cast, openid=None)
    campaign(desk, cast)
    (item,) = callbacks(desk)
    with desk.database.transaction() as session:
        for outcome, score in (("answered", None), ("answered", 9), ("maybe", 5)):
            with pytest.raises(Incomplete):
                calling.record_call(
                    session,
                    item.id,
                    by=cast.hub,
                    outcome=outcome,
                    score=score,
                    rules=desk.rules,
                    now=desk.now,
                )
        with pytest.raises(NotFound):
            calling.record_call(session, 999, by=cast.hub, outcome="refused", rules=desk.rules, now=desk.now)


def called(desk, cast, score: int, comment: str = "") -> None:
    (item,) = callbacks(desk)
    with desk.database.transaction() as session:
        calling.record_call(
            session,
            item.id,
            by=cast.hub,
            outcome="answered",
            score=score,
            comment=comment,
            rules=desk.rules,
            now=desk.now,
        )


@pytest.mark.parametrize(
    ("district", "rung"), [("dongli", "group"), ("ninghe", "hub"), ("binhai", "supervise")]
)
def test_dissatisfied_on_the_telephone_is_taken_up_again(make_desk, cast, district, rung) -> None:
    """D4, DL 二(四)3 不满意的及时转交专项工作组: by telephone as in chat, and the enterprise hears of it (D1)."""
    desk = make_desk(district)
    ticket = closed(desk, cast)
    row = campaign(desk, cast)
    ask(desk, row)
    called(desk.at("2026-11-25 10:00"), cast, 2, "大车还是进不来")
    after = desk.ticket(ticket)
    assert (after.status, after.step, after.reopened_count) == ("pending", rung, 1)
    kind, text = desk.last_push("o-boss")
    assert kind == "ticket_reopened"
    assert "已重新打开" in text
    kind, text = desk.last_push("o-wang")
    assert kind == "ticket_reopened"
    assert "企业不满意：“大车还是进不来”" in text


def test_what_is_said_on_the_telephone_is_the_rating(desk, cast) -> None:
    """E3, FT 四(一) 回访调查和考核: reports and files count it; the last answer replaces the one in chat."""
    ticket = closed(desk, cast, openid=None, enterprise_id=3)
    campaign(desk, cast)
    called(desk, cast, 4, "还行")
    with desk.database.reading() as session:
        (rating,) = session.exec(select(Rating))
    assert (rating.ticket_id, rating.score, rating.comment, rating.is_current) == (ticket.id, 4, "还行", True)
    assert desk.ticket(ticket).status == "closed"


def test_dissatisfied_about_what_is_worked_on_already_changes_nothing(desk, cast) -> None:
    """D4: reopened once."""
    ticket = closed(desk, cast)
    ask(desk, campaign(desk, cast))
    desk.at("2026-11-25 10:00").do(ticket, Action.REOPEN, cast.hub)
    called(desk, cast, 1)
    assert desk.ticket(ticket).reopened_count == 1


def test_who_opted_out_who_was_merged_and_who_was_asked_enough_is_left_alone(desk, cast) -> None:
    """退订, and the contact cap of two in thirty days."""
    first = closed(desk, cast)
    for name in ("一", "二", "三"):
        row = campaign(desk, cast, name)
        ask(desk, row)
    with desk.database.reading() as session:
        drawn = session.exec(select(CampaignItem.ticket_id)).all()
    assert drawn == [first.id, first.id], "the third campaign leaves the enterprise alone"
    with desk.database.transaction() as session:
        session.add(
            Follower(openid="o-quiet", first_seen_at=desk.now, last_seen_at=desk.now, refuses_surveys=True)
        )
    closed(desk, cast, openid="o-quiet", enterprise_id=2)
    row = campaign(desk, cast, "四")
    with desk.database.reading() as session:
        assert campaigns.items(session, row) == []


def test_a_name_is_used_once_and_a_period_runs_forward(desk, cast) -> None:
    campaign(desk, cast)
    with pytest.raises(Conflict):
        campaign(desk, cast)
    with desk.database.transaction() as session, pytest.raises(Incomplete):
        campaigns.create_campaign(
            session,
            "倒着",
            since=date(2026, 11, 2),
            until=date(2026, 11, 1),
            seed=1,
            by=cast.hub,
            rules=desk.rules,
            now=desk.now,
        )


def test_the_officer_is_rated_too_where_the_district_asks(make_desk, cast) -> None:
    """NH 附件四(三) 双回访: one more tap; the request's own score and words stay."""
    desk = make_desk("ninghe")
    ticket = closed(desk, cast)
    desk.do(ticket, Action.RATE, cast.boss, score=5, note="办得快")

    def said() -> str:
        with desk.database.reading() as session:
            return notices.rated(
                describing.describe(session, desk.ticket(ticket), rules=desk.rules, now=desk.now)
            ).plain()

    assert "对为企服务人员王服务的服务满意吗？ 〔满意〕 〔基本满意〕 〔不满意〕" in said()
    desk.do(ticket, Action.RATE, cast.boss, score=5, note="服务人员3分")
    with desk.database.reading() as session:
        current = session.exec(select(Rating).where(col(Rating.is_current))).one()
    assert (current.score, current.officer_score, current.comment) == (5, 3, "办得快")
    assert desk.ticket(ticket).status == "closed"
    assert "满意吗" not in said(), "asked once"
    other = make_desk("dongli")
    done = closed(other, cast)
    other.do(done, Action.RATE, cast.boss, score=5)
    with other.database.reading() as session:
        facts = describing.describe(session, other.ticket(done), rules=other.rules, now=other.now)
    assert not facts.asks_about_officer


def monthly_row(desk, moment: str):
    with desk.database.transaction() as session:
        return monthly.start_monthly(session, desk.rules, desk.at(moment).now)


def test_last_months_call_back_starts_by_itself_once(make_desk, cast) -> None:
    """NH 方案三(九) 按月回访: on the first working day, with the month as seed, never twice."""
    desk = make_desk("ninghe")
    closed(desk, cast, category="监管执法")
    assert monthly_row(desk, "2026-12-01 09:30").name == "2026年11月满意度回访"
    assert monthly_row(desk, "2026-12-02 09:30") is None
    assert monthly_row(desk, "2027-01-02 09:30") is None, "a Saturday"
    row = monthly_row(desk, "2027-01-04 09:30")
    assert (row.since, row.until, row.seed) == (date(2026, 12, 1), date(2026, 12, 31), 202612)
    with desk.database.reading() as session:
        assert session.exec(select(CampaignItem)).one().asked_at is not None


def test_where_the_document_asks_for_none_none_starts(make_desk, cast) -> None:
    desk = make_desk("dongli")
    assert monthly_row(desk, "2026-12-01 09:30") is None


def test_who_was_not_reached_is_replaced_until_the_sample_is_full(make_desk, cast) -> None:
    """BH 2(3)1 每个指标有效样本数不低于50个: valid ones; the next day another of the same group is asked, nobody twice."""
    desk = make_desk("binhai")
    narrow = replace(desk.rules.profile.feedback, sample_per_group=1)
    desk.rules = replace(desk.rules, profile=replace(desk.rules.profile, feedback=narrow))
    for number in (1, 2, 3):
        closed(desk, cast, category="业务咨询", openid=None, enterprise_id=number)
    monthly_row(desk, "2026-12-01 09:30")
    (item,) = callbacks(desk)
    monthly_row(desk, "2026-12-02 09:30")
    assert [row.id for row in callbacks(desk)] == [item.id], "nobody failed yet"
    for outcome in ("unreachable", "refused"):
        (item,) = callbacks(desk)
        with desk.database.transaction() as session:
            calling.record_call(
                session, item.id, by=cast.hub, outcome=outcome, rules=desk.rules, now=desk.now
            )
        monthly_row(desk, "2026-12-03 09:30")
    called(desk, cast, 5)
    monthly_row(desk, "2026-12-04 09:30")
    with desk.database.reading() as session:
        drawn = session.exec(select(CampaignItem)).all()
        (figure,) = campaigns.figures(session, session.get_one(Campaign, drawn[0].campaign_id))
    assert len({row.ticket_id for row in drawn}) == len(drawn) == 3
    assert (figure.drawn, figure.answered) == (3, 1)
