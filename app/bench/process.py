"""A real `qiying serve` in production mode on a port of its own, with the stand-in as its platform."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from app.demo.platform.stand_in import StandIn
from app.errors import AppError
from app.settings import Settings

QUESTION = "营业执照丢了怎么补"
PATIENCE_S = 120.0
PAUSE_S = 0.02
QIYING = "from app.cli.entry import run; run()"


@dataclass(frozen=True)
class Served:
    """A running server, when it was started, and the platform that it talks to."""

    process: subprocess.Popen[bytes]
    platform: StandIn
    address: str
    started: float

    def first_answer_s(self) -> float:
        """Seconds from the start of the process to the first answered message."""
        while True:
            sent = self.platform.user("bench-follower").send_text(QUESTION)
            if sent.verdict == "shown" and "执照" in sent.text:
                return time.monotonic() - self.started
            self._wait_or_give_up()

    def full_answers_s(self) -> float:
        """Seconds from the start of the process until no channel of the search is missing."""
        while self.health().get("degraded"):
            self._wait_or_give_up()
        return time.monotonic() - self.started

    def processor_s(self) -> float:
        """Processor seconds that the process has used so far, all threads together."""
        return processor_of(self.process.pid)

    def health(self) -> dict[str, str]:
        """What `/readyz` says."""
        try:
            with urlopen(f"{self.address}/readyz", timeout=5) as answer:  # noqa: S310 - an own address
                body: dict[str, str] = json.loads(answer.read())
        except (URLError, OSError, ValueError):
            return {"degraded": "not reachable"}
        return body

    def memory_mib(self) -> float:
        """What the process holds that is its own or shared in proportion, in MiB."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                return round(int(line.split()[1]) / 1024, 1)
        return 0.0

    def _wait_or_give_up(self) -> None:
        if self.process.poll() is not None:
            raise AppError(f"serve 没能启动（退出码 {self.process.returncode}）")
        if time.monotonic() - self.started > PATIENCE_S:
            raise AppError(f"serve 在 {PATIENCE_S:.0f} 秒内没有回答")
        time.sleep(PAUSE_S)


def processor_of(pid: int) -> float:
    """Processor seconds of a process so far, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(
    settings: Settings,
    data_dir: Path,
    *,
    program: str = QIYING,
    arguments: tuple[str, ...] = ("serve",),
    extra: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Start the server on an own data folder; stop it at the end.

    `program` is another server's Python code that takes `--port`; `extra` are more settings.
    """
    platform = StandIn()
    platform.policy.max_deliveries = 1
    platform.start()
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    platform.account.callback_url = f"{address}/wechat"
    command = [sys.executable, "-c", program, *arguments, "--port", str(port)]
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - this program, no shell
        command,
        env=environment(settings, platform, data_dir, address) | dict(extra or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Served(process, platform, address, started)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        platform.stop()


def environment(settings: Settings, platform: StandIn, data_dir: Path, address: str) -> dict[str, str]:
    """What a process of this program finds in its environment: the stand-in's account and an own data folder."""
    account = platform.account
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIYING_")}
    return kept | {
        "QIYING_WECHAT_APP_ID": account.app_id,
        "QIYING_WECHAT_APP_SECRET": account.secret,
        "QIYING_WECHAT_TOKEN": account.token,
        "QIYING_WECHAT_ENCODING_AES_KEY": account.aes_key,
        "QIYING_WECHAT_ORIGINAL_ID": account.original_id,
        "QIYING_WECHAT_API_BASE_URL": platform.base_url,
        "QIYING_PUBLIC_URL": address,
        "QIYING_SECRET_KEY": "bench" * 10,
        "QIYING_DISTRICT": settings.district,
        "QIYING_DATA_DIR": str(data_dir),
        "QIYING_KB_DIR": str(settings.kb_dir.resolve()),
        "QIYING_EMBEDDING_MODEL": settings.embedding_model,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
