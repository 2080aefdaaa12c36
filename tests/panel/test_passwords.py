"""What may be a password, how it is kept, and the pure counting behind the lockout."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import AppError, Conflict, NotFound
from app.panel.accounts import create_user, reset_password
from app.panel.lockout import LOCK, WINDOW, Count, after_attempt
from app.panel.passwords import MIN_LENGTH, Passwords, generate_password, password_fault
from app.panel.roles import Role

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "short", "12345678901", "123456789012", "aaaaaaaaaaaa", "abababababab", "password2026", "Password-2026!",
        "ninghe202611", "宁河区2026112000", "政务服务办20261120", "ｐａｓｓｗｏｒｄ２０２６", "my-clerk-2026", "x" * 129,
        "!!!!####$$$$%%%%",
    ],
)  # fmt: skip
def test_guessable_passwords_are_refused(password):
    assert password_fault(password, "clerk") is not None


@pytest.mark.parametrize("password", ["南门太窄大车进不来呀真的", "correct horse battery", "k7#Vq9-zT2!m"])
def test_good_passwords_are_taken(password):
    assert password_fault(password, "clerk") is None


def test_generated_passwords_are_good_and_differ():
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(word) >= MIN_LENGTH and password_fault(word, "clerk") is None for word in made)


def test_only_an_argon2id_hash_is_kept():
    passwords = Passwords()
    stored = passwords.hash("correct horse battery")
    assert stored.startswith("$argon2id$") and "correct" not in stored
    assert passwords.matches(stored, "correct horse battery")
    assert not passwords.matches(stored, "correct horse batterz")
    assert not passwords.matches("not a hash", "correct horse battery")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")


def test_accounts(office):
    passwords = Passwords()
    fields = {"name": "", "role": Role.HUB, "password": "correct horse battery", "now": NOON}
    with office.db.transaction() as session:
        create_user(session, passwords, username="clerk", **fields)
        with pytest.raises(Conflict):
            create_user(session, passwords, username="clerk", **fields)
        for name in ("", "A", "Clerk", "a b", "x" * 40, "../x", "-x"):
            with pytest.raises(AppError):
                create_user(session, passwords, username=name, **fields)
        with pytest.raises(AppError, match="片区"):
            create_user(session, passwords, username="boss", **{**fields, "role": Role.LEADER})
        with pytest.raises(AppError, match="太短"):
            create_user(session, passwords, username="other", **{**fields, "password": "short"})
        with pytest.raises(NotFound):
            reset_password(session, passwords, username="nobody", password="correct horse battery")


def counts(steps, limit=5):
    state = None
    for gap in steps:
        state = after_attempt(state, limit=limit, now=NOON + gap)
    return state


def test_five_attempts_are_free_and_the_sixth_locks():
    assert counts([timedelta()] * 5).locked_until is None
    assert counts([timedelta()] * 6).locked_until == NOON + LOCK


def test_the_window_starts_afresh_when_it_has_passed():
    assert counts([timedelta()] * 5 + [WINDOW + timedelta(seconds=1)]).count == 1


def test_trying_while_locked_neither_helps_nor_prolongs():
    locked = Count(6, NOON, NOON + LOCK)
    assert after_attempt(locked, limit=5, now=NOON + LOCK - timedelta(seconds=1)) == locked
    assert after_attempt(locked, limit=5, now=NOON + LOCK).count == 1
