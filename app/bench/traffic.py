"""Traffic as the platform sends it: signed and encrypted before the clock starts, over connections kept open."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.demo.platform.stand_in import StandIn
from app.demo.platform.strictxml import Field

CONNECTIONS = 64
ANSWER_WITHIN_S = 30.0
_LENGTH = b"content-length:"


@dataclass
class Tally:
    """What came back. `latencies_s` of a paced run count from the moment a message was due."""

    seconds: float = 0.0
    answered: int = 0
    acknowledged: int = 0  # a bare `success`: the answer comes later or never
    failed: int = 0
    dropped: int = 0  # taken by a connection that closed without a word
    latencies_s: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages a second that got an answer or an acknowledgement."""
        return (self.answered + self.acknowledged) / self.seconds if self.seconds else 0.0

    def count(self, status: int, body: bytes, seconds: float) -> None:
        """One answer."""
        self.latencies_s.append(seconds)
        if status != 200:
            self.failed += 1
        elif body == b"success":
            self.acknowledged += 1
        else:
            self.answered += 1

    def summary(self) -> dict[str, Any]:
        """The figures of a table."""
        ordered = sorted(self.latencies_s) or [0.0]
        return {
            "messages": len(self.latencies_s),
            "failed": self.failed + self.dropped,
            "acknowledged_only": self.acknowledged,
            "per_second": round(self.rate, 1),
            **{
                f"p{name}_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
                for name, share in (("50", 0.5), ("99", 0.99), ("999", 0.999))
            },
            "slowest_ms": round(ordered[-1] * 1000, 1),
        }


class Mail:
    """Makes requests of one account. Message numbers never repeat."""

    def __init__(self, platform: StandIn) -> None:
        self._platform = platform

    def text(self, openid: str, content: str) -> bytes:
        """A whole POST of one text message, freshly signed: it is refused after five minutes."""
        number = self._platform.world.next_message_id()
        fields: list[Field] = [("MsgType", "text"), ("Content", content), ("MsgId", number)]
        document = self._platform.sender.document(openid, fields)
        return self.post(openid, document)

    def post(self, openid: str, document: str) -> bytes:
        """A whole POST of a document."""
        query, body = self._platform.sender.request(openid, document)
        head = (
            f"POST {urlsplit(self._platform.account.callback_url).path}?{urlencode(query)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def flood(
    address: str,
    requests: Iterable[bytes],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    tally: Tally | None = None,
) -> Tally:
    """As many messages as the server takes; every connection sends its next one when it has its answer.

    A connection that the server closes is not opened again; `tally` goes on with an earlier count.
    """
    return asyncio.run(_run(address, iter(requests), seconds, connections, None, tally or Tally()))


def paced(
    address: str, requests: Iterable[bytes], *, seconds: float, rate: float, connections: int = CONNECTIONS
) -> Tally:
    """`rate` messages a second, whether or not the server keeps up: waiting for a connection counts as latency."""
    return asyncio.run(_run(address, iter(requests), seconds, connections, rate, Tally()))


async def _run(
    address: str,
    requests: Iterator[bytes],
    seconds: float,
    connections: int,
    rate: float | None,
    tally: Tally,
) -> Tally:
    start = time.perf_counter()
    schedule = _Schedule(start, seconds, rate)
    await asyncio.gather(*(_line(address, requests, schedule, tally) for _ in range(connections)))
    tally.seconds = max(0.001, time.perf_counter() - start)
    return tally


class _Schedule:
    """When the next message is due: at once, or at its turn; None once the time is over."""

    def __init__(self, start: float, seconds: float, rate: float | None) -> None:
        self._end = start + seconds
        self._next = start
        self._step = 1 / rate if rate else 0.0

    async def due(self) -> float | None:
        moment = self._next if self._step else time.perf_counter()
        if moment >= self._end:
            return None
        self._next += self._step
        wait = moment - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        return moment


async def _line(address: str, requests: Iterator[bytes], schedule: _Schedule, tally: Tally) -> None:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        while (moment := await schedule.due()) is not None:
            request = next(requests, None)
            if request is None:
                return
            writer.write(request)
            try:
                status, body = await asyncio.wait_for(_answer(reader), ANSWER_WITHIN_S)
            except (ConnectionError, asyncio.IncompleteReadError):  # closed: the platform would come again
                tally.dropped += 1
                return
            tally.count(status, body, time.perf_counter() - moment)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (line[len(_LENGTH) :] for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)), b"0"
    )
    return int(head[9:12]), await reader.readexactly(int(length))
