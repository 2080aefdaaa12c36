"""One HTTP request over a bare socket: the deadline counts from the first byte of the connection to the
last of the answer, which no client library promises."""

import io
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.parse import urlsplit

CHUNK = 65_536
MAX_ANSWER = 1 << 20


@dataclass(frozen=True)
class HttpAnswer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class TooLateError(Exception):
    """The deadline passed before the answer was complete."""


class UnreachableError(Exception):
    """No connection, or it broke before the answer was complete."""


def exchange(
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | Iterable[bytes] = b"",
    timeout_s: float,
    on_late: Callable[[], None] | None = None,
) -> HttpAnswer:
    """Send and wait; raise TooLateError or UnreachableError.

    An iterable body is sent chunked, without a length. With `on_late` it is called at the deadline and
    the connection stays open as long again: what then arrives is returned all the same.
    """
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout_s
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout_s) as connection:
            _send(connection, method, parts.netloc, f"{parts.path}?{parts.query}", headers or {}, body)
            try:
                raw = _received(connection, deadline)
            except TimeoutError:
                if on_late is None:
                    raise TooLateError from None
                on_late()
                raw = _received(connection, deadline + 2 * timeout_s)
    except TimeoutError as error:
        raise TooLateError from error
    except OSError as error:
        raise UnreachableError from error
    return _parsed(raw, method)


def _send(
    connection: socket.socket,
    method: str,
    host: str,
    target: str,
    headers: dict[str, str],
    body: bytes | Iterable[bytes],
) -> None:
    length = f"Content-Length: {len(body)}" if isinstance(body, bytes) else "Transfer-Encoding: chunked"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", length]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    try:
        if isinstance(body, bytes):
            connection.sendall(body)
            return
        for chunk in body:
            connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        return  # refused while sending: the answer may be there already


def _received(connection: socket.socket, deadline: float) -> bytes:
    """Everything until the other side closes, as `Connection: close` asks it to."""
    raw = bytearray()
    while len(raw) < MAX_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        try:
            chunk = connection.recv(CHUNK)
        except ConnectionResetError:
            break
        if not chunk:
            break
        raw += chunk
    return bytes(raw)


class _Replay:
    """Received bytes in the shape that http.client reads from."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _parsed(raw: bytes, method: str) -> HttpAnswer:
    response = HTTPResponse(cast(socket.socket, _Replay(raw)), method=method)
    try:
        response.begin()
        body = response.read()
    except (HTTPException, OSError, ValueError) as error:
        raise UnreachableError from error
    return HttpAnswer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
