"""`qiying serve` as a process that can be killed and started again, and questions for it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app.bench.traffic import Mail
from app.demo.platform.stand_in import StandIn

ROOT = Path(__file__).parents[2]
HOST = "qiying.example.gov.cn"
STARTS_WITHIN_S = 90


class Server:
    """`qiying serve` as a process that can be killed and started again on the same data."""

    root = ROOT

    def __init__(
        self, platform: StandIn, data_dir: Path, url: str = "", *arguments: str, **environment: str
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        data_dir.mkdir(exist_ok=True)
        account = platform.account
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
        self.environment = {
            **kept,
            "QIYING_DATABASE_URL": url,
            "QIYING_DATA_DIR": str(data_dir),
            "QIYING_KB_DIR": str(ROOT / "kb"),
            "QIYING_SECRET_KEY": "k" * 48,
            "QIYING_WECHAT_APP_ID": account.app_id,
            "QIYING_WECHAT_APP_SECRET": account.secret,
            "QIYING_WECHAT_TOKEN": account.token,
            "QIYING_WECHAT_ENCODING_AES_KEY": account.aes_key,
            "QIYING_WECHAT_ORIGINAL_ID": account.original_id,
            "QIYING_WECHAT_API_BASE_URL": platform.base_url,
            **environment,
        }
        self._arguments = arguments
        self._log = (data_dir / "serve.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Seconds until the port is open."""
        code = "from app.cli.entry import run; run()"
        command = [sys.executable, "-c", code, "serve", "--port", str(self.port), *self._arguments]
        began = time.monotonic()
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log
        )
        while time.monotonic() < began + STARTS_WITHIN_S:
            if self.is_up():
                return time.monotonic() - began
            assert self.process.poll() is None, "the server ended while starting: see serve.log"
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def is_ready(self) -> bool:
        with suppress(URLError, OSError), urlopen(f"{self.address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """Ask it to end; seconds until it has."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return time.monotonic() - began

    def stop_if_running(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@pytest.fixture
def platform() -> Iterator[StandIn]:
    standing = StandIn()
    standing.start()
    yield standing
    standing.stop()


@pytest.fixture
def new_server(platform: StandIn, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers on one account and one data folder; all are gone after the test."""
    made: list[Server] = []

    def make(url: str = "", *arguments: str, **environment: str) -> Server:
        server = Server(platform, tmp_path / "data", url, *arguments, **environment)
        platform.account.callback_url = f"{server.address}/wechat"
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop_if_running()


@pytest.fixture
def question(platform: StandIn) -> Callable[[str], bytes]:
    """Makes a question of a person, for one connection of its own."""

    def make(openid: str) -> bytes:
        request = Mail(platform).text(openid, "营业执照丢了怎么补")
        return request.replace(b"Host: 127.0.0.1", f"Host: {HOST}\r\nConnection: close".encode())

    return make
