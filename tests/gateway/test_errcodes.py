"""The error table: every code the platform is known to send has a reaction; an unknown one is loud."""

import pytest

from app.demo.platform.errcodes import MESSAGES
from app.outbox.retry import ErrorKind
from app.wechat import errcodes

SENDING = (
    -1, 40001, 40003, 40013, 40014, 40037, 40125, 40164, 40243, 41001, 42001, 43004, 43019, 43101, 44002, 44004,
    45002, 45008, 45009, 45011, 45015, 45047, 46003, 47001, 47003, 48001, 48002, 48004, 50002, 50005, 65320,
    40029, 40163,
)  # fmt: skip


@pytest.mark.parametrize("code", SENDING)
def test_known_code_has_a_reaction(code: int) -> None:
    assert code in errcodes.REACTIONS


def test_unknown_code_raises_an_alarm() -> None:
    reaction = errcodes.reaction(99999)
    assert reaction.kind is ErrorKind.UNEXPLAINED and reaction.is_alarming


@pytest.mark.parametrize("code", [40001, 40164, 48001, 48004, 50002, 47003, 40037, 45009])
def test_what_a_person_must_put_right_raises_an_alarm(code: int) -> None:
    assert errcodes.reaction(code).is_alarming


@pytest.mark.parametrize("code", [43004, 48002, 45015, 45047, 40003, -1, 45011])
def test_everyday_codes_do_not(code: int) -> None:
    assert not errcodes.reaction(code).is_alarming


def test_codes_are_numbers_the_stand_in_can_play() -> None:
    playable = set(MESSAGES) | {40033, 50005, 45065}
    assert set(errcodes.REACTIONS) <= playable
