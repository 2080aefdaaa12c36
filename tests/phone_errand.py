"""An errand on a ticket's page: the pages with a sign-in, and what they kept of files."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from app.clock import real_now
from app.phone.deps import PhoneDeps
from app.phone.router import phone_router
from app.phone.signin import Readers
from app.tickets.links import officer_path, ticket_path
from app.tickets.models import TicketEvent

KEY = b"a signing key for tests only...."
ZHAO, WANG = "o-zhao", "o-wang"
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 60


@dataclass
class SignIn:
    """WeChat's sign-in: whoever holds the phone comes straight back."""

    openid_of_phone: str = ZHAO

    def address(self, back: str, state: str) -> str:
        return f"{back.removeprefix('http://phone')}?code=c&state={state}"

    def openid(self, code: str) -> str:
        return self.openid_of_phone


@dataclass
class Errand:
    """The ticket pages with a sign-in, and what was kept of files."""

    mobile: Any
    client: TestClient
    sign_in: SignIn
    kept: list[bytes] = field(default_factory=list)
    unsolved: list[str] = field(default_factory=list)

    def open(self, path: str, openid: str = ZHAO) -> str:
        self.sign_in.openid_of_phone = openid
        self.client.cookies.clear()
        page = self.client.get(f"{path}/sign-in")
        assert page.status_code == 200
        assert self.mobile.check(page.text) == []
        return page.text

    def send(
        self, path: str, page: str, action: str, files: tuple[bytes, ...] = (), **fields: str
    ) -> Response:
        hidden = dict(re.findall(r'name="(form_token|version)" value="([^"]+)"', page))
        parts = [("files", (f"{place}.jpg", content)) for place, content in enumerate(files)]
        answer = self.client.post(path, data=hidden | {"action": action} | fields, files=parts or None)
        assert self.mobile.check(answer.text) == []
        return answer

    def count(self, kind: str) -> int:
        with self.mobile.db.reading() as session:
            return len(session.exec(select(TicketEvent).where(TicketEvent.kind == kind)).all())


@pytest.fixture
def errand(mobile, tmp_path: Path) -> Errand:
    sign_in, app = SignIn(), FastAPI()
    found = Errand(mobile, TestClient(app, base_url="http://phone"), sign_in)

    def keep(content: bytes) -> str:
        found.kept.append(content)
        name = f"{len(found.kept)}.jpg"
        (tmp_path / "uploads").mkdir(exist_ok=True)
        (tmp_path / "uploads" / name).write_bytes(content)
        return name if content.startswith(JPEG[:2]) else ""

    deps = PhoneDeps(
        db=mobile.db, search=mobile.search, profile=mobile.rules.profile, clock=mobile.clock, signing_key=KEY,
        not_solved=found.unsolved.append, rules=lambda _session: mobile.rules, keep=keep,
        readers=Readers(sign_in, KEY, "http://phone"), data_dir=tmp_path,
    )  # fmt: skip
    app.include_router(phone_router(deps))
    return found


@pytest.fixture
def path(mobile) -> str:
    return ticket_path(mobile.ticket.number, KEY, real_now())


@pytest.fixture
def own(mobile) -> str:
    return officer_path(mobile.ticket.number, KEY, real_now())
