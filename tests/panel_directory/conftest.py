"""A seeded district behind the panel's directory and reports; every fetched page is checked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from app.audit import AuditRow
from app.clock import SHANGHAI, Clock, real_now
from app.db import Database
from app.demo.seed import seed_demo
from app.directory.models import Enterprise, Officer
from app.districts.loader import load_profile
from app.panel.accounts import find_user
from app.panel.deps import PanelDeps
from app.panel.models import UserSession
from app.panel.router import panel_router
from app.panel.sessions import hash_cookie, open_session
from app.tickets.values import Rules
from app.workdays.store import packaged_calendar

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
KEY = b"a signing key for tests only...."
ADDRESS = "http://testserver"


class NoHandbook:
    """Nobody searches here."""

    def search(self, question: str, *, staff: bool = False) -> None:
        raise AssertionError(question)

    def entry(self, _entry_id: str) -> None:
        return None


@dataclass
class Person:
    """Somebody logged in. Pages of HTML are checked when they are fetched."""

    client: TestClient
    check: Callable[[str], list[str]]
    csrf_token: str

    def get(self, path: str, status: int = 200) -> str:
        return self._checked(self.client.get(path), status).text

    def fetch(self, path: str) -> Response:
        return self._checked(self.client.get(path), 200)

    def post(self, path: str, status: int = 303, **fields: str) -> Response:
        data = {"csrf_token": self.csrf_token, **fields}
        return self._checked(self.client.post(path, data=data), status)

    def send_file(self, path: str, name: str, content: bytes, status: int = 303, **fields: str) -> Response:
        data = {"csrf_token": self.csrf_token, **fields}
        return self._checked(self.client.post(path, data=data, files={"file": (name, content)}), status)

    def _checked(self, response: Response, status: int) -> Response:
        assert response.status_code == status, response.text[:1500]
        assert "default-src 'self'" in response.headers["content-security-policy"]
        if response.headers.get("content-type", "").startswith("text/html") and response.text:
            assert self.check(response.text) == []
        return response


@dataclass
class Office:
    """The panel of the demo district."""

    db: Database
    deps: PanelDeps
    app: FastAPI
    clock: Clock
    rules: Rules
    check: Callable[[str], list[str]]
    closing: list[TestClient] = field(default_factory=list)

    def user(self, username: str) -> Person:
        client = TestClient(self.app, base_url=ADDRESS, follow_redirects=False)
        self.closing.append(client)
        with self.db.transaction() as session:
            account = find_user(session, username)
            assert account is not None
            cookie = open_session(session, account, address="203.0.113.9", now=real_now())
            row = session.get(UserSession, hash_cookie(cookie))
            assert row is not None
        client.cookies.set(self.deps.cookie_name, cookie)
        return Person(client, self.check, row.csrf_token)

    def enterprise(self, number: int) -> Enterprise:
        with self.db.reading() as session:
            return session.exec(
                select(Enterprise).where(col(Enterprise.name).contains(f"测试{number}号"))
            ).one()

    def officer(self, staff_no: str) -> Officer:
        with self.db.reading() as session:
            return session.exec(select(Officer).where(Officer.staff_no == staff_no)).one()

    def audited(self, action: str) -> list[AuditRow]:
        with self.db.reading() as session:
            statement = select(AuditRow).where(AuditRow.action == action).order_by(col(AuditRow.id))
            return list(session.exec(statement))

    def change(self, what: Callable[[Session], None]) -> None:
        with self.db.transaction() as session:
            what(session)


@pytest.fixture(scope="session")
def seeded(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Callable[[Path], Database]
) -> Iterator[Database]:
    """The demo, seeded once and copied for each test."""
    db = blank_database(tmp_path_factory.mktemp("directory") / "seeded.db")
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
    """The panel over a fresh copy."""
    db = copied_database(seeded, tmp_path / "panel.db")
    rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
    clock = Clock.starting_at(NOW)
    deps = PanelDeps(
        db=db,
        rules=lambda _session: rules,
        clock=clock,
        search=NoHandbook(),
        signing_key=KEY,
        district_name="宁河区",
        public_url=ADDRESS,
        data_dir=tmp_path,
    )
    app = FastAPI()
    app.include_router(panel_router(deps))
    built = Office(db, deps, app, clock, rules, page_faults)
    yield built
    for client in built.closing:
        client.close()
    db.close()
