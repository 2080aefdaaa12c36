"""The real route on loopback, the stand-in platform in front of it, a recording `receive` behind it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from app.clock import real_now
from app.demo.platform.stand_in import StandIn
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper
from app.wechat.rendering import passive_xml
from bot.messages import Incoming


@dataclass
class RecordingReceive:
    """Stands for everything behind the route: keeps what came, answers what it is told to."""

    received: list[Incoming] = field(default_factory=list)
    reply: Callable[[Incoming], str] = lambda incoming: f"收到：{incoming.text or incoming.kind.value}"
    delay_s: float = 0.0
    is_broken: bool = False

    def __call__(self, incoming: Incoming) -> str:
        """The reply document."""
        self.received.append(incoming)
        time.sleep(self.delay_s)
        if self.is_broken:
            raise RuntimeError("https://secret.example/?access_token=leak")
        text = self.reply(incoming)
        return passive_xml(text, incoming, real_now()) if text else ""


@dataclass
class Line:
    """A platform connected to a bot."""

    platform: StandIn
    bot: RecordingReceive
    url: str

    @property
    def texts(self) -> list[str]:
        """What the bot was asked."""
        return [incoming.text for incoming in self.bot.received]


@pytest.fixture
def recording_receive() -> RecordingReceive:
    """A fresh recorder."""
    return RecordingReceive()


class Front:
    """One server for all tests of this folder; each test puts its own app behind it."""

    app: FastAPI

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def front() -> Iterator[tuple[Front, str]]:
    """The server and its address."""
    front = Front()
    server = uvicorn.Server(uvicorn.Config(front, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield front, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def running(front: tuple[Front, str]) -> Callable[[FastAPI], str]:
    """Serve an app; gives its base address."""

    def start(app: FastAPI) -> str:
        front[0].app = app
        return front[1]

    return start


@pytest.fixture
def line(recording_receive: RecordingReceive, running: Callable[[FastAPI], str]) -> Line:
    """A security-mode account on a bot that knows its original id."""
    platform = StandIn()
    account = platform.account
    gatekeeper = Gatekeeper(Credentials(account.app_id, account.token, account.aes_key))
    app = FastAPI()
    app.include_router(
        webhook_router(gatekeeper, recording_receive, 2.0, expected_account=lambda _seen: account.original_id)
    )
    url = running(app)
    account.callback_url = f"{url}/wechat"
    return Line(platform, recording_receive, url)
