"""What an enterprise says when somebody tells it the result by telephone (FT 三(三), D3, D4)."""

import pytest
from sqlmodel import select

from app.tickets.lifecycle import Action
from app.tickets.models import Rating


@pytest.mark.parametrize(
    ("said", "score", "step", "status"),
    [
        ("电话告知赵先生，评价5分", 5, "joint", "resolved"),
        ("电话告知赵先生 评价：3 分。", 3, "joint", "resolved"),
        ("电话告知赵先生，说还是进不来，评价1分", 1, "meeting", "pending"),
    ],
)
def test_who_is_told_by_telephone_is_asked_in_the_same_call(
    make_desk, cast, said, score, step, status
) -> None:
    """FT 三(三): 承办单位在办结后反馈结果，并对企业满意度进行回访 — also of an order that came by the hotline; D4."""
    desk = make_desk("tpftz")
    ticket = desk.open(openid=None, channel="12345热线")
    desk.do(ticket, Action.SUMMON, cast.wang, target="住建委")
    desk.do(ticket, Action.RESOLVE, cast.li, note="便道已通")
    after = desk.do(ticket, Action.TELL, cast.li, note=said)
    assert (after.status, after.step) == (status, step)
    with desk.database.reading() as session:
        (rating,) = session.exec(select(Rating))
    assert (rating.score, rating.openid) == (score, "")
    event = desk.events(ticket)[-1]
    assert (event.data["score"], event.actor_name) == (score, "李专员")
    assert "评价" not in event.note


def test_a_word_about_ratings_in_the_middle_is_no_rating(desk, cast) -> None:
    """Only `评价5分` at the end of a 告知 counts, and only once there is a result."""
    ticket = desk.open(openid=None)
    desk.do(ticket, Action.TELL, cast.wang, note="先去电说明，评价1分")
    desk.do(ticket, Action.RESOLVE, cast.wang, note="便道已通")
    told = desk.do(ticket, Action.TELL, cast.wang, note="电话告知，对方说评价1分的是别家，这件办得好")
    assert told.status == "resolved"
    with desk.database.reading() as session:
        assert session.exec(select(Rating)).all() == []
