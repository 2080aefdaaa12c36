"""A district in process: the real front desk, the real worker with a recording sender, a clock that jumps.

The handbook finds nothing, so that every question becomes a ticket. Hub people act through the ticket desk,
as their panel does.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from app.clock import Clock
from app.conversations.handling import MessageHandler
from app.conversations.service import Conversations
from app.db import Database
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.loader import load_profile
from app.editing.desk import Desk as EditingDesk
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets import rectifying, reminding, service
from app.tickets.lifecycle import Action
from app.tickets.models import Rating, Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind, Rules
from app.workdays.store import load_calendar
from app.worker import Hooks, Worker
from bot.messages import Incoming, MessageKind, Reply
from handbook.entry import Decision, Entry, Search, SearchResult

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOSS, WANG, LIU, LI, ZHOU = "oBoss", "oWang", "oLiu", "oLi", "oZhou"
HUB = Actor(ActorKind.HUB, "1", "中枢值班")
START = "2026-09-01 09:00"


def at(text: str) -> datetime:
    """`2026-11-20 10:00` in China as an aware UTC moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


class NothingFound(Search):
    """A handbook without a fitting entry."""

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        return SearchResult(question, Decision.NONE, (), 0.1)

    def entry(self, entry_id: str) -> Entry | None:
        return None


@dataclass(frozen=True)
class Push:
    """One message that reached a person."""

    at: datetime
    openid: str
    kind: str
    text: str


@dataclass
class RecordingSender:
    """Every push arrives; the outbox keeps what it said, this counts that it was really sent."""

    sent: int = 0

    def count_texts(self, reply: Reply) -> int:
        return 1

    def has_template(self, kind: str) -> bool:
        return True

    def send_text(self, openid: str, reply: Reply) -> None:
        self.sent += 1

    def send_template(
        self, openid: str, kind: str, fields: Mapping[str, str], path: str, client_msg_id: str
    ) -> str:
        self.sent += 1
        return f"m{self.sent}"


@dataclass
class District:
    """The running district and everyone in it."""

    key: str
    db: Database
    clock: Clock
    rules: Callable[[Session], Rules]
    conversations: Conversations
    worker: Worker
    sender: RecordingSender
    serial: int = 0
    zone: ZoneInfo = SHANGHAI

    def says(self, openid: str, text: str) -> str:
        """One chat message, answered in the passive reply; then the worker delivers what follows."""
        self.serial += 1
        incoming = Incoming(
            "gh_test", openid, MessageKind.TEXT, self.clock.now(), f"{openid}:{self.serial}", text=text
        )
        document = self.conversations.receive(incoming)
        self.work()
        content = ElementTree.fromstring(document).findtext("Content") or ""  # noqa: S314 - our own text
        return re.sub(r"</?a[^>]*>", "", content)

    def hub(self, action: Action, number: str = "", **words: object) -> Ticket:
        """The hub acts in its panel."""
        with self.db.transaction() as session:
            ticket = session.exec(
                select(Ticket).where(col(Ticket.number).endswith(number)).order_by(col(Ticket.id).desc())
            ).first()
            assert ticket is not None
            now = self.clock.now()
            changed = service.perform(
                session, ticket.id or 0, action, HUB, rules=self.rules(session), now=now, **words
            )
        self.work()
        return changed

    def put_right(self, number: str) -> list[str]:
        """Where the district keeps a problem list: listed, evidenced, signed. The events it leaves on the ticket."""
        with self.db.transaction() as session:
            rules, now = self.rules(session), self.clock.now()
            if rules.profile.rectification is None:
                return []
            words = {"by": HUB, "rules": rules, "now": now}
            item = rectifying.list_problem(
                session,
                "道路迟迟不通",
                department="住建委",
                owner_name="测试科长",
                ticket_number=number,
                **words,
            )
            rectifying.add_evidence(session, item.id or 0, note="便道已通", **words)
            rectifying.submit(session, item.id or 0, **words)
            rectifying.sign(session, item.id or 0, head="测试主任", post="主任", **words)
        return ["listed"]

    def work(self) -> None:
        """Let the worker do everything that is due now."""
        for _ in range(20):
            if not self.worker.tick(self.clock.now()):
                return

    def until(self, text: str) -> None:
        """Time passes to this moment; the worker looks at 09:01, 14:00 and 22:00 of every day between."""
        target = at(text)
        day = self.clock.now().astimezone(SHANGHAI).date()
        while day <= target.astimezone(SHANGHAI).date():
            for hour in (time(9, 1), time(14), time(22)):
                moment = datetime.combine(day, hour, SHANGHAI).astimezone(UTC)
                if self.clock.now() < moment < target:
                    self._jump(moment)
                    self.work()
            day += timedelta(days=1)
        self._jump(target)
        self.work()

    def _jump(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())

    def ticket(self, suffix: str = "") -> Ticket:
        """The newest ticket, or the newest that ends so."""
        with self.db.reading() as session:
            statement = select(Ticket).where(col(Ticket.number).endswith(suffix))
            found = session.exec(statement.order_by(col(Ticket.id).desc())).first()
            assert found is not None
            return found

    def kinds(self, suffix: str = "") -> list[str]:
        """The timeline of a ticket as event kinds, without the system's reminders."""
        ticket = self.ticket(suffix)
        with self.db.reading() as session:
            statement = select(TicketEvent.kind).where(col(TicketEvent.ticket_id) == ticket.id)
            return [
                kind for kind in session.exec(statement.order_by(col(TicketEvent.id))) if kind != "reminded"
            ]

    def pushed(self, openid: str) -> list[Push]:
        """What reached a person by push, oldest first."""
        with self.db.reading() as session:
            statement = select(OutboxMessage).where(
                col(OutboxMessage.openid) == openid, col(OutboxMessage.state) == OutboxState.SENT
            )
            rows = session.exec(statement.order_by(col(OutboxMessage.id)))
            return [
                Push(row.sent_at or row.created_at, openid, row.kind, Reply.from_json(row.reply).plain())
                for row in rows
            ]

    def last_push(self, openid: str) -> str:
        return self.pushed(openid)[-1].text

    def heard(self, openid: str, words: str) -> bool:
        """Whether any push to this person contains these words."""
        return any(words in push.text for push in self.pushed(openid))

    def push_days(self, openid: str) -> set[date]:
        """The China days on which this person was sent anything."""
        return {push.at.astimezone(SHANGHAI).date() for push in self.pushed(openid)}

    def scores(self, suffix: str = "") -> list[tuple[int, bool]]:
        """(score, is current) of every rating of a ticket."""
        ticket = self.ticket(suffix)
        with self.db.reading() as session:
            rows = session.exec(select(Rating).where(col(Rating.ticket_id) == ticket.id))
            return [(row.score, row.is_current) for row in rows]

    def in_session(self, act: Callable[[Session], None]) -> None:
        """Change something as an administrator would."""
        with self.db.transaction() as session:
            act(session)


def people(session: Session) -> None:
    """One area with a leader, two officers (each the other's stand-in), two departments, one enterprise."""
    since = at(START)
    session.add(Area(code="YI", name="一片区", kind="一级片区", leader="郑主任", section="经济发展办"))
    session.add(Department(id=1, name="住建委", office_phone="022-10000001"))
    session.add(Department(id=2, name="交通局", office_phone="022-10000002"))
    session.flush()
    session.add(Coordinator(id=1, department_id=1, name="李专员", openid=LI))
    session.add(Coordinator(id=2, department_id=2, name="周专员", openid=ZHOU))
    for number, name, openid in ((1, "王服务", WANG), (2, "刘服务", LIU), (3, "郑主任", "oZheng")):
        session.add(
            Officer(
                id=number, staff_no=f"00{number}", name=name, area_code="YI", openid=openid, bound_at=since
            )
        )
    session.add(
        Enterprise(
            id=1,
            credit_code="91120221MA0000001G",
            name="测试1号食品有限公司",
            kind="企业",
            area_code="YI",
            leader="孙区长",
            updated_at=since,
        )
    )
    session.flush()
    session.add(Assignment(enterprise_id=1, officer_id=1, since=since, rule="片区"))


@pytest.fixture
def open_district(
    tmp_path: Path, blank_database: Callable[[Path], Database]
) -> Iterator[Callable[..., District]]:
    opened: list[District] = []

    def make(key: str, start: str = START) -> District:
        db = blank_database(tmp_path / f"{key}.db")
        with db.transaction() as session:
            people(session)
        clock = Clock.starting_at(at(start))
        profile = load_profile(key)

        def rules(session: Session) -> Rules:
            return Rules(profile, load_calendar(session), b"a key of the stories")

        signing = b"a key of the stories"
        handbook = EditingDesk(tmp_path / "kb", tmp_path / "local", key, profile.handbook_variables())
        handler = MessageHandler(db, NothingFound(), rules, clock, "http://127.0.0.1:8000", signing, handbook)
        conversations = Conversations(db, handler, clock)
        sender = RecordingSender()
        hooks = Hooks(
            escalate=lambda session, now: reminding.escalate_due(session, rules(session), now),
            resume=conversations.resume_abandoned,
            quiet_until=profile.quiet_hours.until,
        )
        district = District(
            key, db, clock, rules, conversations, Worker(db, sender, clock, hooks=hooks), sender
        )
        opened.append(district)
        district.says(BOSS, "绑定 测试1号食品有限公司")
        district.says(BOSS, "1")
        district.says(BOSS, "赵女士 13900000001")
        return district

    yield make
    for district in opened:
        district.conversations.close()
        district.db.close()
