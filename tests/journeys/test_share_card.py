"""An answer as a card that can be looked at and passed on (B8: 一页看懂的图文图解)."""

import httpx2

from bot import answers
from bot.messages import Card, Reply

QUESTION = "营业执照丢了怎么补"


def test_the_last_answer_comes_as_a_card_that_opens_its_page(town, bound):
    """The answer itself stays text, word for word; «图文» brings one article with an address that opens."""
    answered = bound.send_text(QUESTION).text
    bound.send_text("图文")
    shown = bound.inbox[-1]
    article = shown.details["article"]
    assert shown.kind == "passive" and article["title"] in answered
    assert article["url"].startswith(f"{town.runtime.settings.public_url}/h/")
    assert "?" not in article["url"], "whoever it is passed on to asked nothing"
    page = httpx2.get(article["url"])
    assert page.status_code == 200 and article["title"] in page.text
    town.platform.assert_clean()


def test_without_an_answer_before_it_says_how(bound):
    assert "先问一件事" in bound.send_text("图文").text


def test_inside_the_window_a_card_goes_by_customer_service(town, bound):
    """One message of the window; outside it the platform refuses, as with any other."""
    bound.send_text(QUESTION)
    entry = town.runtime.handbook.entry("registration/company-setup")
    reply = Reply.from_json(answers.card(entry).to_json())
    assert town.runtime.gateway.count_texts(reply) == 1
    before = bound.person.windows["user_msg"].remaining
    town.runtime.gateway.send_text(bound.openid, reply)
    assert bound.person.windows["user_msg"].remaining == before - 1
    assert bound.inbox[-1].details["article"]["title"] == entry.title


def test_what_is_written_into_a_card_cannot_leave_it(town, bound, monkeypatch):
    """Titles and first words of an entry are text: no element, no second article."""
    hostile = "a]]></Title><Url>http://x</Url><b> & \x00<"
    made = Reply(("x",), Card(hostile, hostile, "/h/a/b"))
    monkeypatch.setattr(answers, "card", lambda _entry: made)
    bound.send_text(QUESTION)
    assert bound.send_text("图文").verdict == "shown"
    article = bound.inbox[-1].details["article"]
    assert article["url"].endswith("/h/a/b") and "</Title>" in article["title"]
