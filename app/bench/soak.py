"""A day in small: steady traffic with edits of the handbook, backups and looks at the panel, and what grows."""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from app.bench import questions, traffic
from app.bench.process import QIYING, Served, environment, serving
from app.bench.synthetic import Pool
from app.settings import Settings

PEOPLE = 3000
MIB = 2**20
SAMPLE_EVERY_S = 1.0
EDIT_EVERY_S = 10.0
BACKUP_EVERY_S = 30.0
LOOK_EVERY_S = 2.0
PAGES = ("/readyz", "/admin/login", "/privacy", "/healthz")


@dataclass
class Watch:
    """What is seen of the server while the traffic runs: (second, RSS MiB, open files, log MiB)."""

    server: Served
    data_dir: Path
    samples: list[tuple[float, float, int, float]] = field(default_factory=list)
    pages: int = 0
    bad_pages: int = 0
    backups: int = 0
    bad_backups: int = 0

    def sample(self, second: float) -> None:
        """One look at the process."""
        process = Path(f"/proc/{self.server.process.pid}")
        status = (process / "status").read_text("utf-8")
        rss = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        log = self.data_dir / "qiying.db-wal"
        size = log.stat().st_size / MIB if log.exists() else 0.0
        self.samples.append((second, rss, len(list((process / "fd").iterdir())), size))

    def look(self) -> None:
        """Open a few pages as people would."""
        for path in PAGES:
            self.pages += 1
            try:
                with urlopen(self.server.address + path, timeout=10) as answer:  # noqa: S310 - an own address
                    answer.read()
            except HTTPError as error:
                self.bad_pages += error.code >= 500 and path != "/readyz"
            except (URLError, OSError):
                self.bad_pages += 1

    def summary(self) -> dict[str, Any]:
        """Growth over the second half, where caches are full."""
        late = self.samples[len(self.samples) // 2 :]
        slope = _slope_per_hour([(second, rss) for second, rss, _, _ in late])
        return {
            "rss_mib": {"first": round(self.samples[0][1], 1), "last": round(self.samples[-1][1], 1)},
            "rss_mib_by_minute": [round(rss) for _, rss, _, _ in self.samples[:: round(60 / SAMPLE_EVERY_S)]],
            "rss_slope_mib_per_hour": round(slope, 1),
            "files": {"first": self.samples[0][2], "most": max(row[2] for row in self.samples)},
            "log_mib_most": round(max(row[3] for row in self.samples), 1),
            "pages": self.pages, "bad_pages": self.bad_pages,
            "backups": self.backups, "bad_backups": self.bad_backups,
        }  # fmt: skip


def soak(
    settings: Settings, pool: Pool, *, seconds: float, rate: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Run for `seconds` at `rate` messages a second."""
    with tempfile.TemporaryDirectory(prefix="qiying-soak-") as name:
        data_dir = Path(name)
        with serving(settings, data_dir) as server:
            server.first_answer_s()
            server.full_answers_s()
            watch, over = Watch(server, data_dir), threading.Event()
            duties = (
                _every(over, SAMPLE_EVERY_S, watch.sample),
                _every(over, LOOK_EVERY_S, lambda _second: watch.look()),
                _every(over, EDIT_EVERY_S, lambda second: _edit(data_dir, second)),
                _every(over, BACKUP_EVERY_S, lambda second: _backup(settings, watch, second)),
            )
            tell(f"{seconds:.0f} 秒，每秒 {rate:.0f} 条")
            tally = traffic.paced(
                server.address, _mixed(server, pool), seconds=seconds, rate=rate, connections=16
            )
            over.set()
            for thread in duties:
                thread.join()
        return {"rate": rate, "seconds": seconds, **tally.summary(), **watch.summary()}


def _mixed(server: Served, pool: Pool) -> Iterator[bytes]:
    """Signed as they are sent: eight of ten repeat themselves, one is new, one opens a ticket."""
    mail = traffic.Mail(server.platform)
    repeated, fresh = questions.repeated(pool, 1), questions.new(pool, 2)
    number = 0
    while True:
        number += 1
        kind = number % 10
        text = next(fresh) if kind == 1 else questions.EMERGENCY if kind == 2 else next(repeated)
        yield mail.text(f"soak-{number % PEOPLE}", text)


def _every(over: threading.Event, pause_s: float, act: Callable[[float], None]) -> threading.Thread:
    began = time.monotonic()

    def run() -> None:
        while not over.wait(pause_s):
            act(time.monotonic() - began)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _edit(data_dir: Path, second: float) -> None:
    """A file that is no entry: read, refused and named, while the handbook serves on."""
    folder = data_dir / "kb" / "draft"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "note.md").write_text(f"改到一半 {second:.0f}", "utf-8")


def _backup(settings: Settings, watch: Watch, second: float) -> None:
    target = watch.data_dir / f"copy-{second:.0f}.db"
    done = subprocess.run(  # noqa: S603 - this program, no shell
        [sys.executable, "-c", QIYING, "db", "backup", str(target)],
        env=environment(settings, watch.server.platform, watch.data_dir, watch.server.address),
        capture_output=True,
        check=False,
    )
    watch.backups += 1
    watch.bad_backups += done.returncode != 0
    target.unlink(missing_ok=True)


def _slope_per_hour(points: list[tuple[float, float]]) -> float:
    """Least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    found = statistics.linear_regression([second for second, _ in points], [value for _, value in points])
    return found.slope * 3600
