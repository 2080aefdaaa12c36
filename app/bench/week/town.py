"""A whole district in one process behind its real doors: HTTP, the stand-in platform, the worker, a clock that jumps."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import uvicorn

from app.bootstrap import Runtime, build
from app.clock import Clock
from app.demo.platform.stand_in import StandIn
from app.demo.start import prepare
from app.duties import worker_of
from app.errors import AppError
from app.main import create_app
from app.settings import Settings
from app.worker import Worker
from handbook.service import HandbookService

PATIENCE_S = 20.0
ROUNDS = 400


@dataclass
class Town:
    """The running system. `restart` ends it and starts it again on the same data; phones stay as they are."""

    settings: Settings
    port: int
    clock: Clock
    platform: StandIn
    handbook: HandbookService | None = None
    restarts: int = 0
    unfinished: int = 0
    _parts: tuple[Runtime, Worker, "_Serving"] | None = field(default=None, init=False)

    @property
    def runtime(self) -> Runtime:
        """The parts of the process that runs now."""
        return self._now()[0]

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Start; the search is complete before anybody asks."""
        runtime = build(self.settings, clock=self.clock, handbook=self.handbook)
        if self.handbook is None:
            runtime.handbook.start_encoder()
            runtime.handbook.wait_for_encoder(PATIENCE_S * 10)
        serving = _Serving(runtime, self.port)
        serving.start()
        self._parts = (runtime, worker_of(runtime), serving)

    def close(self) -> None:
        """Stop."""
        runtime, worker, serving = self._now()
        worker.stop()
        serving.stop()
        runtime.close()
        self._parts = None

    def restart(self) -> None:
        """End and begin again, as an update does."""
        self.close()
        self.open()
        self.restarts += 1

    def jump(self, moment: datetime) -> None:
        """Business time becomes this moment, if it is still to come."""
        step = moment - self.clock.now()
        if step.total_seconds() > 0:
            self.clock.advance(step)

    def work(self) -> None:
        """Let the worker do everything that is due at this moment, which stands still meanwhile."""
        worker, now = self._now()[1], self.clock.now()
        for _ in range(ROUNDS):
            if not worker.tick(now):
                return
        self.unfinished += 1

    def _now(self) -> "tuple[Runtime, Worker, _Serving]":
        if self._parts is None:
            raise AppError("还没有启动")
        return self._parts


class _Serving:
    """uvicorn in a thread."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        config = uvicorn.Config(
            create_app(runtime), host="127.0.0.1", port=port, log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="week-server", daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise AppError("没能在本机端口上开始服务")
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=PATIENCE_S)


@contextmanager
def opened(
    settings: Settings, folder: Path, start: datetime, handbook: HandbookService | None = None
) -> Iterator[Town]:
    """A district on an own data folder, with an empty database; `handbook`: one that is loaded already.

    The pace of one person is not limited: it is counted in real time, and here a week passes in minutes.
    """
    port = _free_port()
    own = settings.model_copy(
        update={"demo": True, "now": start, "data_dir": folder, "database_url": "", "messages_per_minute": 0}
    )
    demo = prepare(own, port)
    demo.platform.policy.receipt_delay_s = 0.0
    town = Town(demo.settings, port, demo.clock, demo.platform, handbook)
    town.open()
    try:
        yield town
    finally:
        town.close()
        demo.platform.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
