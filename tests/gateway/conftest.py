"""The gateway against the stand-in platform over real HTTP, with short time limits."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.outbox import service
from app.outbox.delivery import deliver
from app.outbox.models import OutboxMessage
from app.wechat.client import BotClient
from app.wechat.gateway import Gateway
from app.wechat.templates import read_templates
from bot.messages import Incoming, MessageKind, Reply

TEMPLATES = {
    "ticket_resolved": {
        "id": "TPL-resolved",
        "fields": {"character_string1": "number", "thing2": "title", "time3": "due"},
    }
}


@dataclass
class Rig:
    """Outbox, gateway and stand-in. `advance` moves the business clock of all of them."""

    db: Database
    platform: StandIn
    make_client: Callable[[], BotClient]
    gateway: Gateway
    owners: list[str] = field(default_factory=lambda: ["w1"])

    @property
    def now(self):
        return self.platform.clock.now()

    def advance(self, **step: float) -> None:
        self.platform.clock.advance(timedelta(**step))

    def contact(self, openid: str = "oA", kind: MessageKind = MessageKind.TEXT, option_id: str = "") -> None:
        """The person writes: both books, ours and the platform's, open a window."""
        from app.followers import service as followers

        window = "menu" if option_id or kind is MessageKind.CLICK else "user_msg"
        phone = self.platform.user(openid)
        phone.person.is_following = True
        with self.platform.world.lock:
            self.platform.world.open_window(phone.person, window)
        message = Incoming("gh", openid, kind, self.now, "k", option_id=option_id)
        with self.db.transaction() as session:
            followers.touch(session, message, self.now)

    def tell(self, key: str, openid: str = "oA", *, kind: str = "ticket_resolved", text: str = "") -> None:
        with self.db.transaction() as session:
            service.enqueue(
                session,
                dedupe_key=key,
                openid=openid,
                kind=kind,
                reply=Reply.of(text or key),
                fields={"number": "20261120-0042", "title": key, "due": "12月1日"},
                path="/t/token",
                now=self.now,
            )

    def deliver(self) -> int:
        count = 0
        while deliver(self.db, self.gateway, owner="w1", now=self.now):
            count += 1
            assert count < 100
        return count

    def row(self, key: str) -> OutboxMessage:
        from sqlmodel import select

        with self.db.reading() as session:
            return session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == key)).one()

    def shown(self, openid: str = "oA") -> list[tuple[str, str]]:
        return [(entry.kind, entry.text) for entry in self.platform.user(openid).inbox]

    def calls(self, endpoint: str) -> int:
        return len(self.platform.record.calls_to(f"/cgi-bin/{endpoint}"))

    def settled_calls(self, endpoint: str) -> int:
        """The stand-in records a call that hangs when it lets go of it."""
        time.sleep(0.8)
        return self.calls(endpoint)


@pytest.fixture
def rig(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Rig]:
    platform = StandIn()
    platform.start()
    platform.add_template(
        "TPL-resolved", "办结通知", {"character_string1": "单号", "thing2": "事项", "time3": "时限"}
    )
    platform.user("oA")
    db = blank_database(tmp_path / "t.db")

    def make_client() -> BotClient:
        account = platform.account
        return BotClient(account.app_id, account.secret, platform.base_url, db, timeout=(0.5, 0.5))

    gateway = Gateway(make_client(), read_templates(TEMPLATES), "https://qy.example")
    yield Rig(db, platform, make_client, gateway)
    db.close()
    platform.stop()
