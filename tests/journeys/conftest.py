"""A whole town over real HTTP: the bot served by uvicorn, the stand-in platform, a small directory."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr
from sqlmodel import Session, select

from app.bootstrap import Runtime, build
from app.clock import Clock
from app.demo.platform.phone import Phone
from app.demo.platform.stand_in import StandIn
from app.demo.platform.world import Entry as ChatLine
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.duties import worker_of
from app.main import create_app
from app.settings import Settings
from app.tickets.models import Ticket
from app.worker import Worker
from handbook.entry import Decision, Search, SearchResult
from handbook.service import HandbookService, Sources

KB = Path(__file__).parents[2] / "kb"
MORNING = "2026-11-20T09:30:00+08:00"


@dataclass
class Town:
    """The running system and the people in it."""

    runtime: Runtime
    platform: StandIn
    worker: Worker
    clock: Clock

    def phone(self, openid: str) -> Phone:
        """The phone of somebody who follows the account."""
        return self.platform.user(openid)

    def work(self) -> None:
        """Let the worker do everything that is due now."""
        for _ in range(20):
            if not self.worker.tick(self.clock.now()):
                return

    def passes(self, **delta: float) -> None:
        """Business time goes by."""
        self.clock.advance(timedelta(**delta))

    def tickets(self) -> list[Ticket]:
        """Every ticket, oldest first."""
        with self.runtime.db.reading() as session:
            return list(session.exec(select(Ticket).order_by(Ticket.id)))

    def in_session(self, act: Callable[[Session], None]) -> None:
        """Change something as an administrator would."""
        with self.runtime.db.transaction() as session:
            act(session)

    def moves_away(self, staff_no: str) -> None:
        """This officer works in another area from now on."""

        def move(session: Session) -> None:
            session.add(Area(code="QB", name="桥北街道", kind="一级片区"))
            session.flush()
            session.exec(select(Officer).where(Officer.staff_no == staff_no)).one().area_code = "QB"

        self.in_session(move)


def last(phone: Phone) -> str:
    """What the phone shows last, without the person's own lines."""
    return received(phone)[-1].text


def received(phone: Phone) -> list[ChatLine]:
    """What the phone was sent."""
    return [line for line in phone.inbox if line.kind != "sent"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(
    platform: StandIn, data_dir: Path, port: int, database_url: str, district: str = "ninghe"
) -> Settings:
    account = platform.account
    return Settings(
        _env_file=None,
        data_dir=data_dir,
        database_url=database_url,
        district=district,
        kb_dir=KB,
        wechat_app_id=account.app_id,
        wechat_app_secret=SecretStr(account.secret),
        wechat_token=SecretStr(account.token),
        wechat_encoding_aes_key=SecretStr(account.aes_key),
        wechat_original_id=account.original_id,
        wechat_api_base_url=platform.base_url,
        public_url=f"http://127.0.0.1:{port}",
        now=MORNING,
    )


class Served:
    """uvicorn in a thread."""

    def __init__(self, app: object, port: int) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=60)


@pytest.fixture
def platform() -> Iterator[StandIn]:
    standing = StandIn()
    standing.start()
    yield standing
    standing.stop()


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> HandbookService:
    """The shipped handbook, loaded once: nobody here edits it."""
    profile = load_profile("ninghe")
    folder = tmp_path_factory.mktemp("index")
    return HandbookService(
        Sources(KB, folder, None, "", profile.key, profile.handbook_variables()),
        today=lambda: date(2026, 11, 20),
    )


@pytest.fixture
def district() -> str:
    """Whose rules hold; a test file may say another."""
    return "ninghe"


@pytest.fixture
def town(
    platform: StandIn, tmp_path: Path, handbook: HandbookService, empty_url: str, district: str
) -> Iterator[Town]:
    port = free_port()
    settings = settings_for(platform, tmp_path, port, empty_url, district)
    clock = Clock.starting_at(settings.now)
    platform.clock.offset = clock.offset
    runtime = build(settings, clock=clock, handbook=handbook)
    platform.account.callback_url = f"http://127.0.0.1:{port}/wechat"
    with runtime.db.transaction() as session:
        populate(session, clock)
    with Served(create_app(runtime), port):
        yield Town(runtime, platform, worker_of(runtime), clock)
    runtime.close()


def populate(session: Session, clock: Clock) -> None:
    """One area, two officers, one department, three enterprises."""
    session.add(Area(code="LT", name="芦台街道", kind="一级片区"))
    session.flush()
    wang = Officer(
        staff_no="T001", name="王服务", public_phone="022-00000001", area_code="LT", openid="oOfficerWang"
    )
    li = Officer(
        staff_no="T002", name="李备岗", public_phone="022-00000002", area_code="LT", openid="oOfficerLi"
    )
    department = Department(name="住建委", office_phone="022-00000100")
    session.add_all([wang, li, department])
    session.flush()
    session.add(
        Coordinator(department_id=department.id, name="李专员", expertise="占道施工", openid="oCoordinator")
    )
    names = ["宁河区测试1号食品有限公司", "宁河区测试2号机械有限公司", "宁河区测试小吃店"]
    codes = ["91120221MA0000001G", "91120221MA0000002K", "92120221MA0000003K"]
    for name, code in zip(names, codes, strict=True):
        enterprise = Enterprise(
            credit_code=code, name=name, kind="企业", area_code="LT", updated_at=clock.now()
        )
        session.add(enterprise)
        session.flush()
        if "小吃" not in name:
            session.add(
                Assignment(enterprise_id=enterprise.id, officer_id=wang.id, since=clock.now(), rule="片区")
            )


@pytest.fixture
def bound(town: Town) -> Phone:
    """A contact of 测试1号, bound and quiet."""
    phone = town.phone("oEnterprise1")
    phone.send_text("绑定 宁河区测试1号食品有限公司")
    phone.send_text("1")
    phone.send_text("赵女士 13900000001")
    return phone


class Ignorant(Search):
    """A handbook that knows nothing: every question becomes a ticket, whatever the entries say."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> None:
        return None


@pytest.fixture
def ignorant(town: Town, monkeypatch: pytest.MonkeyPatch) -> Ignorant:
    """Let nothing be found from now on."""
    search = Ignorant()
    monkeypatch.setattr(town.runtime.handler, "_search", search)
    return search
