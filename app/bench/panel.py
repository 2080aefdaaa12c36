"""The panel's lists over a small and a large district: what each page costs, and how much more the large one takes."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI

from app.bench.district import Size, fill
from app.bench.synthetic import Pool
from app.clock import Clock, real_now
from app.db import Database
from app.directory.models import Enterprise
from app.districts.loader import load_profile
from app.duties import index_texts, keep_coverage
from app.errors import AppError
from app.migrations import runner
from app.panel.deps import PanelDeps
from app.panel.models import User
from app.panel.roles import Role
from app.panel.router import panel_router
from app.panel.sessions import open_session
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from handbook.entry import Decision, Entry, Search, SearchResult

KEY = b"measured, never served"
AREA, DEPARTMENT = "X03", 4
HOURS = 7200.0
TICKETS, ENTERPRISES = "/admin/tickets", "/admin/enterprises"
LAST = "page=99999999"


@dataclass(frozen=True)
class Page:
    """A page as one role opens it."""

    role: Role
    path: str


@dataclass(frozen=True)
class Cost:
    """Milliseconds of the fastest of some rounds; `rows` are those on the page."""

    wall_ms: float
    processor_ms: float
    rows: int


class _NoHandbook(Search):
    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, _entry_id: str) -> Entry | None:
        return None


class Panel:
    """The panel over one database, asked in this process, a login for every role."""

    def __init__(self, db: Database, rules: Rules, clock: Clock) -> None:
        deps = PanelDeps(
            db=db, rules=lambda _session: rules, clock=clock, search=_NoHandbook(), signing_key=KEY,
            district_name="测试区",
        )  # fmt: skip
        self.db = db
        self._app = FastAPI()
        self._app.include_router(panel_router(deps))
        self._name = deps.cookie_name
        with db.transaction() as session:
            self._cookies = {role: self._login(session, role) for role in Role}

    def _login(self, session: Any, role: Role) -> str:
        user = User(
            username=f"bench-{role.name.lower()}", role=role, password_hash="", created_at=real_now(),
            area_code=AREA if role is Role.LEADER else "",
            coordinator_id=DEPARTMENT if role is Role.DEPARTMENT else None,
        )  # fmt: skip
        session.add(user)
        session.flush()
        return open_session(session, user, address="", now=real_now())

    def body(self, page: Page) -> str:
        """The page's HTML; AppError where it is no page."""
        path, _, query = page.path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": quote(query, safe="=&+").encode(), "root_path": "",
            "headers": [(b"cookie", f"{self._name}={self._cookies[page.role]}".encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self._app(scope, receive, send))
        if sent[0]["status"] != 200:
            raise AppError(f"{page.role} {page.path}: {sent[0]['status']}")
        return b"".join(part.get("body", b"") for part in sent[1:]).decode()

    def cost(self, page: Page, *, rounds: int) -> Cost:
        """Open it `rounds` times after once for nothing; other work only adds, so the fastest counts."""
        body = self.body(page)
        walls, processors = [], []
        for _ in range(rounds):
            start, used = time.perf_counter(), time.process_time()
            self.body(page)
            processors.append((time.process_time() - used) * 1000)
            walls.append((time.perf_counter() - start) * 1000)
        return Cost(round(min(walls), 1), round(min(processors), 1), body.count("<tr>"))


def pages(words: Mapping[str, str]) -> list[Page]:
    """Every list with its filters, as each role that has it opens it. `words`: a common, a rare and a missing word
    of requests (`common`, `rare`, `none`) and of names (`name_...`)."""
    found = [Page(Role.HUB, path) for path in _hub_lists(words)]
    own = (
        "/admin",
        "/admin/supervision",
        "/admin/areas",
        "/admin/officers",
        *_tickets(words),
        *_enterprises(words),
    )
    found += [Page(Role.LEADER, path) for path in own]
    found += [Page(Role.DEPARTMENT, path) for path in ("/admin", *_tickets(words))]
    return found


def _tickets(words: Mapping[str, str]) -> list[str]:
    conditions = (
        "live", "late", "unaccepted", "no-officer", "untold", "passed-around", "finished", "closed", "all",
    )  # fmt: skip
    return [
        *(f"{TICKETS}?status={name}" for name in conditions),
        f"{TICKETS}?status=all&{LAST}",
        f"{TICKETS}?status=all&page=1000",
        f"{TICKETS}?status=all&sort=due&{LAST}",
        f"{TICKETS}?status=all&channel=微信",
        f"{TICKETS}?status=all&category=融资",
        f"{TICKETS}?status=all&area={AREA}",
        f"{TICKETS}?status=finished&by=resolved&quality=late",
        f"{TICKETS}?status=all&by=rated&quality=dissatisfied",
        f"{TICKETS}?q=202611",
        *(
            f"{TICKETS}?q={words[name]}"
            for name in ("common", "rare", "none", "two", "one", "name", "name_common")
        ),
        f"{TICKETS}?q={words['common']}&status=live",
        f"{TICKETS}?q={words['name_common']}&status=late",
        f"{TICKETS}?q={words['common']}&status=all&{LAST}",
    ]


def _enterprises(words: Mapping[str, str]) -> list[str]:
    return [
        ENTERPRISES,
        f"{ENTERPRISES}?{LAST}",
        f"{ENTERPRISES}?page=2000",
        f"{ENTERPRISES}?served=no",
        f"{ENTERPRISES}?served=no&{LAST}",
        f"{ENTERPRISES}?status=base",
        f"{ENTERPRISES}?kind=企业&status=停业",
        f"{ENTERPRISES}?area={AREA}",
        f"{ENTERPRISES}?area={AREA}&served=no",
        f"{ENTERPRISES}?officer=7",
        f"{ENTERPRISES}?q=91120221000",
        *(f"{ENTERPRISES}?q={words[name]}" for name in ("name", "name_common", "name_none", "address")),
        f"{ENTERPRISES}?q={words['name_common']}&served=no",
        f"{ENTERPRISES}?q={words['name_common']}&{LAST}",
    ]


def _hub_lists(words: Mapping[str, str]) -> list[str]:
    return [
        "/admin", "/admin/queue", "/admin/supervision", "/admin/supervision?list=untold", "/admin/supervision/all",
        "/admin/meetings", "/admin/referrals", "/admin/problems", "/admin/callbacks", "/admin/answers",
        "/admin/outbox", "/admin/areas", "/admin/areas/coverage", f"/admin/areas/{AREA}", "/admin/changes",
        "/admin/officers", "/admin/officers?state=idle", "/admin/officers/7", "/admin/departments",
        *_tickets(words), *_enterprises(words),
    ]  # fmt: skip


def words_for(pool: Pool, db: Database) -> dict[str, str]:
    """A word in many requests and one in few; names likewise."""
    with db.reading() as session:
        first = session.get(Enterprise, 1)
        assert first is not None  # noqa: S101 - every district has one
        name = first.name[2:5]
    return {
        "common": "登记", "rare": pool.sentences[0][4:12], "none": "飞碟降落", "two": "登记 材料", "one": "税",
        "name": name, "name_common": "公司", "name_none": "飞碟公司", "address": f"示例路{17}号",
    }  # fmt: skip


def compared(
    pool: Pool, small: Size, large: Size, *, rounds: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Cost of every page over both districts, one right after the other, so that other work on the machine slows both;
    the largest ratio first."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="qiying-bench-") as folder, ExitStack() as opened:
        both = [opened.enter_context(_panel_over(pool, size, Path(folder), tell)) for size in (small, large)]
        for page in pages(words_for(pool, both[0].db)):
            before, after = (panel.cost(page, rounds=rounds) for panel in both)
            rows[f"{page.role} {page.path}"] = {
                "small_ms": before.processor_ms, "large_ms": after.processor_ms,
                "ratio": round(after.processor_ms / before.processor_ms, 2),
                "wall_ratio": round(after.wall_ms / before.wall_ms, 2),
            }  # fmt: skip
    return dict(sorted(rows.items(), key=lambda item: -item[1]["ratio"]))


@contextmanager
def _panel_over(pool: Pool, size: Size, folder: Path, tell: Callable[[str], None]) -> Iterator[Panel]:
    """The panel over a district of this size, after the worker has done what it does behind everything else."""
    db = Database(f"sqlite:///{folder}/{size.enterprises}-{size.tickets}.db")
    runner.upgrade(db)
    now = real_now()
    rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
    tell(f"{size.enterprises} 家企业，{size.tickets} 张工单")
    with db.transaction() as session:
        fill(session, pool, size, rules=rules, now=now)
    tell("收进检索索引")
    index_texts(db, now, patience_s=HOURS)
    keep_coverage(db, rules.profile, now)
    yield Panel(db, rules, Clock.starting_at(now))
    db.close()
