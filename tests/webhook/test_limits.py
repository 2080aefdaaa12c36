"""Unverified requests are limited by address, verified ones never (design §3: WeChat's own addresses)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from fastapi import FastAPI
from sqlmodel import func, select

from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.limits.addresses import AddressLimiter, address_key
from app.limits.bucket import Rate
from app.limits.models import AddressBucket
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FEW = Rate(5)


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    database = blank_database(tmp_path / "t.db")
    yield database
    database.close()


class Times:
    """A clock of the test's own."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return (self.now - NOW).total_seconds()


def test_a_stranger_is_sent_away_and_the_platform_is_not(db, recording_receive, running) -> None:
    """Both come from the same address, as behind a proxy that hides it."""
    platform = StandIn()
    account = platform.account
    gatekeeper = Gatekeeper(Credentials(account.app_id, account.token, account.aes_key))
    limiter = AddressLimiter(db, "wechat", FEW)
    app = FastAPI()
    app.include_router(webhook_router(gatekeeper, recording_receive, 2.0, has_had_enough=limiter.refuse))
    url = running(app)
    account.callback_url = f"{url}/wechat"
    codes = [requests.post(f"{url}/wechat", data="<xml/>", timeout=30).status_code for _ in range(8)]
    assert codes == [403] * 5 + [429] * 3
    assert requests.get(f"{url}/wechat", timeout=30).status_code == 429
    phone = platform.user("oEverybody")
    for number in range(10):
        phone.send_text(f"第{number}句")
    assert len(recording_receive.received) == 10
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(AddressBucket)).one() == 1


def test_processes_share_one_count(db) -> None:
    times = Times()
    first, second = (
        AddressLimiter(db, "wechat", FEW, now=times, monotonic=times.monotonic) for _ in range(2)
    )
    assert [first.refuse("10.0.0.1") for _ in range(3)] == [False] * 3
    assert [second.refuse("10.0.0.1") for _ in range(3)] == [False, False, True]
    assert first.refuse("10.0.0.1") and not first.refuse("10.0.0.2")


def test_a_flood_writes_nothing_more_once_the_bucket_is_empty(db, monkeypatch) -> None:
    times = Times()
    limiter = AddressLimiter(db, "wechat", FEW, now=times, monotonic=times.monotonic)
    for _ in range(6):
        limiter.refuse("10.0.0.1")
    monkeypatch.setattr(db, "transaction", None)
    assert all(limiter.refuse("10.0.0.1") for _ in range(1000))


def test_it_flows_back(db) -> None:
    times = Times()
    limiter = AddressLimiter(db, "wechat", FEW, now=times, monotonic=times.monotonic)
    for _ in range(6):
        limiter.refuse("10.0.0.1")
    times.now += timedelta(seconds=61)
    assert [limiter.refuse("10.0.0.1") for _ in range(6)] == [False] * 5 + [True]


def test_an_ipv6_network_counts_as_one_and_no_address_is_stored(db) -> None:
    assert address_key("a", "2001:db8::1") == address_key("a", "2001:db8::ffff")
    assert address_key("a", "10.0.0.1") != address_key("b", "10.0.0.1")
    AddressLimiter(db, "a").refuse("10.9.8.7")
    with db.reading() as session:
        assert "10.9" not in session.exec(select(AddressBucket.key)).one()
