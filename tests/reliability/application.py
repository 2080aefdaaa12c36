"""The whole application in this process, with the demo's district and a person of every role, spoken to in ASGI."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import SecretStr
from sqlalchemy import event
from sqlmodel import col, select

from app.bootstrap import Runtime, build
from app.clock import Clock, real_now
from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.demo.seed import seed_demo
from app.directory.models import Officer
from app.main import create_app
from app.panel.accounts import find_user
from app.panel.models import User, UserSession
from app.panel.roles import Role
from app.panel.sessions import hash_cookie, open_session
from app.settings import Settings
from app.tickets.lifecycle import Status
from app.tickets.links import officer_path, ticket_path
from app.tickets.models import Ticket
from app.wechat.oauth import SignIn
from handbook.service import Sources
from tests.reliability.shots import Shot

MORNING = "2026-11-20T10:30:00+08:00"
CHUNK_BYTES = 256 * 1024
ACCOUNTS = ("hub", "editor", "admin", "leader", "department", "auditor")
WRITING = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


@dataclass
class Person:
    """Somebody with a browser; `role` None: no account. `tokens` are what this person's own forms carry."""

    name: str
    role: Role | None = None
    cookie: str = ""
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back, and which tables were written to on the way."""

    status: int
    headers: dict[str, str]
    body: bytes
    written: frozenset[str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def cookie(self, name: str) -> str:
        """A cookie that was set, as the browser sends it back."""
        found = re.search(rf"{name}=[^;\n]+", self.headers["set-cookie"])
        assert found, f"{name} was not set"
        return found[0]


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """Every route, those of the included routers too, in the order in which they are tried."""
    for one in app.routes:
        inner = getattr(one, "original_router", None)
        found = inner.routes if inner is not None else [one]
        yield from (route for route in found if isinstance(route, APIRoute))


class Application:
    """`create_app` over a seeded database; one request at a time."""

    def __init__(self, runtime: Runtime, platform: StandIn) -> None:
        self.runtime = runtime
        self.platform = platform
        self.app: FastAPI = create_app(runtime)
        self.routes = list(routes_of(self.app))
        self.people = {name: Person(name) for name in ("nobody", *ACCOUNTS)}
        self.ticket_pages: list[str] = []
        self._written: set[str] = set()
        self._runner = asyncio.Runner()
        event.listen(runtime.db.write_engine, "before_cursor_execute", self._note)
        with runtime.db.reading() as session:
            self._accounts = {
                name: user.model_dump() for name in ACCOUNTS if (user := find_user(session, name))
            }
        self.restore_accounts()

    def close(self) -> None:
        self._runner.close()
        event.remove(self.runtime.db.write_engine, "before_cursor_execute", self._note)
        self.runtime.close()

    def restore_accounts(self) -> None:
        """Every account as it was in the beginning, with a new login."""
        with self.runtime.db.transaction() as session:
            for name, values in self._accounts.items():
                user = session.get_one(User, values["id"])
                for column, value in values.items():
                    setattr(user, column, value)
                cookie = open_session(session, user, address="203.0.113.9", now=real_now())
                row = session.get_one(UserSession, hash_cookie(cookie))
                token = {"csrf_token": row.csrf_token}
                self.people[name] = Person(name, Role(user.role), f"qiying_panel={cookie}", token)

    def sign_in_on_phone(self) -> None:
        """The opener and the officer of one ticket, each in WeChat's browser."""
        with self.runtime.db.reading() as session:
            ticket = session.exec(
                select(Ticket).where(
                    col(Ticket.officer_id).is_not(None),
                    Ticket.status == Status.WORKING,
                    Ticket.holder_kind == "officer",
                    col(Ticket.openid).is_not(None),
                )
            ).first()
        assert ticket is not None
        key, now = self.runtime.signing_key, real_now()
        pages = (ticket_path(ticket.number, key, now), officer_path(ticket.number, key, now))
        self.ticket_pages = list(pages)
        openids = (ticket.openid, self._officer_of(ticket))
        for name, page, openid in zip(("opener", "officer"), pages, openids, strict=True):
            assert openid
            left = self.send(Person(name), Shot("GET", f"{page}/sign-in"))
            state = re.search(r"state=(\w+)", left.headers["location"])
            assert state
            way = left.cookie("qiying_way")
            back = self.send(
                Person(name, cookie=way), Shot("GET", f"/phone/back?state={state[1]}&code={openid}")
            )
            person = Person(name, cookie=back.cookie("qiying_reader"))
            token = re.search(r'name="form_token" value="(\w+)"', self.send(person, Shot("GET", page)).text)
            assert token, "the page shows no form to the person it is for"
            person.tokens = {"form_token": token[1]}
            self.people[name] = person

    def _officer_of(self, ticket: Ticket) -> str:
        with self.runtime.db.reading() as session:
            return session.get_one(Officer, ticket.officer_id).openid or ""

    def route_of(self, method: str, path: str) -> APIRoute | None:
        """The route that answers a path."""
        plain = unquote(path.split("?")[0])
        found = (route for route in self.routes if method in route.methods and route.path_regex.match(plain))
        return next(found, None)

    def send(self, person: Person, shot: Shot) -> Answer:
        """One request of this person, as a server would hand it to the application."""
        self._written.clear()
        return self._runner.run(self._sent(person, shot))

    async def _sent(self, person: Person, shot: Shot) -> Answer:
        raw, _, query = shot.address.partition("?")
        headers = {"host": "127.0.0.1:8000", "content-length": str(len(shot.body)), **shot.headers}
        if person.cookie:
            headers["cookie"] = person.cookie
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": shot.method, "path": unquote(raw), "raw_path": raw.encode("ascii"),
            "query_string": query.encode("ascii"), "root_path": "", "client": ("203.0.113.9", 50000),
            "server": ("127.0.0.1", 8000),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        chunks = [shot.body[at : at + CHUNK_BYTES] for at in range(0, len(shot.body), CHUNK_BYTES)] or [b""]
        coming = [
            {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
            for number, chunk in enumerate(chunks, 1)
        ]
        going: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            going.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]  # starlette's mappings are mutable ones
        received: dict[str, str] = {}
        for name, value in going[0]["headers"]:
            before = received.get(name.decode(), "")
            received[name.decode()] = (
                f"{before}; {value.decode('latin-1')}" if before else value.decode("latin-1")
            )
        body = b"".join(message.get("body", b"") for message in going[1:])
        return Answer(going[0]["status"], received, body, frozenset(self._written))

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = WRITING.match(statement)
        if found:
            self._written.add(found[1].lower())


@pytest.fixture
def application(
    tmp_path: Path,
    empty_url: str,
    small_handbook: Callable[[Path], Sources],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Application]:
    """The application over the demo's district, on the run's kind of database."""
    monkeypatch.setattr(SignIn, "openid", lambda _self, code: code)
    platform = StandIn()
    account = platform.account
    settings = Settings(
        _env_file=None,
        demo=True,
        data_dir=tmp_path,
        database_url=empty_url,
        kb_dir=small_handbook(tmp_path / "shipped").kb_dir,
        wechat_app_id=account.app_id,
        wechat_app_secret=SecretStr(account.secret),
        wechat_token=SecretStr(account.token),
        wechat_encoding_aes_key=SecretStr(account.aes_key),
        secret_key=SecretStr("a signing key for tests only, long enough"),
        metrics_token=SecretStr("a token of the metrics"),
        wechat_api_base_url="http://127.0.0.1:9",
        now=MORNING,
    )
    runtime = build(settings, clock=Clock.starting_at(settings.now))
    seed(runtime.db, runtime)
    built = Application(runtime, platform)
    built.sign_in_on_phone()
    yield built
    built.close()


def seed(db: Database, runtime: Runtime) -> None:
    with db.reading() as session:
        rules = runtime.rules(session)
    seed_demo(db, rules, runtime.clock.now())
