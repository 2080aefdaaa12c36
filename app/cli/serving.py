"""`qiying serve` and `qiying worker`: processes around one runtime."""

import ctypes
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from app import log
from app.alarms.watching import AlarmWatch
from app.bootstrap import Runtime, build
from app.cli.lock import only_one_process
from app.cli.starting import said_why
from app.demo.separation import mixing_faults
from app.demo.start import Demo, prepare
from app.duties import worker_of
from app.errors import ConfigurationError
from app.following import HandbookWatch
from app.main import create_app
from app.settings import LOOPBACK_HOSTS, Settings, demo_faults
from app.worker import Worker

KEEP_ALIVE_S = 65
ENCODER_S = 30.0
M_ARENA_MAX = -8  # <malloc.h>


def serve_forever(host: str, port: int, *, with_worker: bool) -> None:
    """Serve until a signal; refuses to start with every missing setting named.

    Raises AppError with the reason, which is logged, too.
    """
    os.umask(0o077)
    _share_heaps()
    log.configure()
    with said_why("web"):
        settings = Settings.load()
        if settings.demo:
            log.configure(logging.WARNING)
        _serve(settings, host, port, with_worker=with_worker)


def _share_heaps() -> None:
    """Forty threads in two heaps: the C library gives each its own else, which keeps what it ever needed.

    Measured: without it a process grows twice as much in its first minutes of traffic. Only glibc has this.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _serve(settings: Settings, host: str, port: int, *, with_worker: bool) -> None:
    if settings.demo:
        _refuse_demo(settings, host)
    refuse_to_mix(settings)
    _refuse_taken(host, port)
    demo = prepare(settings, port) if settings.demo else None
    if demo is not None:
        settings = demo.settings
    with only_one_process(settings):
        runtime = build(settings, clock=demo.clock if demo else None)
        worker = worker_of(runtime) if with_worker else None
        around = Around(runtime, worker, demo)
        app = create_app(runtime, lifespan=around.serving, extra=[demo.mount] if demo else [])
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=8,
            server_header=False,
            forwarded_allow_ips=settings.trusted_proxies,
        )
        gc.freeze()  # nor is it looked through while serving
        gc.enable()
        try:
            uvicorn.Server(config).run()
        except SystemExit:  # the server's own answer to a start that failed
            raise around.fault or ConfigurationError([f"不能监听 {host}:{port}"]) from None


def work_forever() -> None:
    """Run a worker alone until a signal."""
    os.umask(0o077)
    _share_heaps()
    log.configure()
    with said_why("worker"):
        _work()


def _work() -> None:
    settings = Settings.load()
    if settings.demo:
        raise ConfigurationError(["演示模式的后台任务在 serve 里面：不用单独启动 worker"])
    refuse_to_mix(settings)
    with only_one_process(settings):
        runtime = build(settings)
        worker = worker_of(runtime)
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        signal.signal(signal.SIGINT, lambda *_: worker.stop())
        runtime.handbook.start_encoder()
        with _watching(runtime):
            worker.run()
        runtime.close()


def refuse_to_mix(settings: Settings) -> None:
    """Raise ConfigurationError where demo data and a district's own would meet."""
    faults = mixing_faults(settings)
    if faults:
        raise ConfigurationError(faults)


def _refuse_demo(settings: Settings, host: str) -> None:
    faults = demo_faults(settings)
    if host not in LOOPBACK_HOSTS:
        faults.append(f"演示模式只能监听本机（HOST=127.0.0.1），现在是 {host}")
    if faults:
        raise ConfigurationError(faults)


def _refuse_taken(host: str, port: int) -> None:
    """Say so before the database is opened and people are greeted."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                [f"不能监听 {host}:{port}（{error.strerror}）：端口被占用就换一个，如 PORT=8001 make run"]
            ) from None


@contextmanager
def _watching(runtime: Runtime) -> Iterator[None]:
    """While this process runs: log what needs a person, and follow edits of the handbook."""
    watches: dict[str, AlarmWatch | HandbookWatch] = {
        "alarms": AlarmWatch(runtime.db, runtime.facts, runtime.clock),
        "handbook": HandbookWatch(runtime.handbook),
    }
    threads = [threading.Thread(target=watch.run, name=name, daemon=True) for name, watch in watches.items()]
    for thread in threads:
        thread.start()
    yield
    for watch in watches.values():
        watch.stop()
    for thread in threads:
        thread.join(timeout=5)


class Around:
    """What begins before the port is opened and ends after it is closed: encoder, worker, demo, alarms."""

    def __init__(self, runtime: Runtime, worker: Worker | None, demo: Demo | None) -> None:
        self._runtime = runtime
        self._worker = worker
        self._demo = demo
        self._thread: threading.Thread | None = None
        self.fault: Exception | None = None

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Stops in the other order. What failed is kept in `fault`: the server itself only says that it did."""
        servers_log = logging.getLogger("uvicorn.error")
        servers_log.setLevel(logging.CRITICAL)
        try:
            self._open()
        except Exception as error:
            self.fault = error
            self._runtime.handbook.wait_for_encoder(
                ENCODER_S
            )  # a thread cut off in it takes the process down
            self._close()
            raise
        servers_log.setLevel(logging.NOTSET)
        log.event("started", part="web", district=self._runtime.profile.key)
        with _watching(self._runtime):
            yield
        self._close()
        log.event("stopped", part="web")

    def _open(self) -> None:
        self._runtime.handbook.start_encoder()
        if self._worker is not None:
            self._thread = threading.Thread(target=self._worker.run, name="worker", daemon=True)
            self._thread.start()
        if self._demo is not None:
            self._demo.opened(self._runtime)

    def _close(self) -> None:
        if self._worker is not None and self._thread is not None:
            self._worker.stop()
            self._thread.join(timeout=10)
        if self._demo is not None:
            self._demo.closed()
        self._runtime.close()
