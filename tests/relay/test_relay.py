"""The relay in front of two systems on one account: nothing is changed, nobody waits, nothing is lost."""

import importlib.util
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "deploy/relay/relay.py"
QUERY = "signature=ab%2Bc&timestamp=1&nonce=2&encrypt_type=aes&msg_signature=d"
BODY = "<xml><Encrypt><![CDATA[密文]]></Encrypt></xml>".encode()


def relay_module():
    spec = importlib.util.spec_from_file_location("relay", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


relay = relay_module()


class System:
    """One of the two systems: says always the same and keeps what it was asked."""

    def __init__(self, text: str, status: int = 200, wait_s: float = 0.0) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        system = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                system.asked.append((self.command, self.path, body))
                time.sleep(wait_s)
                self.send_response(status)
                self.send_header("Content-Type", "application/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(text.encode())))
                with suppress(BrokenPipeError):  # the relay has stopped waiting
                    self.end_headers()
                    self.wfile.write(text.encode())

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/wechat"


@contextmanager
def running(*servers: ThreadingHTTPServer) -> Iterator[None]:
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield
    for server in servers:
        server.shutdown()
        server.server_close()


def sent_through(server: ThreadingHTTPServer, body: bytes | None = BODY) -> tuple[int, str]:
    url = f"http://127.0.0.1:{server.server_address[1]}/?{QUERY}"
    try:
        with urllib.request.urlopen(url, data=body, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_query_and_body_arrive_unchanged_and_the_answer_goes_back() -> None:
    qiying = System("<xml>答</xml>")
    door = relay.serve(qiying.url)
    with running(door, qiying.server):
        assert sent_through(door) == (200, "<xml>答</xml>")
        assert sent_through(door, None) == (200, "<xml>答</xml>")
    assert qiying.asked == [("POST", f"/wechat?{QUERY}", BODY), ("GET", f"/wechat?{QUERY}", b"")]


@pytest.mark.parametrize(
    ("legacy_says", "status", "shown"),
    [("<xml>老</xml>", 200, "<xml>老</xml>"), ("success", 200, "企"), ("", 200, "企"), ("坏了", 500, "企")],
)
def test_the_old_system_answers_its_own_and_qiying_the_rest(
    legacy_says: str, status: int, shown: str
) -> None:
    qiying, legacy = System("企"), System(legacy_says, status)
    door = relay.serve(qiying.url, legacy.url, True)
    with running(door, qiying.server, legacy.server):
        assert sent_through(door) == (200, shown)


def test_a_slow_old_system_leaves_time_for_qiying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LEGACY_S", 0.2)
    qiying, legacy = System("企"), System("<xml>晚了</xml>", wait_s=5)
    door = relay.serve(qiying.url, legacy.url, True)
    with running(door, qiying.server, legacy.server):
        started = time.monotonic()
        assert sent_through(door) == (200, "企")
        assert time.monotonic() - started < 5


def test_without_an_answer_wechat_is_not_told_success() -> None:
    """So that it sends the message again."""
    nobody = System("x")
    nobody.server.server_close()
    door = relay.serve(nobody.url)
    with running(door):
        assert sent_through(door) == (503, "unavailable")


def test_a_refusal_goes_back_as_it_is() -> None:
    qiying = System("refused", 403)
    door = relay.serve(qiying.url)
    with running(door, qiying.server):
        assert sent_through(door) == (403, "refused")
