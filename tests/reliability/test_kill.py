"""SIGKILL in the middle of traffic: nothing acknowledged is lost, nothing happens twice (reliability test 3)."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.demo.platform.callbacks import Sent
from app.demo.platform.phone import Phone
from app.demo.platform.stand_in import StandIn

ROOT = Path(__file__).parents[2]
PEOPLE = 200
SENDERS = 16
KILLS = 4
STARTS_WITHIN_S = 60
# An emergency always becomes a ticket, whatever the handbook says.
WORDS = "厂里着火了"


class Server:
    """`qiying serve` as a process that can be killed and started again on the same data."""

    def __init__(self, platform: StandIn, data_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        account = platform.account
        self._environment = {
            **os.environ,
            "QIYING_DEMO": "",
            "QIYING_DATA_DIR": str(data_dir),
            "QIYING_KB_DIR": str(ROOT / "kb"),
            "QIYING_WECHAT_APP_ID": account.app_id,
            "QIYING_WECHAT_APP_SECRET": account.secret,
            "QIYING_WECHAT_TOKEN": account.token,
            "QIYING_WECHAT_ENCODING_AES_KEY": account.aes_key,
            "QIYING_WECHAT_ORIGINAL_ID": account.original_id,
            "QIYING_WECHAT_API_BASE_URL": platform.base_url,
        }
        self._environment.pop("QIYING_DEMO")
        self._log = (data_dir / "serve.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-c",
            "from app.cli.entry import run; run()",
            "serve",
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self.is_up():
                return
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def sends_when_up(self, phone: Phone) -> Sent:
        """People do not queue up at a closed door: only messages under way meet the kill."""
        while not self.is_up():
            time.sleep(0.05)
        return phone.send_text(WORDS)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture
def platform() -> Iterator[StandIn]:
    standing = StandIn()
    standing.start()
    yield standing
    standing.stop()


@pytest.mark.slow
def test_killed_in_traffic_nothing_acknowledged_is_lost_or_doubled(platform: StandIn, tmp_path: Path) -> None:
    server = Server(platform, tmp_path)
    platform.account.callback_url = f"http://127.0.0.1:{server.port}/wechat"
    server.start()
    phones = [platform.user(f"oKill{n:04d}") for n in range(PEOPLE)]
    started = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(server.sends_when_up, phone) for phone in phones]
        for number in range(KILLS):
            time.sleep(0.15 + 0.11 * number)
            server.kill()
            server.start()
        results: list[Sent] = [future.result() for future in sending]
    elapsed = time.monotonic() - started
    server.stop()
    acknowledged = {sent.message.openid for sent in results if sent.verdict in ("shown", "silent")}
    tickets = Counter(tickets_by_person(tmp_path / "qiying.db"))
    print(f"acknowledged {len(acknowledged)}/{PEOPLE}, tickets {sum(tickets.values())}, {elapsed:.1f} s")
    assert acknowledged - set(tickets) == set(), "acknowledged, but lost"
    assert [person for person, count in tickets.items() if count > 1] == [], "a second ticket"
    assert len(acknowledged) >= PEOPLE // 2, "the run proves little if most messages were given up"
    assert integrity(tmp_path / "qiying.db") == "ok"


def tickets_by_person(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        return [row[0] for row in connection.execute("SELECT openid FROM ticket")]


def integrity(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
