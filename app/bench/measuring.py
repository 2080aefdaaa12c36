"""Times and memory of this process, and their summaries."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from handbook.text import normalise

KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Spread:
    """Milliseconds a question: half and 99 of a hundred take no longer; `processor_` without the time others had."""

    p50_ms: float
    p99_ms: float
    processor_p50_ms: float
    processor_p99_ms: float


def timed(ask: Callable[[str], object], questions: Sequence[str], *, rounds: int) -> Spread:
    """Ask every question `rounds` times in this thread and keep each one's fastest: other work only adds."""
    walls = [float("inf")] * len(questions)
    processors = list(walls)
    for _ in range(rounds):
        for place, question in enumerate(questions):
            normalise.cache_clear()  # a question that was asked before is cheaper than a new one
            start, used = time.perf_counter(), time.thread_time()
            ask(question)
            processors[place] = min(processors[place], (time.thread_time() - used) * 1000)
            walls[place] = min(walls[place], (time.perf_counter() - start) * 1000)
    return Spread(*_half_and_last(walls), *_half_and_last(processors))


def _half_and_last(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return round(statistics.median(ordered), 3), round(last, 3)


def resident_mib() -> float:
    """Memory of this process now, in MiB."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / KIB_PER_MIB, 1)
    return 0.0


def peak_mib() -> float:
    """The most memory this process ever held, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB, 1)
