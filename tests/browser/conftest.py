"""A demo process as `make run` starts it."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 90


@dataclass(frozen=True)
class Demo:
    """Where the demo is, and its panel logins."""

    url: str
    logins: dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`make run` without credentials: the same module, its own data folder, a Friday morning."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QIYING_")}
    environment |= {"QIYING_DATA_DIR": str(folder / "data"), "QIYING_NOW": "2026-11-20T09:30:00+08:00"}
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.run", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Demo(f"http://127.0.0.1:{port}", _logins(_wait_for(log, "按 Ctrl+C", process)))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(log: Path, words: str, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(errors="replace")
        if words in text:
            return text
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _logins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^    (\w+)\s+(\S+)$", text, re.MULTILINE))
