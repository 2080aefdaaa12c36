"""Whose address counts: what a trusted proxy names, and nothing that anybody else writes (reliability 4.2 case 12)."""

import http.client
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.clock import real_now
from app.db import Database
from app.limits.addresses import UNVERIFIED
from app.migrations import runner
from app.panel.accounts import create_user
from app.panel.passwords import Passwords
from app.panel.roles import Role

PROXY, STRANGER = "127.0.0.2", "127.0.0.3"


class Door:
    """A server that trusts one proxy; `ask` knocks from any address of this machine."""

    def __init__(self, port: int, database: Database) -> None:
        self.port = port
        self.database = database

    def ask(
        self, source: str, forwarded: str, method: str, path: str, cookie: str = "", **fields: str
    ) -> tuple[int, str, str]:
        """Status, text and cookie of the answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        headers = {"X-Forwarded-For": forwarded, "Cookie": cookie}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, urlencode(fields) if fields else None, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        return answer.status, text, (answer.getheader("set-cookie") or "").split(";")[0]

    def seen(self, source: str, forwarded: str) -> str:
        """The address that the trail holds for somebody who mistypes a password."""
        _, page, cookie = self.ask(source, forwarded, "GET", "/admin/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        status, _, _ = self.ask(
            source, forwarded, "POST", "/admin/login", cookie,
            csrf_token=token[1], username="test-clerk", password="not this one",
        )  # fmt: skip
        assert status == 401
        with self.database.reading() as session:
            return session.exec(select(AuditRow.address).order_by(col(AuditRow.id).desc())).first() or ""


@pytest.fixture
def door(
    new_server: Callable[..., Any], small_handbook: Callable[[Path], Any], tmp_path: Path
) -> Iterator[Door]:
    """`qiying serve` with QIYING_TRUSTED_PROXIES and one account."""
    url = f"sqlite:///{tmp_path}/qiying.db"
    database = Database(url)
    runner.upgrade(database)
    with database.transaction() as session:
        create_user(
            session, Passwords(), username="test-clerk", name="测试员", role=Role.HUB,
            password="lutai-qiaobei-17", now=real_now(),
        )  # fmt: skip
    folder = str(small_handbook(tmp_path / "shipped").kb_dir)
    server = new_server(url, "--no-worker", QIYING_TRUSTED_PROXIES=PROXY, QIYING_KB_DIR=folder)
    server.start()
    yield Door(server.port, database)
    server.stop()
    database.close()


def test_only_the_trusted_proxy_names_addresses(door: Door) -> None:
    """The trail's «from where», and the limit per address: neither can be steered by a header."""
    assert door.seen(PROXY, "198.51.100.7") == "198.51.100.7"
    assert door.seen(PROXY, "10.9.9.9, 198.51.100.8") == "198.51.100.8", "what came before was only claimed"
    assert door.seen(PROXY, f"198.51.100.9, {PROXY}") == "198.51.100.9"
    assert door.seen(STRANGER, "198.51.100.7") == STRANGER
    assert door.seen(STRANGER, f"1.2.3.4, {PROXY}") == STRANGER

    def knocks(source: str, forwarded: Callable[[int], str]) -> list[int]:
        return [
            door.ask(source, forwarded(number), "GET", "/wechat")[0]
            for number in range(UNVERIFIED.capacity + 4)
        ]

    assert 429 in knocks(STRANGER, lambda number: f"203.0.113.{number}"), "a new name for each knock"
    assert 429 not in knocks(PROXY, lambda number: f"203.0.113.{number}"), "different people behind the proxy"
    assert 429 in knocks(PROXY, lambda number: f"10.0.0.{number}, 198.51.100.66"), (
        "one person, chains made up"
    )
