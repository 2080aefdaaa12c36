"""Signed links and masked personal data (contract: /t/, /o/; PIPL 51)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import NotFound
from app.tickets.links import LIFETIME, Audience, TicketLink, officer_path, read_token, ticket_path
from app.tickets.masking import mask_name, mask_phone

KEY = b"one key"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NUMBER = "20261120-0042"


def token_of(path: str) -> str:
    return path.split("/")[2]


def test_a_link_names_the_ticket_and_its_audience() -> None:
    enterprise, officer = ticket_path(NUMBER, KEY, NOW), officer_path(NUMBER, KEY, NOW)
    assert enterprise.startswith("/t/")
    assert officer.startswith("/o/")
    assert read_token(token_of(enterprise), KEY, NOW) == TicketLink(NUMBER, Audience.ENTERPRISE)
    assert read_token(token_of(officer), KEY, NOW) == TicketLink(NUMBER, Audience.OFFICER)


def test_a_link_expires() -> None:
    token = token_of(ticket_path(NUMBER, KEY, NOW))
    assert read_token(token, KEY, NOW + LIFETIME)
    with pytest.raises(NotFound):
        read_token(token, KEY, NOW + LIFETIME + timedelta(seconds=1))


def test_no_character_of_a_link_can_be_changed() -> None:
    """Every single-character change is refused; so is another key, an empty or a foreign token."""
    token = token_of(ticket_path(NUMBER, KEY, NOW))
    genuine = read_token(token, KEY, NOW)
    for at in range(len(token)):
        for letter in "A_9.":
            changed = token[:at] + letter + token[at + 1 :]
            try:
                assert read_token(changed, KEY, NOW) == genuine  # base64 padding bits may vary harmlessly
            except NotFound:
                continue
    for foreign in ("", ".", "a.b", "令牌.令牌", token + "x", token.split(".")[0]):
        with pytest.raises(NotFound):
            read_token(foreign, KEY, NOW)
    with pytest.raises(NotFound):
        read_token(token, b"another key", NOW)


def test_an_enterprise_link_is_no_officer_link() -> None:
    """The audience is under the signature."""
    enterprise = token_of(ticket_path(NUMBER, KEY, NOW))
    officer = token_of(officer_path(NUMBER, KEY, NOW))
    mixed = officer.split(".")[0] + "." + enterprise.split(".")[1]
    with pytest.raises(NotFound):
        read_token(mixed, KEY, NOW)


@pytest.mark.parametrize(("name", "shown"), [("赵小明", "赵*"), (" 欧阳 ", "欧*"), ("", "")])
def test_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13912340001", "139****0001"),
        ("022-69590001", "022****0001"),
        ("69590001", "****01"),
        ("12", "****"),
        ("", ""),
    ],
)
def test_phones(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown
