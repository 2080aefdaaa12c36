"""The panel's handbook pages over a small handbook, one ticket and four accounts."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.audit import AuditRow
from app.clock import Clock, real_now
from app.db import Database
from app.directory.models import Enterprise, Officer
from app.districts.loader import load_profile
from app.editing.desk import Desk
from app.panel.accounts import find_user
from app.panel.deps import PanelDeps
from app.panel.models import User
from app.panel.roles import Role
from app.panel.router import panel_router
from app.panel.sessions import open_session
from app.tickets.models import Ticket
from app.tickets.values import Rules
from app.workdays.store import load_calendar
from handbook.service import HandbookService, Sources
from tests.panel_office import unhurried

__all__ = ["unhurried"]

KB = Path(__file__).parents[2] / "kb"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FOLDERS = ("registration",)
TICKET = "20261120-0001"


@dataclass
class Browser:
    """One logged-in account; every form goes out with its token."""

    client: TestClient
    check: Callable[[str], list[str]]

    def get(self, path: str) -> str:
        response = self.client.get(path)
        assert response.status_code == 200, response.text[:500]
        assert self.check(response.text) == []
        return response.text

    def status(self, path: str) -> int:
        return self.client.get(path).status_code

    def send(self, page: str, action: str, **fields: str) -> tuple[int, str]:
        """Post a form of `page`; follows the redirect. Status of the post, text of what is shown then."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        token = found[1] if found else ""
        answer = self.client.post(action, data={"csrf_token": token, **fields}, follow_redirects=False)
        if answer.status_code == 303:
            return 303, self.get(answer.headers["location"])
        return answer.status_code, answer.text


@dataclass
class World:
    """What the tests look at behind the pages."""

    db: Database
    desk: Desk
    service: HandbookService
    app: FastAPI
    cookie_name: str

    def audited(self) -> list[tuple[str, str, str, bool]]:
        with self.db.reading() as session:
            rows = session.exec(select(AuditRow).order_by(AuditRow.id)).all()
        return [
            (row.actor, row.action, row.object, row.succeeded)
            for row in rows
            if row.action.startswith("handbook")
        ]


@pytest.fixture
def world(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[World]:
    kb = tmp_path / "kb"
    kb.mkdir()
    for folder in FOLDERS:
        shutil.copytree(KB / folder, kb / folder)
    shutil.copy(KB / "categories.toml", kb)
    for file in kb.rglob("*.md"):  # only part of the handbook: no links to what is not there
        lines = file.read_text("utf-8").split("\n")
        file.write_text(
            "\n".join("related: []" if line.startswith("related:") else line for line in lines), "utf-8"
        )
    profile = load_profile("ninghe")
    desk = Desk(kb, tmp_path / "local", profile.key, profile.handbook_variables())
    sources = Sources(
        kb, tmp_path / "index", tmp_path / "local", "", profile.key, profile.handbook_variables()
    )
    service = HandbookService(sources, today=lambda: date(2026, 11, 20))
    db = blank_database(tmp_path / "t.db")
    with db.transaction() as session:
        populate(session)
    deps = PanelDeps(
        db=db,
        rules=lambda session: Rules(profile, load_calendar(session), b"k"),
        clock=Clock.starting_at(NOW),
        search=service,
        signing_key=b"k" * 32,
        district_name=profile.name,
        desk=desk,
    )
    app = FastAPI()
    app.include_router(panel_router(deps))
    yield World(db, desk, service, app, deps.cookie_name)
    db.close()


def populate(session: Session) -> None:
    for name, role in (
        ("zhang", Role.EDITOR),
        ("li", Role.EDITOR),
        ("hub", Role.HUB),
        ("auditor", Role.AUDITOR),
    ):
        session.add(User(username=name, name=f"{name}编辑", role=role, password_hash="none", created_at=NOW))
    officer = Officer(staff_no="T1", name="王服务", openid="oWang")
    enterprise = Enterprise(
        credit_code="91120221MA0000001G", name="宁河区海燕食品有限公司", kind="企业", updated_at=NOW,
        legal_representative="赵建国",
    )  # fmt: skip
    session.add_all([officer, enterprise])
    session.flush()
    session.add(
        Ticket(
            number=TICKET, status="closed", content="海燕食品的赵建国问厂门口修路怎么走，电话13912345678",
            result="已协调住建委开通临时便道", step="officer",
            ladder=[{"key": "officer", "name": "片区", "holder_kind": "officer", "holder": "服务人员"}], holder_kind="officer", officer_id=officer.id,
            enterprise_id=enterprise.id, opened_at=NOW, received_on=date(2026, 11, 20), due_on=date(2026, 11, 27), due_from=date(2026, 11, 20), due_days=5,
            held_since=NOW, last_activity_at=NOW,
        )
    )  # fmt: skip


@pytest.fixture
def login(world: World, page_faults: Callable[[str], list[str]]) -> Callable[[str], Browser]:
    def enter(username: str) -> Browser:
        client = TestClient(world.app, base_url="http://127.0.0.1")
        with world.db.transaction() as session:
            account = find_user(session, username)
            assert account is not None
            cookie = open_session(session, account, address="127.0.0.1", now=real_now())
        client.cookies.set(world.cookie_name, cookie)
        return Browser(client, page_faults)

    return enter
