"""How many signed, encrypted messages a server answers, beside the same server with a fixed text.

The yardstick runs between the parts, so that a busy moment of the machine hits both. Each part is also paced
at half of its own rate: the latency of a server that is not at its limit.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench import fixed, questions, traffic
from app.bench.process import Served, serving
from app.bench.synthetic import Pool
from app.settings import Settings

PEOPLE = 2000
MOST_PER_SECOND = 4000


@dataclass(frozen=True)
class Part:
    """One kind of traffic: its words, its goals, and whether everybody writes only once."""

    words: Callable[[Pool, int], Iterator[str]]
    least_share: float
    most_p99_ms: float
    by_new_people: bool = False


PARTS: Mapping[str, Part] = {
    "repeated": Part(questions.repeated, 0.25, 150),
    "new": Part(questions.new, 0.15, 150),
    "ticket": Part(questions.emergencies, 0.12, 300, by_new_people=True),
}


def web_figures(
    settings: Settings,
    pool: Pool,
    *,
    seconds: float,
    connections: int = traffic.CONNECTIONS,
    tell: Callable[[str], None],
    extra: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Rates, their share of the yardstick's, latencies at half rate, processor time a message. About a minute and more."""
    with ExitStack() as stack:
        own, plain = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qiying-bench-"))) for _ in "ab"
        )
        server = stack.enter_context(serving(settings, own, extra=extra))
        yardstick = stack.enter_context(serving(settings, plain, program=fixed.PROGRAM, arguments=()))
        server.first_answer_s()
        server.full_answers_s()
        yardstick.full_answers_s()
        load = _Load(pool, seconds, connections)
        load.flooded(server, PARTS["new"], seed=0, seconds=min(3.0, seconds))  # warm
        rows: dict[str, Any] = {}
        before = load.flooded(yardstick, PARTS["repeated"], seed=1)
        for name, part in PARTS.items():
            tell(f"{name}：{seconds:.0f} 秒")
            row = load.flooded(server, part, seed=2)
            after = load.flooded(yardstick, part, seed=3)
            rows[name] = _beside(row, before, after, part)
            tell(f"{name}：一半速率")
            rows[name]["at_half_rate"] = load.paced(server, part, rate=row["per_second"] / 2)
            before = after
        return rows


def _beside(row: dict[str, Any], before: dict[str, Any], after: dict[str, Any], part: Part) -> dict[str, Any]:
    """A part with the yardstick's mean before and after it."""
    rate = (before["per_second"] + after["per_second"]) / 2
    processor = (before["processor_ms"] + after["processor_ms"]) / 2
    return row | {
        "fixed_per_second": round(rate, 1),
        "share_of_fixed": round(row["per_second"] / rate, 3),
        "share_by_processor": round(processor / row["processor_ms"], 3),
        "goal_share": part.least_share,
        "goal_p99_ms_at_half": part.most_p99_ms,
    }


class _Load:
    """Makes the messages and sends them."""

    def __init__(self, pool: Pool, seconds: float, connections: int) -> None:
        self._pool = pool
        self._seconds = seconds
        self._connections = connections
        self._asked = 0

    def flooded(self, server: Served, part: Part, *, seed: int, seconds: float = 0.0) -> dict[str, Any]:
        """As fast as it goes; the messages are made in advance, so that signing does not slow the client."""
        seconds = seconds or self._seconds
        prepared = list(self._messages(server, part, seed, int(seconds * self._ceiling(part))))
        used = server.processor_s()
        tally = traffic.flood(server.address, prepared, seconds=seconds, connections=self._connections)
        row = tally.summary()
        row["processor_ms"] = round((server.processor_s() - used) * 1000 / max(1, row["messages"]), 3)
        return row

    def paced(self, server: Served, part: Part, *, rate: float) -> dict[str, Any]:
        """At a fixed rate."""
        prepared = list(self._messages(server, part, 9, int(self._seconds * rate) + 1))
        tally = traffic.paced(
            server.address, prepared, seconds=self._seconds, rate=rate, connections=self._connections
        )
        return tally.summary()

    def _ceiling(self, part: Part) -> int:
        return MOST_PER_SECOND // 4 if part.by_new_people else MOST_PER_SECOND

    def _messages(self, server: Served, part: Part, seed: int, count: int) -> Iterator[bytes]:
        mail = traffic.Mail(server.platform)
        words = part.words(self._pool, seed)
        for number in range(count):
            self._asked += 1
            person = f"new-{self._asked}" if part.by_new_people else f"bench-{number % PEOPLE}"
            yield mail.text(person, next(words))
