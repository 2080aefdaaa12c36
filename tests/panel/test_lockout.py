"""Guessing passwords: locks that last longer each time, and an answer that costs the same whoever is named
(reliability §4.2 case 6)."""

import re
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select

from app.clock import SHANGHAI
from app.panel import lockout
from app.panel.accounts import find_user
from app.panel.lockout import (
    LOCK,
    LONGEST_LOCK,
    MAX_PER_ADDRESS,
    MAX_PER_PAIR,
    Count,
    after_attempt,
    wait_text,
)
from app.panel.models import LoginFailure, User

START = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
WRONG = "wrong wrong wrong"


def locked_again(before: Count | None, now: datetime) -> Count:
    """One try more than are allowed, all at once."""
    for _ in range(MAX_PER_PAIR + 1):
        before = after_attempt(before, limit=MAX_PER_PAIR, now=now)
    assert before is not None and before.locked_until is not None
    return before


def test_every_lock_in_a_row_lasts_twice_as_long_up_to_four_hours():
    now, count, lasted = START, None, []
    for _ in range(6):
        count = locked_again(count, now)
        lasted.append((count.locked_until - now) // timedelta(minutes=1))
        now = count.locked_until
    assert lasted == [15, 30, 60, 120, 240, 240]


def test_trying_on_during_a_lock_changes_nothing():
    count = locked_again(None, START)
    assert after_attempt(count, limit=MAX_PER_PAIR, now=START + timedelta(minutes=14)) == count


def test_after_a_day_the_first_lock_is_short_again():
    count = locked_again(locked_again(None, START), START + LOCK)
    later = START + LOCK + timedelta(days=1, seconds=1)
    assert locked_again(count, later).locked_until == later + LOCK


def test_a_lock_longer_than_any_was_set_by_a_clock_that_ran_ahead():
    assert lockout.is_locked(START + LONGEST_LOCK, START)
    assert not lockout.is_locked(START + LONGEST_LOCK + timedelta(seconds=1), START)


def test_an_office_behind_one_address_never_waits_longer_than_the_first_time(office):
    now = START
    for _ in range(3):
        with office.db.transaction() as session:
            for n in range(MAX_PER_ADDRESS + 1):
                until = lockout.count_attempt(session, username=f"name{n}", address="198.51.100.7", now=now)
        assert until == now + LOCK
        now = until


def test_a_success_makes_the_next_lock_short_again(office):
    def lock(now):
        with office.db.transaction() as session:
            for _ in range(MAX_PER_PAIR + 1):
                until = lockout.count_attempt(session, username="hub", address="203.0.113.9", now=now)
        return until - now

    assert [lock(START), lock(START + LOCK)] == [LOCK, 2 * LOCK]
    with office.db.transaction() as session:
        lockout.forget_failures(session, username="hub", address="203.0.113.9")
    assert lock(START + 4 * LOCK) == LOCK


def test_an_office_that_comes_in_through_one_address_of_a_morning_is_not_locked_out(office):
    """Whoever knows the password gives the address its attempt back; the guesses between them stay counted."""

    def attempt(name: str, *, knows: bool) -> datetime | None:
        with office.db.transaction() as session:
            until = lockout.count_attempt(session, username=name, address="198.51.100.8", now=START)
            if until is None and knows:
                lockout.forget_failures(session, username=name, address="198.51.100.8")
        return until

    for n in range(MAX_PER_ADDRESS + 10):
        assert attempt(f"clerk{n}", knows=True) is None
    for n in range(MAX_PER_ADDRESS):
        assert attempt("clerk", knows=True) is None
        assert attempt(f"guess{n}", knows=False) is None
    assert attempt("guess", knows=False) == START + LOCK


@pytest.mark.parametrize(
    ("left", "words"),
    [(timedelta(seconds=3), "1 分钟"), (timedelta(minutes=14, seconds=59), "15 分钟"), (timedelta(minutes=60), "60 分钟"),
     (timedelta(minutes=119), "2 小时"), (timedelta(hours=4), "4 小时")],
)  # fmt: skip
def test_the_page_says_how_long(left, words):
    assert wait_text(START + left, START) == words


def test_the_login_page_says_that_the_second_lock_takes_longer(office):
    browser = office.guest()
    for _ in range(MAX_PER_PAIR + 1):
        page = guess(browser, "hub")
    assert "15 分钟后" in page
    with office.db.transaction() as session:
        for row in session.exec(select(LoginFailure).where(LoginFailure.locks > 0)):
            row.locked_until = row.since
    for _ in range(MAX_PER_PAIR + 1):
        page = guess(browser, "hub")
    assert "30 分钟后" in page


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hash of every verification that argon2 does, in order: this is nearly all the time a login takes."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def noting(self, stored, password):
        seen.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    return seen


def test_unknown_closed_and_known_accounts_cost_one_verification_of_the_same_size(office, verified):
    """Nobody learns from the time of the answer which accounts exist."""
    with office.db.transaction() as session:
        session.exec(select(User).where(col(User.username) == "editor")).one().is_active = False
    for name in ("hub", "nobody-here", "editor"):
        guess(office.guest(), name)
    assert len(verified) == 3
    sizes = {re.match(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$", stored)[0] for stored in verified}
    assert len(sizes) == 1
    with office.db.reading() as session:
        assert verified[0] == find_user(session, "hub").password_hash


@pytest.mark.parametrize("name", ["hub", "nobody-here"])
def test_a_locked_login_costs_no_verification_whether_the_account_exists_or_not(office, verified, name):
    browser = office.guest()
    for _ in range(MAX_PER_PAIR + 3):
        guess(browser, name)
    assert len(verified) == MAX_PER_PAIR


def guess(browser, username):
    """The page after a wrong password."""
    page = browser.client.get("/admin/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    data = {"csrf_token": token, "username": username, "password": WRONG}
    return browser.client.post("/admin/login", data=data).text
