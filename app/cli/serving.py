"""`qiying serve` and `qiying worker`: processes around one runtime."""

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import uvicorn

from app import log
from app.alarms.watching import AlarmWatch
from app.bootstrap import Runtime, build
from app.cli.lock import only_one_process
from app.demo.separation import mixing_faults
from app.demo.start import Demo, prepare
from app.duties import worker_of
from app.errors import ConfigurationError
from app.main import create_app
from app.settings import LOOPBACK_HOSTS, Settings, demo_faults
from app.worker import Worker

KEEP_ALIVE_S = 65


def serve_forever(host: str, port: int, *, with_worker: bool) -> None:
    """Serve until a signal; refuses to start with every missing setting named."""
    os.umask(0o077)
    settings = Settings.load()
    log.configure(logging.WARNING if settings.demo else logging.INFO)
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
        lifespan = _around(runtime, worker, demo)
        app = create_app(runtime, lifespan=lifespan, extra=[demo.mount] if demo else [])
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
        uvicorn.Server(config).run()


def work_forever() -> None:
    """Run a worker alone until a signal."""
    os.umask(0o077)
    log.configure()
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
    """Log what needs a person while this process runs."""
    watch = AlarmWatch(runtime.db, runtime.facts, runtime.clock)
    thread = threading.Thread(target=watch.run, name="alarms", daemon=True)
    thread.start()
    yield
    watch.stop()
    thread.join(timeout=5)


def _around(
    runtime: Runtime, worker: Worker | None, demo: Demo | None
) -> Callable[[], AbstractContextManager[None]]:
    """Start the encoder and the worker once the port is open; stop them in the other order."""

    @contextmanager
    def lifespan() -> Iterator[None]:
        runtime.handbook.start_encoder()
        thread = threading.Thread(target=worker.run, name="worker", daemon=True) if worker else None
        if thread is not None:
            thread.start()
        if demo is not None:
            demo.opened(runtime)
        log.event("started", part="web", district=runtime.profile.key)
        with _watching(runtime):
            yield
        if worker is not None and thread is not None:
            worker.stop()
            thread.join(timeout=10)
        if demo is not None:
            demo.closed()
        runtime.close()
        log.event("stopped", part="web")

    return lifespan
