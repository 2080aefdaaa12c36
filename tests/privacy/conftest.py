"""One person in every table and file, beside another one who must stay untouched."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text
from sqlmodel import Session

from app import audit
from app.conversations.models import Answer, InboxMessage, InboxState, Lesson
from app.db import Database
from app.directory.models import Area, Attempt, Contact, Enterprise, Officer
from app.followers.models import Follower
from app.migrations import runner
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets.models import Attachment, Rating, Ticket, TicketEvent

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Canary:
    """Somebody whose data is looked for."""

    openid: str
    phone: str
    name: str

    @property
    def spaced(self) -> str:
        """The number as people type it."""
        return f"{self.phone[:3]} {self.phone[3:7]}-{self.phone[7:]}"

    @property
    def wide(self) -> str:
        """The number in full-width digits."""
        return self.phone.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    @property
    def needles(self) -> list[str]:
        """Whatever must not be found anywhere afterwards."""
        return [self.openid, self.phone, self.spaced, self.wide, self.name]


GOES = Canary("oCanaryGoes00123456789abcdefg", "13912348765", "赵金丝雀")
STAYS = Canary("oCanaryStays0123456789abcdefg", "13912340000", "钱留下来")


@dataclass
class Place:
    """An installation: database and data folder."""

    database: Database
    data_dir: Path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Both people everywhere; the command line points at it."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    url = f"sqlite:///{data_dir}/qiying.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_database()
    database = Database(url)
    runner.upgrade(database)
    with database.write_engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE table_of_tomorrow (id INTEGER PRIMARY KEY, words TEXT, data JSON)")
        )
    with database.transaction() as session:
        session.add(Area(code="A", name="一片区", kind="一级片区"))
        session.flush()
        session.add(
            Officer(
                id=1, staff_no="001", name="王服务", phone="13900000001", area_code="A", openid="oOfficer"
            )
        )
        for number, person in ((1, GOES), (2, STAYS)):
            populate(session, number, person)
    for number, person in ((1, GOES), (2, STAYS)):
        write_files(data_dir, number, person)
    monkeypatch.setenv("QIYING_DATABASE_URL", url)
    monkeypatch.setenv("QIYING_DATA_DIR", str(data_dir))
    yield Place(database, data_dir)
    database.close()


def populate(session: Session, number: int, person: Canary) -> None:
    """A row of this person in every table that can hold one."""
    told = f"请联系 {person.name} {person.spaced} 或 {person.wide}"
    session.add(
        Follower(
            openid=person.openid,
            first_seen_at=NOW,
            last_seen_at=NOW,
            state={"question": f"我叫{person.name} {person.phone}"},
        )
    )
    session.add(
        Enterprise(
            id=number, credit_code=f"9112000000000000{number:02d}", name=f"测试{number}号公司", kind="企业", area_code="A",
            contact_name=person.name, contact_phone=person.phone, updated_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Contact(openid=person.openid, enterprise_id=number, name=person.name, phone=person.phone, since=NOW)
    )
    for key, state, body in (
        (f"message:{number}", InboxState.ANSWERED, {}),
        (f"event:{person.openid}:1700000000", InboxState.DEFERRED, {"text": told, "openid": person.openid}),
    ):
        session.add(
            InboxMessage(
                dedupe_key=key, openid=person.openid, kind="text", state=state, body=body,
                reply_xml=f"<ToUserName>{person.openid}</ToUserName>{told}", received_at=NOW,
            )
        )  # fmt: skip
    session.add(
        Answer(
            id=number,
            openid=person.openid,
            question=f"我是{person.name}，电话{person.phone}，怎么办照",
            decision="none",
            at=NOW,
        )
    )
    session.add(Lesson(answer_id=number, question=f"{person.name}怎么办照", entry_id="a/b", at=NOW))
    session.add(
        Ticket(
            id=number, number=f"20261120-000{number}", status="处理中", content=f"{told}，门口积水", title=f"{person.name}反映积水",
            openid=person.openid, enterprise_id=number, contact_name=person.name, contact_phone=person.spaced, step="officer",
            holder_kind="officer", officer_id=1, opened_at=NOW, received_on=date(2026, 11, 20), due_on=date(2026, 11, 27),
            due_from=date(2026, 11, 20), due_days=5, held_since=NOW, last_activity_at=NOW, result=told,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        TicketEvent(
            ticket_id=number, at=NOW, kind="opened", actor_kind="enterprise", actor_id=person.openid, actor_name=person.name,
            note=told, is_public=True, data={"by": person.openid, "words": told},
        )
    )  # fmt: skip
    session.add(
        TicketEvent(
            ticket_id=number, at=NOW, kind="note", actor_kind="officer", actor_id="1", note=f"内部：{told}"
        )
    )
    session.add(
        Attachment(ticket_id=number, at=NOW, media_kind="image", media_id="m", path=f"photo{number}.jpg")
    )
    session.add(Rating(ticket_id=number, at=NOW, score=5, comment=told, openid=person.openid))
    session.add(Attempt(key=f"code:{person.openid}", count=1, since=NOW))
    for openid, state in (
        (person.openid, OutboxState.NEW),
        (person.openid, OutboxState.SENT),
        ("oOfficer", OutboxState.NEW),
    ):
        session.add(
            OutboxMessage(
                dedupe_key=f"ticket:{number}:v1:{state}:{openid}", openid=openid, kind="notice", reply=[told],
                fields={"who": person.name, "phone": person.phone}, ticket_id=number, state=state, created_at=NOW, due_at=NOW,
            )
        )  # fmt: skip
    session.connection().execute(
        text("INSERT INTO table_of_tomorrow VALUES (:id, :words, :data)"),
        {
            "id": number,
            "words": f"{person.openid} {person.wide}",
            "data": json.dumps({"x": [person.phone, person.wide]}),
        },
    )
    audit.record(
        session, at=NOW, actor_kind="enterprise", actor=person.openid, action="ticket.open", target=f"ticket:{number}",
        detail={"phone": person.phone},
    )  # fmt: skip


def write_files(data_dir: Path, number: int, person: Canary) -> None:
    """Uploads, refused import rows, a draft of the handbook, the index."""
    files = {
        f"uploads/photo{number}.jpg": "not really a picture",
        f"kb/_learned/choices{number}.jsonl": json.dumps({"words": f"{person.phone} 怎么办"})
        + '\n{"words": "积水"}\n',
        f"kb/_drafts/draft{number}.json": json.dumps({"who": {"openid": person.openid}, "words": "占道施工"}),
        f"index/abc{number}/texts.json": json.dumps([person.phone]),
    }
    for name, content in files.items():
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    rejected = data_dir / "imports/企业-未导入.csv"
    rejected.parent.mkdir(parents=True, exist_ok=True)
    with rejected.open("a", encoding="utf-8") as file:
        file.write(f'"{person.name}\n第二行",{person.phone},没有信用代码\n')


@pytest.fixture
def goes(place: Place) -> Callable[[], list[str]]:
    """Where the person who asked is still to be found: any value of any table, any byte of any file."""
    return lambda: [*_in_tables(place.database, GOES), *_in_files(place.data_dir, GOES)]


@pytest.fixture
def stays(place: Place) -> Callable[[], list[str]]:
    """Where the other one is."""
    return lambda: [*_in_tables(place.database, STAYS), *_in_files(place.data_dir, STAYS)]


def _in_tables(database: Database, person: Canary) -> list[str]:
    hits = []
    metadata = MetaData()
    with database.reading() as session:
        connection = session.connection()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            for row in connection.execute(table.select()).mappings():
                for name, value in row.items():
                    written = (
                        value
                        if isinstance(value, str)
                        else json.dumps(value, ensure_ascii=False, default=str)
                    )
                    hits += [
                        f"{table.name}.{name}: {needle}" for needle in person.needles if needle in written
                    ]
    return hits


def _in_files(data_dir: Path, person: Canary) -> list[str]:
    hits = []
    for path in data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            hits += [f"{path.name}: {needle}" for needle in person.needles if needle.encode() in content]
    return hits
