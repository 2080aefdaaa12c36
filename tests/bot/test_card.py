"""Which entries offer themselves as a card, and what the card shows (B8)."""

from dataclasses import replace

from bot import answers
from bot.messages import Reply, Tap
from handbook.entry import Entry, Kind, Section

PLAIN = Entry(
    id="permit/food", title="食品经营许可证怎么办", questions=(), unlike=(), keywords=(), department="市场监管局",
    category="", kind=Kind.ANSWER, audience="public", summary="先领执照。", sections=(), internal_notes="", basis=(),
    reviewed=None, review_every=180, related=(),
)  # fmt: skip
DRAWN = replace(PLAIN, sections=(Section("步骤", "看图：\n![三步办证](_images/three-steps.png)"),))


def says(reply: Reply) -> list[str]:
    return [part.say for part in reply.parts if isinstance(part, Tap)]


def test_an_entry_with_a_picture_offers_its_card() -> None:
    assert "图文" in says(answers.answer(DRAWN)) and "图文" not in says(answers.answer(PLAIN))


def test_the_card_shows_the_first_picture_and_the_approved_words() -> None:
    card = answers.card(DRAWN).card
    assert card is not None
    assert (card.title, card.description) == (PLAIN.title, PLAIN.summary)
    assert (card.path, card.picture) == ("/h/permit/food", "/h-images/permit/food/three-steps.png")
    assert answers.card(PLAIN).card == replace(card, picture="")


def test_a_card_survives_the_outbox() -> None:
    reply = answers.card(DRAWN)
    assert Reply.from_json(reply.to_json()) == reply


def test_entries_for_staff_have_no_page_to_pass_on() -> None:
    assert not answers.has_page(replace(DRAWN, audience="officer"))
