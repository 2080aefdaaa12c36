"""An office: a seeded district, the panel over it, and a browser that checks every page it opens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from app.audit import AuditRow
from app.clock import SHANGHAI, Clock, real_now
from app.db import Database, sqlite_path
from app.demo.seed import seed_demo
from app.directory.models import Enterprise, Officer
from app.districts.loader import load_profile
from app.panel import repeats
from app.panel.accounts import find_user
from app.panel.deps import PanelDeps
from app.panel.models import UserSession
from app.panel.router import panel_router
from app.panel.sessions import hash_cookie, open_session
from app.tables import metadata
from app.tickets.models import Ticket
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
KEY = b"a signing key for tests only...."
ADDRESS = "http://testserver"


class FakeSearch:
    """A handbook of one entry; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known = Entry(
            id="permit/food-business", title="食品经营许可证怎么办", questions=(), unlike=(), keywords=(),
            department="市场监管局", category="", kind=Kind.ANSWER, audience="public", summary="先领执照。",
            sections=(), internal_notes="", basis=(), reviewed=None, review_every=180, related=(),
        )  # fmt: skip

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        self.asked.append(question)
        if "食品" not in question:
            return SearchResult(question, Decision.NONE, (), 0.08)
        return SearchResult(
            question, Decision.ANSWER, (Candidate(self.known, 0.97, {"phrasing": 0.91}),), 0.97
        )

    def entry(self, entry_id: str) -> Entry | None:
        return self.known if entry_id == self.known.id else None


@dataclass
class Browser:
    """A person at the panel. Every page of HTML is checked when it is fetched."""

    client: TestClient
    check: Callable[[str], list[str]]
    csrf_token: str = ""

    def get(self, path: str, status: int = 200) -> Response:
        response = self.client.get(path)
        return self._checked(response, status)

    def page(self, path: str, status: int = 200) -> str:
        """What is read there."""
        return self.get(path, status).text

    def post(
        self, path: str, status: int = 303, headers: dict[str, str] | None = None, **fields: str
    ) -> Response:
        response = self.client.post(
            path, data={"csrf_token": self.csrf_token, **fields}, headers=headers or {}
        )
        return self._checked(response, status)

    def send_file(self, path: str, name: str, content: bytes, status: int = 303, **fields: str) -> Response:
        """A form with one file."""
        data = {"csrf_token": self.csrf_token, **fields}
        return self._checked(self.client.post(path, data=data, files={"file": (name, content)}), status)

    def _checked(self, response: Response, status: int) -> Response:
        assert response.status_code == status, response.text[:2000]
        assert "default-src 'self'" in response.headers["content-security-policy"]
        if response.headers.get("content-type", "").startswith("text/html") and response.text:
            assert self.check(response.text) == []
        return response


@dataclass
class Office:
    """The panel of a seeded district."""

    db: Database
    deps: PanelDeps
    app: FastAPI
    search: FakeSearch
    clock: Clock
    rules: Rules
    check: Callable[[str], list[str]]
    closing: list[TestClient] = field(default_factory=list)

    def guest(self, address: str = "203.0.113.9") -> Browser:
        """Somebody who is not logged in."""
        client = TestClient(self.app, base_url=ADDRESS, follow_redirects=False, client=(address, 50000))
        self.closing.append(client)
        return Browser(client, self.check)

    def user(self, username: str) -> Browser:
        """A person logged in as this demo account (hub, leader, editor, auditor, admin)."""
        browser = self.guest()
        with self.db.transaction() as session:
            account = find_user(session, username)
            assert account is not None
            cookie = open_session(session, account, address="203.0.113.9", now=real_now())
            row = session.get(UserSession, hash_cookie(cookie))
            assert row is not None
            browser.csrf_token = row.csrf_token
        browser.client.cookies.set(self.deps.cookie_name, cookie)
        return browser

    def stored(self) -> bytes:
        """All that the database keeps: its files as they lie on disk, or every row of every table of a server."""
        path = sqlite_path(self.db.url)
        if path is not None:
            return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
        with self.db.reading() as session:
            rows = (session.execute(select(table)).all() for table in metadata.sorted_tables)
            return repr([list(row) for of_table in rows for row in of_table]).encode()

    def ticket(self, words: str) -> Ticket:
        """The ticket whose request contains these words."""
        with self.db.reading() as session:
            return session.exec(select(Ticket).where(col(Ticket.content).contains(words))).one()

    def enterprise(self, number: int) -> Enterprise:
        """The demo's enterprise of this number."""
        with self.db.reading() as session:
            return session.exec(
                select(Enterprise).where(col(Enterprise.name).contains(f"测试{number}号"))
            ).one()

    def officer(self, staff_no: str) -> Officer:
        """The officer of this staff number."""
        with self.db.reading() as session:
            return session.exec(select(Officer).where(Officer.staff_no == staff_no)).one()

    def change(self, what: Callable[[Session], None]) -> None:
        """Do something to the database."""
        with self.db.transaction() as session:
            what(session)

    def audited(self, action: str) -> list[AuditRow]:
        """Audit rows of one act, oldest first."""
        with self.db.reading() as session:
            statement = select(AuditRow).where(AuditRow.action == action).order_by(col(AuditRow.id))
            return list(session.exec(statement))


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that comes again comes from somebody who tries again, not from a double click."""
    monkeypatch.setattr(repeats, "WITHIN", timedelta(seconds=-1))


@pytest.fixture(scope="session")
def seeded(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Callable[[Path], Database]
) -> Iterator[Database]:
    """A seeded database, copied for each test."""
    db = blank_database(tmp_path_factory.mktemp("office") / "seeded.db")
    seed_demo(db, Rules(load_profile("ninghe"), packaged_calendar(), KEY), NOW)
    yield db
    db.close()


@pytest.fixture
def office(
    seeded: Database,
    tmp_path: Path,
    page_faults: Callable[[str], list[str]],
    copied_database: Callable[[Database, Path], Database],
) -> Iterator[Office]:
    """The panel over a fresh copy of the seeded district."""
    db = copied_database(seeded, tmp_path / "panel.db")
    rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
    search, clock = FakeSearch(), Clock.starting_at(NOW)
    deps = PanelDeps(
        db=db,
        rules=lambda _session: rules,
        clock=clock,
        search=search,
        signing_key=KEY,
        district_name="宁河区",
        public_url=ADDRESS,
        data_dir=tmp_path,
    )
    app = FastAPI()
    app.include_router(panel_router(deps))
    built = Office(db, deps, app, search, clock, rules, page_faults)
    yield built
    for client in built.closing:
        client.close()
    db.close()
