"""A refusal that did not read the body still arrives (contract: every bad input gets a clear message)."""

import http.client
import time
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app import unread_bodies
from app.unread_bodies import HearOut
from tests.served import served

LARGE = bytes(12 << 20)


def refusing(status: int = 413, **headers: str):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("图片太大", status, headers=headers)(scope, receive, send)

    return app


def sent(address: str, body: bytes) -> tuple[int, str]:
    """As a program without keep-alive sends it: all of the body, then it listens."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        line.request("POST", "/", body, {"Connection": "close"})
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def test_a_refusal_reaches_a_sender_who_is_still_sending() -> None:
    with served(HearOut(refusing())) as address:
        assert [sent(address, LARGE) for _ in range(3)] == [(413, "图片太大")] * 3


def test_an_answer_that_hangs_up_on_purpose_does(monkeypatch) -> None:
    """The callback reads no more of what is hostile."""
    heard: list[int] = []
    monkeypatch.setattr(unread_bodies, "_drop", lambda _receive: heard.append(1))
    with served(HearOut(refusing(429, Connection="close"))) as address:
        assert sent(address, b"x" * 10)[0] == 429
    assert heard == []


def test_too_much_is_told_so_even_where_the_answer_hangs_up() -> None:
    """Protocol case 25: 20 MiB at the callback are answered 413, not with a broken connection."""
    with served(HearOut(refusing(Connection="close"))) as address:
        assert [sent(address, LARGE) for _ in range(3)] == [(413, "图片太大")] * 3


def test_a_body_without_an_end_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(unread_bodies, "LONGEST_S", 0.3)
    with served(HearOut(refusing())) as address:
        line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        line.putrequest("POST", "/")
        line.putheader("Content-Length", "1000000")
        line.endheaders(b"x")
        began = time.monotonic()
        answer = line.getresponse()
        assert (answer.status, answer.read().decode()) == (413, "图片太大")
        assert time.monotonic() - began < 10
        line.close()
