"""One web process and worker against two of each, on one PostgreSQL: what a message costs, and how many there are."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from app.bench import questions, traffic
from app.bench.process import QIYING, Served, environment, processor_of, serving
from app.bench.synthetic import Pool
from app.settings import Settings

PEOPLE = 2000


def compared(
    settings: Settings, pool: Pool, url: str, *, seconds: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Both on the same empty database, one after the other; processor time of web processes and workers together."""
    rows: dict[str, Any] = {}
    for count in (1, 2):
        tell(f"{count} 个 serve --no-worker，{count} 个 worker")
        rows["one" if count == 1 else "two"] = _measured(settings, pool, url, count, seconds)
    rows["processor_ratio"] = round(rows["two"]["processor_ms"] / rows["one"]["processor_ms"], 3)
    rows["rate_ratio"] = round(rows["two"]["per_second"] / rows["one"]["per_second"], 3)
    return rows


def _measured(settings: Settings, pool: Pool, url: str, count: int, seconds: float) -> dict[str, Any]:
    extra = {"QIYING_DATABASE_URL": url, "QIYING_MESSAGES_PER_MINUTE": "0"}
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qiying-bench-")))
            for _ in range(count)
        ]
        servers = [
            stack.enter_context(serving(settings, folder, arguments=("serve", "--no-worker"), extra=extra))
            for folder in folders
        ]
        workers = [
            stack.enter_context(_worker(settings, server, folder, extra))
            for server, folder in zip(servers, folders, strict=True)
        ]
        for server in servers:
            server.first_answer_s()
            server.full_answers_s()
        for server in servers:
            _sent(server, pool, seed=count * 10, seconds=min(2.0, seconds), connections=8)
        used = _processor(servers, workers)
        tallies = _together(servers, pool, count, seconds)
        used = _processor(servers, workers) - used
    messages = sum(len(tally.latencies_s) for tally in tallies)
    return {
        "per_second": round(sum(tally.rate for tally in tallies), 1),
        "messages": messages,
        "failed": sum(tally.failed + tally.dropped for tally in tallies),
        "processor_ms": round(used * 1000 / max(1, messages), 3),
    }


def _together(servers: list[Served], pool: Pool, count: int, seconds: float) -> list[traffic.Tally]:
    tallies: list[traffic.Tally] = []
    lines = traffic.CONNECTIONS // len(servers)

    def run(place: int, server: Served) -> None:
        tallies.append(_sent(server, pool, seed=count * 100 + place, seconds=seconds, connections=lines))

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(servers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tallies


def _sent(server: Served, pool: Pool, *, seed: int, seconds: float, connections: int) -> traffic.Tally:
    mail, words = traffic.Mail(server.platform), questions.repeated(pool, seed)
    requests = (mail.text(f"several-{seed}-{number % PEOPLE}", next(words)) for number in range(10**9))
    return traffic.flood(server.address, requests, seconds=seconds, connections=connections)


@contextmanager
def _worker(
    settings: Settings, server: Served, folder: Path, extra: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    variables = environment(settings, server.platform, folder, server.address) | extra
    process = subprocess.Popen(  # noqa: S603 - this program, no shell
        [sys.executable, "-c", QIYING, "worker"],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _processor(servers: list[Served], workers: list[subprocess.Popen[bytes]]) -> float:
    return sum(processor_of(process.pid) for process in [*(s.process for s in servers), *workers])
