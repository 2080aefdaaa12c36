"""The shipped nginx configuration in front of real servers: slow clients and a rolling restart (tests 21 and 23)."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bench.traffic import Mail
from app.demo.platform.stand_in import StandIn

CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "qiying.conf"
SLOW = {"quick": 60, "chaos": 500}
HOST = "qiying.example.gov.cn"


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


def question(platform: StandIn, openid: str) -> bytes:
    request = Mail(platform).text(openid, "营业执照丢了怎么补")
    return request.replace(b"Host: 127.0.0.1", f"Host: {HOST}\r\nConnection: close".encode())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_slow_clients_hold_up_nobody_and_two_processes_take_turns(
    platform: StandIn, new_server: Callable[..., Any], new_proxy: Any, cluster: Any, is_chaos: bool
) -> None:
    """Dribbled heads and bodies wait at the proxy; a process that ends hands its messages to the other one."""
    url = cluster.new_database()
    servers = [new_server(url), new_server(url, "--no-worker")]
    servers[0].start()
    servers[1].start()
    proxy = new_proxy([server.port for server in servers])
    platform.account.callback_url = f"{servers[0].address}/wechat"
    assert proxy.exchange(question(platform, "oWarm"))[0] == 200
    quiet = [proxy.exchange(question(platform, f"oQuiet{n}")) for n in range(20)]
    over = threading.Event()
    dribbling = [
        threading.Thread(target=dribble, args=(proxy, n, over))
        for n in range(SLOW["chaos" if is_chaos else "quick"])
    ]
    for thread in dribbling:
        thread.start()
    time.sleep(0.5)
    crowded = [proxy.exchange(question(platform, f"oCrowd{n}")) for n in range(40)]
    too_much = proxy.exchange(
        b"POST /wechat HTTP/1.1\r\nHost: %s\r\nContent-Length: 10000000\r\n\r\nx" % HOST.encode(), "127.0.0.3"
    )
    over.set()
    for thread in dribbling:
        thread.join()
    rolled: list[tuple[int, float]] = []
    done = threading.Event()

    def keep_asking() -> None:
        number = 0
        while not done.is_set():
            number += 1
            rolled.append(proxy.exchange(question(platform, f"oRoll{number}")))

    asking = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in asking:
        thread.start()
    ended = []
    for server in servers:
        time.sleep(0.5)
        ended.append(server.stop())
        server.start()
    time.sleep(0.5)
    done.set()
    for thread in asking:
        thread.join()
    slowest = sorted(seconds for _, seconds in crowded)[-1]
    print(
        f"{len(dribbling)} slow clients: slowest of {len(crowded)} answers {slowest:.2f} s "
        f"(without them {max(seconds for _, seconds in quiet):.2f} s); restarts took {max(ended):.1f} s to end, "
        f"{len(rolled)} requests meanwhile, {sum(status != 200 for status, _ in rolled)} failed"
    )
    assert {status for status, _ in crowded} == {200}
    assert too_much[0] == 413
    assert [status for status, _ in rolled if status != 200] == []
    assert max(ended) <= 10
    cluster.drop(url)


def dribble(proxy: Proxy, number: int, over: threading.Event) -> None:
    """One byte at a time from an address of its own, head or body, until the proxy has had enough."""
    source = f"127.0.0.{10 + number % 200}"
    try:
        with proxy.connect(source) as line:
            head = f"POST /wechat HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\n".encode()
            if number % 2:
                line.sendall(head)
            while not over.is_set():
                line.sendall(b"x" if number % 2 else b"P")
                time.sleep(0.3)
    except OSError:
        return
