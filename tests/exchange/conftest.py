"""A small district with a hotline: one enterprise, its officer, one department, and an exchange folder."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app.api.exchange.service import Exchange
from app.cli.main import app
from app.db import Database
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.outside_models import OutsideOrder
from app.tickets.values import Actor, ActorKind, Rules
from app.workdays.store import packaged_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADERS = (
    "工单编号", "诉求标题", "诉求内容", "诉求分类", "诉求类型", "企业名称", "联系人", "联系电话", "受理时间",
    "办理时限", "承办单位", "工单状态",
)  # fmt: skip


def at(text: str) -> datetime:
    """`2026-11-20 10:00` in China."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


def line(
    number: str, content: str = "厂门口三盏路灯不亮一周了，夜班工人出入不安全", **changed: str
) -> list[str]:
    """One row of the hotline's table."""
    cells = {
        "工单编号": number,
        "诉求标题": "路灯不亮",
        "诉求内容": content,
        "诉求分类": "交通运输",
        "诉求类型": "求助",
        "企业名称": "宁河区测试1号食品有限公司",
        "联系人": "赵测试",
        "联系电话": "13900000001",
        "受理时间": "2026/11/20 09:00",
        "办理时限": "2026-11-25",
        "承办单位": "住建委",
        "工单状态": "待签收",
    }
    return list((cells | changed).values())


@dataclass
class Hotline:
    """The hotline's side of the exchange, and ours."""

    database: Database
    rules: Rules
    data_dir: Path
    now: datetime = field(default_factory=lambda: at("2026-11-20 10:00"))

    def __post_init__(self) -> None:
        self.exchange = Exchange(self.database, self.data_dir, lambda _session: self.rules)
        self.system = self.exchange.system("hotline-12345")
        self.folders = self.exchange.folders(self.system)

    def put(
        self,
        *rows: Sequence[str],
        name: str = "来单.csv",
        encoding: str = "gb18030",
        headers: Sequence[str] = HEADERS,
    ) -> Path:
        path = self.folders.inbox / name
        if name.endswith(".xlsx"):
            book = openpyxl.Workbook()
            for row in (headers, *rows):
                book.active.append(list(row))
            book.save(path)
            return path
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([headers, *rows])
        return path

    def work(self) -> int:
        """Two looks of the worker: the first one sees the file, the second takes it."""
        return self.exchange.work(self.now) + self.exchange.work(self.now)

    def tickets(self) -> list[Ticket]:
        with self.database.reading() as session:
            return list(session.exec(select(Ticket).order_by(Ticket.id)))

    def orders(self) -> list[OutsideOrder]:
        with self.database.reading() as session:
            return list(session.exec(select(OutsideOrder).order_by(OutsideOrder.id)))

    def do(self, ticket: Ticket, action: Action, **words: object) -> Ticket:
        with self.database.transaction() as session:
            hub = Actor(ActorKind.HUB, "1", "中枢值班")
            return service.perform(
                session, ticket.id or 0, action, hub, rules=self.rules, now=self.now, **words
            )

    def out(self, part: str) -> list[list[str]]:
        """The rows of the newest file we wrote whose name has this part."""
        paths = sorted(self.folders.out.glob(f"*{part}*.csv"), key=lambda path: path.stat().st_mtime_ns)
        with paths[-1].open(encoding="gb18030", newline="") as file:
            return list(csv.reader(file))


@pytest.fixture
def hotline(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Hotline]:
    database = blank_database(tmp_path / "exchange.db")
    with database.transaction() as session:
        session.add(Area(code="LT", name="芦台街道", kind="一级片区"))
        session.add(Department(id=1, name="住建委"))
        session.flush()
        session.add(Coordinator(department_id=1, name="李专员", openid="oCoordinator"))
        session.add(Officer(id=1, staff_no="T001", name="王服务", area_code="LT", openid="oOfficerWang"))
        session.add(
            Enterprise(
                id=1, credit_code="91120221MA0000001G", name="宁河区测试1号食品有限公司", kind="企业",
                area_code="LT", updated_at=at("2026-01-05 09:00"),
            )
        )  # fmt: skip
        session.flush()
        session.add(Assignment(enterprise_id=1, officer_id=1, since=at("2026-01-05 09:00")))
    yield Hotline(database, Rules(load_profile("ninghe"), packaged_calendar(), b"a key"), tmp_path / "data")
    database.close()


@pytest.fixture
def row() -> Callable[..., list[str]]:
    """Makes rows of the hotline's table."""
    return line


@pytest.fixture
def shell(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`qiying …` on this district's database; what it prints."""
    for name, value in {
        "QIYING_DATABASE_URL": str(hotline.database.url),
        "QIYING_DATA_DIR": str(hotline.data_dir),
        "QIYING_DISTRICT": "ninghe",
        "QIYING_WECHAT_API_BASE_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(hotline.data_dir)

    def run(*words: str) -> str:
        monkeypatch.setenv("QIYING_NOW", hotline.now.isoformat())
        return CliRunner().invoke(app, list(words), catch_exceptions=False).output

    return run
