"""What happened, for assertions: calls, callback deliveries, lints, counters."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clock import Clock

TOKEN_CALLS_PER_HOUR = 20


@dataclass
class Call:
    """One request to the API and how it was answered."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    status: int = 0
    answer: bytes = b""


@dataclass
class Delivery:
    """One attempt to bring one message to the callback. `outcome`: silent, shown, timeout, late,
    unreachable, http_<status> or invalid_<why>; `text` is the reply as a person would read it."""

    number: int
    openid: str
    query: Mapping[str, str]
    body: bytes
    at: datetime
    status: int = 0
    answer: bytes = b""
    latency_s: float = 0.0
    outcome: str = ""
    reply: str = ""
    text: str = ""


@dataclass(frozen=True)
class Lint:
    """Something a well-made bot does not do."""

    code: str
    detail: str


@dataclass
class Record:
    """Everything received and sent; safe to append from many threads."""

    clock: Clock
    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    lints: list[Lint] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    token_calls: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = Counter[str]()

    def clear(self) -> None:
        """Start a new record."""
        with self._lock:
            for rows in (self.calls, self.deliveries, self.lints, self.token_calls):
                rows.clear()
            self.counters.clear()

    def called(self, call: Call) -> None:
        """Keep a call."""
        with self._lock:
            self.calls.append(call)
            self.counters[call.path] += 1

    def lint(self, code: str, detail: str = "") -> None:
        """Keep a finding."""
        with self._lock:
            self.lints.append(Lint(code, detail))

    def token_called(self) -> None:
        """Count a token call; more than twenty within a simulated hour is a finding."""
        now = self.clock.now()
        with self._lock:
            self.token_calls.append(now)
            recent = [at for at in self.token_calls if now - at < timedelta(hours=1)]
        if len(recent) > TOKEN_CALLS_PER_HOUR:
            self.lint("token_calls_per_hour", str(len(recent)))

    def calls_to(self, path: str) -> list[Call]:
        """Calls of one endpoint, in order."""
        with self._lock:
            return [call for call in self.calls if call.path == path]

    @contextmanager
    def alone(self, key: str, code: str) -> Iterator[None]:
        """Note a finding if two callers are inside with the same key at once."""
        with self._lock:
            self._busy[key] += 1
            is_crowded = self._busy[key] > 1
        if is_crowded:
            self.lint(code, key)
        try:
            yield
        finally:
            with self._lock:
                self._busy[key] -= 1
