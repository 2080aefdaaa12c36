"""What one process has counted and timed since it started, in Prometheus' text form."""

import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.8, 5.0)
MESSAGES = "qiying_messages_total"
ANSWERS = "qiying_answers_total"
RECEIVE_SECONDS = "qiying_answer_seconds"
SEARCH_SECONDS = "qiying_search_seconds"
HELP = {
    MESSAGES: "Messages by kind and what became of them, in this process.",
    ANSWERS: "Answers given from the handbook by decision, in this process.",
    RECEIVE_SECONDS: "From the parsed message to its reply, in this process.",
    SEARCH_SECONDS: "A search of the handbook for the messages that waited, in this process.",
}

Labels = tuple[tuple[str, str], ...]


class Meters:
    """Counters and histograms. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = (("process", str(os.getpid())),)
        self._counters: dict[tuple[str, Labels], int] = {}
        self._timings: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def count(self, name: str, **labels: str) -> None:
        """One more of `name` with these labels; values come from closed sets only."""
        key = (name, tuple(sorted(labels.items())))
        with self._lock:
            self._counters[key] = self._counters.get(key, 0) + 1

    def observe(self, name: str, seconds: float) -> None:
        """One duration."""
        with self._lock:
            slots = self._timings.setdefault(name, [0] * (len(SECONDS) + 1))
            slots[bisect_left(SECONDS, seconds)] += 1
            self._sums[name] = self._sums.get(name, 0.0) + seconds

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Observe how long the block takes, also when it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.observe(name, time.perf_counter() - start)

    def lines(self) -> list[str]:
        """The exposition of everything counted so far."""
        with self._lock:
            counters, timings, sums = dict(self._counters), dict(self._timings), dict(self._sums)
        out = []
        for name in (MESSAGES, ANSWERS):
            rows = [
                (dict((*labels, *self._process)), count)
                for (key, labels), count in counters.items()
                if key == name
            ]
            out += family(name, "counter", HELP[name], rows)
        for name in (RECEIVE_SECONDS, SEARCH_SECONDS):
            out += self._histogram(name, timings.get(name, [0] * (len(SECONDS) + 1)), sums.get(name, 0.0))
        return out

    def _histogram(self, name: str, slots: list[int], total: float) -> list[str]:
        out, running = [f"# HELP {name} {HELP[name]}", f"# TYPE {name} histogram"], 0
        for bound, count in zip((*SECONDS, float("inf")), slots, strict=True):
            running += count
            out.append(sample(f"{name}_bucket", {**dict(self._process), "le": _bound(bound)}, running))
        out.append(sample(f"{name}_sum", dict(self._process), round(total, 6)))
        out.append(sample(f"{name}_count", dict(self._process), running))
        return out


def family(
    name: str, kind: str, help_text: str, rows: Iterable[tuple[Mapping[str, str], float]]
) -> list[str]:
    """HELP, TYPE and the samples of one metric."""
    return [
        f"# HELP {name} {help_text}",
        f"# TYPE {name} {kind}",
        *(sample(name, labels, value) for labels, value in rows),
    ]


def sample(name: str, labels: Mapping[str, str], value: float) -> str:
    """One line; label values are escaped as the format demands."""
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in sorted(labels.items()))
    return f"{name}{{{inner}}} {value}" if inner else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else f"{bound:g}"
