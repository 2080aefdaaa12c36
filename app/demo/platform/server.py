"""The stand-in's HTTP server: a thread per connection, because faults need the bare socket."""

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.demo.platform.api import Api
from app.demo.platform.calls import ApiCall, RawAnswer
from app.demo.platform.errcodes import ApiError
from app.demo.platform.faults import Fault, FaultQueue
from app.demo.platform.record import Call

JSON_TYPE = "application/json; encoding=utf-8"
CONTROL = "/__control__/"
_BUSY_KEYS = {"/cgi-bin/token": "token", "/cgi-bin/stable_token": "token"}
_HTML = RawAnswer("<html><body>系统维护</body></html>".encode(), "text/html")

Control = Callable[[ApiCall], dict[str, Any]]


class PlatformServer:
    """Serves one stand-in on 127.0.0.1; `control` answers the control plane."""

    def __init__(self, api: Api, faults: FaultQueue, control: Control) -> None:
        self.api = api
        self.faults = faults
        self.control = control
        self._server: _Server | None = None

    def start(self, port: int = 0) -> int:
        """Listen (0: any free port) and return the port."""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.platform = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close the door; hanging connections die with it."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, call: ApiCall) -> dict[str, Any] | RawAnswer:
        """The answer to a well-behaved call, and the notes about callers that crowd."""
        if call.path.startswith(CONTROL):
            return self.control(call)
        with contextlib.ExitStack() as stack:
            for context in self._crowds(call):
                stack.enter_context(context)
            time.sleep(random.uniform(*self.api.world.policy.latency_s))
            return self.api.answer(call)

    def _crowds(self, call: ApiCall) -> Iterator[contextlib.AbstractContextManager[None]]:
        record = self.api.world.record
        if call.path in _BUSY_KEYS:
            yield record.alone(_BUSY_KEYS[call.path], "parallel_token_refresh")
        if call.path == "/cgi-bin/message/custom/send":
            with contextlib.suppress(ApiError):
                yield record.alone(str(call.json().get("touser")), "parallel_sends_same_user")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    platform: PlatformServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that went away are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the record has everything."""

    def _serve(self) -> None:
        platform = self.server.platform
        parts = urlsplit(self.path)
        call = ApiCall(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length") or 0)),
        )
        world = platform.api.world
        with world.lock:
            fault = None if call.path.startswith(CONTROL) else platform.faults.take(call)
        answer = self._faulty(platform, call, fault) if fault else platform.answer(call)
        if not call.path.startswith(CONTROL):
            world.record.called(_recorded(call, answer, world.clock.now()))
        if answer is None:
            self._hang_up()
        else:
            self._send(answer, seconds=fault.value if fault and fault.action == "slow_body" else 0)

    def _faulty(
        self, platform: PlatformServer, call: ApiCall, fault: Fault
    ) -> dict[str, Any] | RawAnswer | None:
        """The answer under a fault; None hangs up without one."""
        world = platform.api.world
        if fault.action == "errcode":
            return ApiError(int(fault.value)).body()
        if fault.action in ("http", "empty200", "html200"):
            status = int(fault.value) if fault.action == "http" else 200
            return RawAnswer(b"" if fault.action == "empty200" else _HTML.body, _HTML.content_type, status)
        if fault.action in ("hang", "drop"):
            time.sleep(fault.value)
            return None
        with world.lock:
            if fault.action == "expire_token":
                platform.api.tokens.expire()
            elif fault.action == "rotate_token":
                platform.api.tokens.rotate()
            elif fault.action == "quota":
                world.quota[call.path] = int(fault.value)
        answer = platform.answer(call)
        if fault.action == "process_then_hang":
            time.sleep(fault.value)
            return None
        return answer

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: dict[str, Any] | RawAnswer, *, seconds: float) -> None:
        raw = answer if isinstance(answer, RawAnswer) else _as_json(answer)
        self.send_response(raw.status)
        self.send_header("Content-Type", raw.content_type)
        self.send_header("Content-Length", str(len(raw.body)))
        for name, value in raw.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not seconds:
            self.wfile.write(raw.body)
            return
        for index in range(len(raw.body)):
            self.wfile.write(raw.body[index : index + 1])
            self.wfile.flush()
            time.sleep(seconds / len(raw.body))


def _as_json(value: dict[str, Any]) -> RawAnswer:
    return RawAnswer(json.dumps(value, ensure_ascii=False).encode(), JSON_TYPE)


def _recorded(call: ApiCall, answer: dict[str, Any] | RawAnswer | None, at: Any) -> Call:
    raw = _as_json(answer) if isinstance(answer, dict) else answer
    return Call(
        method=call.method,
        path=call.path,
        query=call.query,
        headers=call.headers,
        body=call.body,
        at=at,
        status=raw.status if raw else 0,
        answer=raw.body if raw else b"",
    )
