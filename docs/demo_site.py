"""The demo as `make run` starts it, on a folder of its own at a fixed moment, for whoever looks at its pages."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 240
# A Friday morning: the same people, tickets and deadlines every time.
MOMENT = "2026-11-20T09:30:00+08:00"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Demo:
    """Where the demo is, and its panel logins."""

    url: str
    logins: dict[str, str]


@contextmanager
def serving(folder: Path) -> Iterator[Demo]:
    """The demo, its data below `folder`, until the block ends. Raises RuntimeError if it does not start."""
    port = _free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QIYING_")}
    environment |= {"QIYING_DATA_DIR": str(folder / "data"), "QIYING_NOW": MOMENT}
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
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


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the panel's login page."""
    page.goto("/admin/login")
    page.get_by_label("账号").fill(username)
    page.get_by_label("口令").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("登录管理后台")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(log: Path, words: str, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(errors="replace")
        if words in text:
            return text
        time.sleep(0.1)
    raise RuntimeError(f"the demo did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _logins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^    (\w+)\s+(\S+)$", text, re.MULTILINE))
