"""How long a server needs until it answers, and how much it holds, beside the bare packages."""

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench.process import serving
from app.settings import Settings

# What a service of this kind stands on whatever its own code does.
PACKAGES = ("fastapi", "uvicorn", "sqlmodel", "wechatpy", "faiss", "sentence_transformers")
ROUNDS = 5
ASKED = 200
_HELD = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for line in open("/proc/self/smaps_rollup"):
    if line.startswith("Pss:"):
        print(int(line.split()[1]) / 1024)
"""
_TIMED = "import time; import torch; print(time.process_time())"


@dataclass(frozen=True)
class Start:
    """One start: seconds by the clock to the first answer and to full answers, and processor seconds to the first."""

    answered_s: float
    full_s: float
    processor_s: float


def start_times(settings: Settings, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds to the first answer and to full answers: with an index from the last start, and once without.

    `import torch` runs between the starts, so that a busy moment of the machine hits both.
    """
    starts, torch_s, torch_processor_s = [], [], []
    with tempfile.TemporaryDirectory(prefix="qiying-bench-") as name:
        first = _one_start(settings, Path(name))
        for _ in range(rounds):
            starts.append(_one_start(settings, Path(name)))
            wall, processor = _import_torch()
            torch_s.append(wall)
            torch_processor_s.append(processor)
    answered = [start.answered_s for start in starts]
    return {
        "rounds": rounds,
        "first_answer_s": _summary(answered),
        "full_answers_s": _summary([start.full_s for start in starts]),
        "processor_s": _summary([start.processor_s for start in starts]),
        "import_torch_s": _summary(torch_s),
        "import_torch_processor_s": _summary(torch_processor_s),
        "ratio_to_import_torch": round(statistics.median(answered) / statistics.median(torch_s), 2),
        "without_index": {
            "first_answer_s": round(first.answered_s, 2),
            "full_answers_s": round(first.full_s, 2),
        },
    }


def memory_held(settings: Settings) -> dict[str, Any]:
    """MiB of a server after its first questions, and of a process that only imports the packages."""
    with tempfile.TemporaryDirectory(prefix="qiying-bench-") as name:
        _one_start(settings, Path(name))
        with serving(settings, Path(name)) as server:
            server.first_answer_s()
            server.full_answers_s()
            at_first = server.memory_mib()
            for number in range(ASKED):
                server.platform.user(f"bench-{number % 20}").send_text(
                    f"第{number}问：开个小饭馆要办哪些手续"
                )
            held = server.memory_mib()
    bare = _packages_mib()
    return {
        "serve_mib": held, "serve_at_first_mib": at_first, "packages_mib": bare, "packages": list(PACKAGES),
        "ratio": round(held / bare, 2),
    }  # fmt: skip


def _one_start(settings: Settings, data_dir: Path) -> Start:
    with serving(settings, data_dir) as server:
        answered = server.first_answer_s()
        used = server.processor_s()
        return Start(answered, server.full_answers_s(), used)


def _import_torch() -> tuple[float, float]:
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - no input from outside
        [sys.executable, "-c", _TIMED], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, float(done.stdout)


def _packages_mib() -> float:
    done = subprocess.run(  # noqa: S603 - no input from outside
        [sys.executable, "-c", _HELD, *PACKAGES], check=True, capture_output=True, text=True
    )
    return round(float(done.stdout.split()[-1]), 1)


def _summary(seconds: list[float]) -> dict[str, float]:
    return {
        "min": round(min(seconds), 2),
        "median": round(statistics.median(seconds), 2),
        "max": round(max(seconds), 2),
    }
