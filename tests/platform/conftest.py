"""A stand-in that serves, a client for its API, and a callback whose answers a test decides."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI

from app.clock import real_now
from app.demo.platform.crypto import CallbackCipher, signature
from app.demo.platform.stand_in import StandIn
from app.demo.platform.strictxml import Node, read, write
from app.demo.playground.people import DemoPerson, Side
from app.demo.playground.router import playground_router
from app.unread_bodies import HearOut
from app.webhook.routes import webhook_router
from app.wechat.crypto import Credentials, Gatekeeper
from app.wechat.rendering import bubbles, passive_xml
from bot.messages import Incoming, Reply, Tap, Url


@dataclass
class Client:
    """Calls the API the way a bot does."""

    platform: StandIn
    token: str = ""

    def call(self, path: str, /, body: Any = None, **query: Any) -> dict[str, Any]:
        """One call with a valid token; a body makes it a POST."""
        if not path.endswith(("token", "stable_token")):
            query = {"access_token": self.token or self.fetch_token(), **query}
        return json.loads(self.raw(path, body, **query)[1])

    def raw(self, path: str, /, body: Any = None, **query: Any) -> tuple[int, bytes]:
        """Status and bytes."""
        data = body if isinstance(body, bytes | None) else json.dumps(body, ensure_ascii=False).encode()
        url = f"{self.platform.base_url}{path}?{urlencode(query)}"
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as response:
            return response.status, response.read()

    def fetch_token(self, **more: Any) -> str:
        """A stable token, used from now on."""
        account = self.platform.account
        asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret, **more}
        self.token = self.call("/cgi-bin/stable_token", asked)["access_token"]
        return self.token

    def say(self, openid: str, text: str = "有进展") -> dict[str, Any]:
        """A customer-service text."""
        return self.call(
            "/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}}
        )

    def advance(self, **step: float) -> None:
        """Move the clock; the token is fetched anew."""
        self.platform.clock.advance(timedelta(**step))
        self.token = ""


@dataclass
class Callback:
    """A bot in ten lines: `answer` gets the plain document and gives status and body."""

    platform: StandIn
    answer: Callable[["Callback", Node], tuple[int, bytes]] = lambda _callback, _m: (200, b"success")
    received: list[Node] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)

    def sealed(self, message: Node, text: str, **change: Any) -> bytes:
        """A correct encrypted reply; `change` replaces fields of the plain one (None drops one)."""
        account = self.platform.account
        fields = {
            "ToUserName": message.only("FromUserName"),
            "FromUserName": account.original_id,
            "CreateTime": 1714037059,
            "MsgType": "text",
            "Content": text,
            **change,
        }
        return self.seal(write([(name, value) for name, value in fields.items() if value is not None]))

    def seal(self, document: str, *, key: str = "", token: str = "", app_id: str | None = None) -> bytes:
        """Any document in an envelope."""
        account = self.platform.account
        encrypted = CallbackCipher(key or account.aes_key, account.app_id).encrypt(document, app_id=app_id)
        signed = signature(token or account.token, "1714037059", "1234567890", encrypted)
        return write(
            [
                ("Encrypt", encrypted),
                ("MsgSignature", signed),
                ("TimeStamp", 1714037059),
                ("Nonce", "1234567890"),
            ]
        ).encode()

    def handle(self, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Decrypt and answer."""
        account = self.platform.account
        encrypted = read(body).only("Encrypt")
        assert query["msg_signature"] == signature(
            account.token, query["timestamp"], query["nonce"], encrypted
        )
        message = read(CallbackCipher(account.aes_key, account.app_id).decrypt(encrypted))
        self.received.append(message)
        self.queries.append(query)
        return self.answer(self, message)


@pytest.fixture
def platform() -> Iterator[StandIn]:
    """A stand-in on a free port."""
    platform = StandIn()
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def client(platform: StandIn) -> Client:
    """A caller of its API."""
    return Client(platform)


@pytest.fixture
def callback(platform: StandIn) -> Iterator[Callback]:
    """A callback that the stand-in sends to."""
    callback = Callback(platform)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            body = self.rfile.read(int(self.headers["content-length"]))
            status, content = callback.handle(query, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_args: Any) -> None:
            """A client that hung up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    platform.account.callback_url = f"http://127.0.0.1:{server.server_address[1]}/wechat"
    yield callback
    server.shutdown()
    server.server_close()


@dataclass
class Stage:
    """The playground in front of a bot that answers at once."""

    platform: StandIn
    url: str
    advanced: list[int] = field(default_factory=list)


def answer_for(incoming: Incoming) -> Reply:
    """Enough of a bot to see every kind of line on a phone."""
    if incoming.text == "菜单":
        return Reply.of("请选：\n", Tap("满意", "我很满意", "t1.ok"), "\n", Url("全文", "/h/a/b"))
    return Reply.of(f"收到：{incoming.text or incoming.key or incoming.kind.value}")


CAST = (
    DemoPerson("oEnterprise", "赵会计", Side.ENTERPRISE, "测试1号食品", ("菜单",)),
    DemoPerson("oStranger", "钱老板", Side.ENTERPRISE, "未绑定", is_following=False),
    DemoPerson("oOfficer", "王服务", Side.OFFICER, "芦台街道一片"),
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Served over real HTTP, so that the stand-in reaches the callback."""
    platform = StandIn()
    account = platform.account
    stage = Stage(platform, "")

    def receive(incoming: Incoming) -> str:
        return passive_xml(bubbles(answer_for(incoming), stage.url)[0], incoming, real_now())

    def advance(days: int) -> None:
        stage.advanced.append(days)
        platform.clock.advance(timedelta(days=days))

    app = FastAPI()
    gatekeeper = Gatekeeper(Credentials(account.app_id, account.token, account.aes_key))
    app.include_router(webhook_router(gatekeeper, receive, 4.0))
    app.include_router(playground_router(platform, CAST, advance, account_name="宁河区企业服务"))
    app.add_middleware(HearOut)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    stage.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    account.callback_url = f"{stage.url}/wechat"
    yield stage
    server.should_exit = True
    thread.join(timeout=30)
