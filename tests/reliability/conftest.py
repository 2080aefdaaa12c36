"""Processes that can be killed, on SQLite and on PostgreSQL; `QIYING_CHAOS=1` (make chaos) makes every run longer."""

import json
import multiprocessing
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app.bench.traffic import Mail
from app.clock import Clock
from app.conversations.handling import MessageHandler
from app.conversations.service import Conversations
from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.districts.loader import load_profile
from app.editing.desk import Desk
from app.migrations import runner
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from bot.messages import Incoming, MessageKind
from handbook.entry import Decision, SearchResult
from handbook.service import Sources

ROOT = Path(__file__).parents[2]
CONF = ROOT / "deploy" / "nginx" / "qiying.conf"
HOST = "qiying.example.gov.cn"
STARTS_WITHIN_S = 90
IS_CHAOS = os.environ.get("QIYING_CHAOS", "") == "1"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class Server:
    """`qiying serve` as a process that can be killed and started again on the same data."""

    def __init__(self, platform: StandIn, data_dir: Path, url: str = "", *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        data_dir.mkdir(exist_ok=True)
        account = platform.account
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
        self._environment = {
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
            command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log
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
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return time.monotonic() - began

    def stop_if_running(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@pytest.fixture(scope="session")
def is_chaos() -> bool:
    """Whether this is the long form."""
    return IS_CHAOS


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

    def make(url: str = "", *arguments: str) -> Server:
        server = Server(platform, tmp_path / "data", url, *arguments)
        platform.account.callback_url = f"{server.address}/wechat"
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop_if_running()


@pytest.fixture(params=BOTH)
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/qiying.db"
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.new_database()
    yield url
    cluster.drop(url)


@pytest.fixture(params=BOTH if IS_CHAOS else ["sqlite"])
def served_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database for tests that start servers again and again: both kinds in the long form only."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/qiying.db"
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.new_database()
    yield url
    cluster.drop(url)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of either kind with every table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/qiying.db")
        runner.upgrade(made)
    else:
        made = request.getfixturevalue("cluster").new_schema()
    yield made
    made.close()


class Ignorant:
    """A handbook that knows nothing: everything becomes a ticket or belongs to one."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> None:
        return None


@dataclass
class FrontDesk:
    """Makes conversations over a database, and messages for them."""

    folder: Path

    def conversations(self, database: Database) -> Conversations:
        profile = load_profile("ninghe")
        rules = Rules(profile, packaged_calendar(), b"k" * 32)
        desk = Desk(self.folder, self.folder, profile.key, profile.handbook_variables())
        handler = MessageHandler(
            database, Ignorant(), lambda _session: rules, Clock(), "http://x", b"k" * 32, desk
        )
        return Conversations(database, handler, Clock())

    def message(self, openid: str, number: int, text: str) -> Incoming:
        return Incoming(
            "gh_1", openid, MessageKind.TEXT, datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
            f"message:{openid}:{number}", str(number), text,
        )  # fmt: skip


@pytest.fixture
def front_desk(tmp_path: Path) -> FrontDesk:
    return FrontDesk(tmp_path)


@pytest.fixture
def in_child() -> Callable[[Callable[[], Any]], tuple[int, Any]]:
    """Runs something in a forked process: its exit status (negative: the signal) and what it returned (JSON)."""

    def run(act: Callable[[], Any]) -> tuple[int, Any]:
        reading, writing = os.pipe()

        def body() -> None:
            os.close(reading)
            result = act()
            os.write(writing, json.dumps(result).encode())

        process = multiprocessing.get_context("fork").Process(target=body)
        process.start()
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read()
        process.join(120)
        assert process.exitcode is not None
        return process.exitcode, json.loads(text) if text else None

    return run


@pytest.fixture
def dies_at() -> Callable[[Database, int], None]:
    """Arms the calling process: SIGKILL just before its n-th statement of this database, the commit included."""
    from sqlalchemy import event

    def arm(database: Database, number: int) -> None:
        seen = 0

        def count(*_: object, **__: object) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        for name in ("before_cursor_execute", "commit"):
            event.listen(database.write_engine, name, count)

    return arm


ENTRY = """---
title: {title}
questions:
{questions}
unlike:
  - {title}几点开门
  - {title}旁边
  - {title}以外
keywords: [{title}]
department: 市场监管局
category: 行政许可
audience: public
kind: answer
basis:
  - {{title: 行政许可法, article: 第十二条}}
approved: {{by: 市场监管局, on: 2026-11-20}}
reviewed: 2026-11-20
---
{title}：带上身份证到窗口办，五个工作日办好，不收费。

{sections}
"""
HEADINGS = ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道", "常见问题")


def write_handbook(folder: Path) -> Sources:
    """Three matters without a fault."""
    kb = folder / "kb" / "permit"
    kb.mkdir(parents=True)
    (kb.parent / "categories.toml").write_text('[permit]\nlabel = "行政许可"\norder = 1\n', "utf-8")
    sections = "\n\n".join(f"## {heading}\n" + "按规定准备好并交到窗口。" * 6 for heading in HEADINGS)
    for number, title in enumerate(("面包店许可", "货车营运证", "砖窑厂手续")):
        asked = "\n".join(f"  - {title}怎么办理第{n}种" for n in range(12))
        text = ENTRY.format(title=title, questions=asked, sections=sections)
        (kb / f"matter{number}.md").write_text(text, "utf-8")
    return Sources(
        kb_dir=kb.parent, index_dir=folder / "index", district="ninghe", variables={"name": "宁河区"}
    )


@pytest.fixture
def small_handbook() -> Callable[[Path], Sources]:
    """Writes a handbook of three matters into a folder."""
    return write_handbook


class Proxy:
    """A running nginx with the shipped file; only addresses, files and the names of ports are its own."""

    def __init__(self, folder: Path, upstreams: list[int]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        folder.mkdir()
        key, certificate = folder / "tls.key", folder / "tls.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
             "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        text = CONF.read_text("utf-8")
        servers = "".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;\n" for port in upstreams)
        for old, new in (
            ("    server 127.0.0.1:8000 max_fails=1 fail_timeout=2s;\n", servers),
            ("    listen 80;\n    listen [::]:80;\n", f"    listen unix:{folder}/plain.sock;\n"),
            ("    listen 443 ssl;\n    listen [::]:443 ssl;\n", f"    listen 127.0.0.1:{self.port} ssl;\n"),
            ("/etc/nginx/tls/qiying.pem", str(certificate)),
            ("/etc/nginx/tls/qiying.key", str(key)),
            ("/var/log/nginx/qiying.log", str(folder / "access.log")),
        ):
            assert text.count(old) == 1, f"the shipped file has changed: {old!r}"
            text = text.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 2048; }}\nhttp {{ {temporary}\n{text}\n}}\n",
            "utf-8",
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            "nginx",
            "-p",
            str(self.folder),
            "-e",
            f"{self.folder}/error.log",
            "-c",
            f"{self.folder}/nginx.conf",
        ]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "error.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def connect(self, source: str = "127.0.0.1") -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=15, source_address=(source, 0))
        return context.wrap_socket(plain, server_hostname=HOST)

    def exchange(self, request: bytes, source: str = "127.0.0.1") -> tuple[int, float]:
        """Status and seconds of one request on its own connection."""
        began = time.monotonic()
        with self.connect(source) as line:
            line.sendall(request)
            head = line.recv(4096)
        return int(head[9:12]) if head else 0, time.monotonic() - began


@pytest.fixture
def new_proxy(tmp_path: Path) -> Iterator[Callable[[list[int]], Proxy]]:
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not on this machine")
    made: list[Proxy] = []

    def make(upstreams: list[int]) -> Proxy:
        made.append(Proxy(tmp_path / "proxy", upstreams))
        made[-1].start()
        return made[-1]

    yield make
    for proxy in made:
        proxy.stop()


@pytest.fixture
def question(platform: StandIn) -> Callable[[str], bytes]:
    """Makes a question of a person, for one connection of its own."""

    def make(openid: str) -> bytes:
        request = Mail(platform).text(openid, "营业执照丢了怎么补")
        return request.replace(b"Host: 127.0.0.1", f"Host: {HOST}\r\nConnection: close".encode())

    return make
