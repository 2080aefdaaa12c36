"""A phone: the pages over a small district, and a browser that checks every page it opens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.clock import SHANGHAI, Clock
from app.db import Database
from app.directory.models import Area, Assignment, Contact, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.errors import NotFound
from app.phone.deps import PhoneDeps
from app.phone.router import phone_router
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.store import packaged_calendar
from handbook.entry import Basis, Decision, Entry, Kind, SearchResult, Section
from tests.phone_errand import errand, own, path

__all__ = ["errand", "own", "path"]

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=SHANGHAI)
KEY = b"a signing key for tests only...."

SETUP = Entry(
    id="registration/individual-setup",
    title="个体工商户怎么注册",
    questions=("怎么办个体户执照",),
    unlike=(),
    keywords=("个体户",),
    department="市场监管局",
    category="开办登记",
    kind=Kind.ANSWER,
    audience="public",
    summary="网上就能办，**不收费**，有问题打 12345。",
    sections=(
        Section("所需材料", "本人办：\n- 身份证\n- 经营场所证明\n\n委托办：\n- 委托书"),
        Section("办理流程", "1. 登录网上大厅\n2. 填表\n3. 领执照"),
        Section("办理渠道", "窗口电话 022-12345678，收费 12000 元。"),
    ),
    internal_notes="内部口径：不要外传",
    basis=(
        Basis("促进个体工商户发展条例", "第十一条", "https://www.gov.cn/x"),
        Basis("《某办法》", "", "javascript:alert(1)"),
    ),
    reviewed=date(2026, 11, 20),
    review_every=180,
    related=("registration/company-setup", "officer/only", "not/there"),
    fingerprint="a" * 12,
)
ENTRIES = (
    SETUP,
    replace(SETUP, id="registration/company-setup", title="怎么注册公司", related=()),
    replace(SETUP, id="officer/only", title="办案口径", audience="officer"),
    replace(SETUP, id="smalltalk/thanks", title="谢谢", kind=Kind.SMALLTALK),
    replace(SETUP, id="command/bind", title="绑定", kind=Kind.COMMAND),
    replace(SETUP, id="policy/old", title="旧政策", kind=Kind.POLICY, effective_to=date(2026, 1, 1)),
)


class FakeSearch:
    """A handbook of a few entries."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = {entry.id: entry for entry in entries}

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> Entry | None:
        return self.entries.get(entry_id)


@dataclass
class Mobile:
    """A phone's browser over a small district with one ticket."""

    client: TestClient
    check: Callable[[str], list[str]]
    db: Database
    rules: Rules
    clock: Clock
    ticket: Ticket
    search: FakeSearch
    unsolved: list[str] = field(default_factory=list)

    def get(self, path: str, status: int = 200) -> Response:
        return self._checked(self.client.get(path), status)

    def post(self, path: str, status: int = 200, **fields: str) -> Response:
        return self._checked(self.client.post(path, data=fields), status)

    def act(self, action: Action, **words: object) -> None:
        """The officer does something to the ticket."""
        wang = Actor(ActorKind.OFFICER, "1", "王服务")
        with self.db.transaction() as session:
            service.perform(
                session, self.ticket.id or 0, action, wang, rules=self.rules, now=self.clock.now(), **words
            )

    def _checked(self, response: Response, status: int) -> Response:
        assert response.status_code == status, response.text[:1000]
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert self.check(response.text) == []
        return response


@pytest.fixture
def mobile(
    tmp_path: Path,
    page_faults: Callable[[str], list[str]],
    blank_database: Callable[[Path], Database],
) -> Iterator[Mobile]:
    """The phone pages over a fresh district."""
    db = blank_database(tmp_path / "phone.db")
    rules = Rules(load_profile("ninghe"), packaged_calendar(), KEY)
    ticket = _fill(db, rules)
    search, unsolved = FakeSearch(ENTRIES), []

    def not_solved(token: str) -> None:
        if token != "genuine.token":
            raise NotFound("这个链接已失效，请回到对话里发「人工」。")
        unsolved.append(token)

    clock = Clock.starting_at(NOW)
    deps = PhoneDeps(
        db=db,
        search=search,
        profile=rules.profile,
        clock=clock,
        signing_key=KEY,
        not_solved=not_solved,
        rules=lambda _session: rules,
        public_url="https://qiying.example",
    )
    app = FastAPI()
    app.include_router(phone_router(deps))
    with TestClient(app) as client:
        yield Mobile(client, page_faults, db, rules, clock, ticket, search, unsolved)
    db.close()


def _fill(db: Database, rules: Rules) -> Ticket:
    with db.transaction() as session:
        session.add(Area(code="A", name="芦台街道", kind="一级片区", bounds="东至蓟运河", leader="示例领导"))
        session.flush()
        session.add(Area(code="A-1", name="一片区", parent_code="A", kind="二级片区"))
        session.add(Area(code="OLD", name="撤销片区", kind="一级片区", is_active=False))
        session.flush()
        session.add(
            Officer(staff_no="1", name="王服务", phone="13800000001", public_phone="022-00000001", area_code="A-1",
                    duty="企业服务", openid="o-wang")
        )  # fmt: skip
        session.add(Officer(staff_no="2", name="李示例", phone="13800000002", area_code="A", openid="o-li"))
        session.add(Officer(staff_no="3", name="离职者", phone="13800000003", area_code="A", is_active=False))
        session.add(Department(name="住建委", office_phone="022-00010001"))
        session.add(
            Enterprise(
                credit_code="91120117MAT000018A", name="宁河区测试1号食品有限公司", kind="企业", area_code="A-1",
                updated_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.add(Assignment(enterprise_id=1, officer_id=1, since=NOW))
        session.add(Contact(openid="o-zhao", enterprise_id=1, name="赵测试", phone="13900000001", since=NOW))
        session.flush()
        draft = TicketDraft(
            content="厂门口修路货车进不来，我叫赵测试，电话13900000001",
            openid="o-zhao",
            enterprise_id=1,
            contact_name="赵测试",
            contact_phone="13900000001",
            category="道路交通",
        )
        return service.open_ticket(session, draft, rules=rules, now=NOW - timedelta(hours=1))
