"""Numbers in links: nobody makes one up, and one kind's do not pass for another's."""

import pytest

from app.signed import read_signed, signed

KEY = b"a signing key for tests only...."


def test_a_signed_number_is_read_back() -> None:
    assert read_signed("answer", signed("answer", 12, KEY), KEY) == 12


@pytest.mark.parametrize("token", ["", "12", "12.", "x.1", "１２.0", "9999999999999.0", "12.0a1b"])
def test_what_was_not_signed_is_nothing(token: str) -> None:
    assert read_signed("answer", token, KEY) is None


def test_neither_another_number_kind_nor_key_passes() -> None:
    token = signed("answer", 12, KEY)
    assert read_signed("answer", "13" + token[2:], KEY) is None
    assert read_signed("policy", token, KEY) is None
    assert read_signed("answer", token, b"another") is None
