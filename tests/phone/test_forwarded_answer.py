"""The page of an answer that was passed on: «没解决» speaks for whoever asked, so not for somebody else (D1)."""

from datetime import timedelta

import pytest

from app.conversations.answers import sign
from app.conversations.models import Answer
from tests.phone_errand import KEY, WANG, ZHAO

PAGE, BUTTON = "/h/registration/individual-setup", "没解决，转服务员"


@pytest.fixture
def link(errand) -> str:
    """What the answer to Zhao's question led to."""
    answer = Answer(
        openid=ZHAO, question="个体户怎么注册", decision="answer", entry_id="registration/individual-setup",
        at=errand.mobile.clock.now(),
    )  # fmt: skip
    with errand.mobile.db.transaction() as session:
        session.add(answer)
        session.flush()
        return sign(answer.id or 0, KEY)


def test_the_one_who_asked_and_an_unknown_reader_can_go_on(errand, link, path) -> None:
    """Nobody has to sign in for it: the question is carried on by a tap."""
    assert BUTTON in errand.client.get(f"{PAGE}?a={link}").text
    errand.open(path, ZHAO)
    assert BUTTON in errand.client.get(f"{PAGE}?a={link}").text
    assert "已经转过去了" in errand.client.post(PAGE, data={"answer": link}).text


def test_somebody_else_is_sent_to_their_own_chat(errand, link, own) -> None:
    errand.open(own, WANG)
    page = errand.client.get(f"{PAGE}?a={link}").text
    assert BUTTON not in page
    assert "发「人工」" in page
    assert "noindex" in page
    refused = errand.client.post(PAGE, data={"answer": link})
    assert refused.status_code == 403
    assert "自己的微信对话" in refused.text
    assert errand.mobile.check(refused.text) == []


def test_after_a_week_the_link_carries_nothing_on(errand, link) -> None:
    errand.mobile.clock.advance(timedelta(days=7, minutes=1))
    assert BUTTON not in errand.client.get(f"{PAGE}?a={link}").text
    assert errand.client.post(PAGE, data={"answer": link}).status_code == 403
