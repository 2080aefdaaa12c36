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


def tap(errand, link):
    """«没解决», and where the page goes on to by itself; `form-action` holds the form to our own host."""
    answer = errand.client.post(PAGE, data={"answer": link}, follow_redirects=False)
    assert answer.status_code != 303
    assert errand.mobile.check(answer.text) == []
    onward = answer.headers.get("refresh", "")
    return errand.client.get(onward.removeprefix("0;url=")) if onward else answer


def test_one_tap_of_the_one_who_asked_is_enough(errand, link, path) -> None:
    """The page opens without a sign-in; the tap goes through the silent one and carries the question on."""
    assert BUTTON in errand.client.get(f"{PAGE}?a={link}").text
    assert "已经转过去了" in tap(errand, link).text
    errand.open(path, ZHAO)
    assert BUTTON in errand.client.get(f"{PAGE}?a={link}").text
    assert "已经转过去了" in tap(errand, link).text
    assert errand.unsolved == [link, link]


def test_an_unknown_reader_of_a_page_that_was_passed_on_speaks_for_nobody(errand, link) -> None:
    """The tap leads to the sign-in and from there back to the own chat; the asker's question stays as it is."""
    errand.sign_in.openid_of_phone = WANG
    refused = tap(errand, link)
    assert refused.status_code == 403 and "自己的微信对话" in refused.text
    assert errand.mobile.check(refused.text) == []
    errand.client.cookies.clear()
    assert errand.client.get(f"/phone/unsolved/{link}").status_code == 403
    errand.client.cookies.clear()
    damaged = tap(errand, "1.<x>\n单")
    assert damaged.status_code == 400 and "没能转过去" in damaged.text
    assert errand.unsolved == []


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
    assert errand.unsolved == []
