"""A running nginx with the shipped file."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reliability.servers import HOST

CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "qiying.conf"


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
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "error.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def connect(self, source: str = "127.0.0.1") -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0))
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
