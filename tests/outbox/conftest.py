"""A real database file, a sender that records and fails on order, and a few people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import tables
from app.db import Database
from app.followers.models import Follower
from app.outbox import delivery, service
from app.outbox.models import OutboxMessage
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from bot.messages import Reply

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in China


@dataclass
class RecordingSender:
    """Records what reached a person; `failures` are raised first, one a call. `hook` runs inside each send."""

    templates: set[str] = field(default_factory=lambda: {"ticket_resolved"})
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    failures: list[DeliveryError | None] = field(default_factory=list)
    texts: int = 1
    hook: Callable[[], None] = lambda: None
    calls: int = 0

    def count_texts(self, reply: Reply) -> int:
        return self.texts

    def has_template(self, kind: str) -> bool:
        return kind in self.templates

    def send_text(self, openid: str, reply: Reply) -> None:
        self._meet()
        self.sent.append(("text", openid, reply.plain()))

    def send_template(
        self, openid: str, kind: str, fields: Mapping[str, str], path: str, client_msg_id: str
    ) -> str:
        self.ids.append(client_msg_id)
        self._meet()
        self.sent.append(("template", openid, fields.get("title", "")))
        return f"9{len(self.sent):04}"

    def fail(self, *kinds: ErrorKind, is_alarming: bool = False, sent: int = 0) -> None:
        self.failures += [
            DeliveryError(kind, f"fake: {kind}", is_alarming=is_alarming, sent=sent) for kind in kinds
        ]

    def _meet(self) -> None:
        self.calls += 1
        self.hook()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


class Bench:
    """The outbox with its database, sender and a hand-held clock."""

    def __init__(self, db: Database, sender: RecordingSender) -> None:
        self.db = db
        self.sender = sender
        self.now = NOW

    def deliver(self, owner: str = "w1") -> bool:
        """One round of this worker; whether it sent anything."""
        return delivery.deliver(self.db, self.sender, owner=owner, now=self.now)

    def drain(self) -> None:
        """Rounds until nothing is due."""
        for _ in range(50):
            if not self.deliver():
                return
        raise AssertionError("the outbox does not come to rest")

    def follower(self, openid: str = "oA", *, window: int = 5, is_subscribed: bool = True) -> None:
        until = self.now + timedelta(hours=48) if window else None
        with self.db.transaction() as session:
            session.add(
                Follower(
                    openid=openid,
                    is_subscribed=is_subscribed,
                    first_seen_at=self.now,
                    last_seen_at=self.now,
                    window_until=until,
                    window_left=window,
                )
            )

    def tell(self, key: str, openid: str = "oA", *, kind: str = "ticket_resolved", delay: int = 0) -> None:
        with self.db.transaction() as session:
            service.enqueue(
                session,
                dedupe_key=key,
                openid=openid,
                kind=kind,
                reply=Reply.of(key),
                fields={"title": key},
                path="/t/x",
                now=self.now,
                due_at=self.now + timedelta(seconds=delay) if delay else None,
            )

    def row(self, key: str) -> OutboxMessage:
        with self.db.reading() as session:
            return session.exec(_by_key(key)).one()

    def left(self, openid: str = "oA") -> int:
        with self.db.reading() as session:
            follower = session.get(Follower, openid)
            assert follower is not None
            return follower.window_left


def _by_key(key: str):
    from sqlmodel import select

    return select(OutboxMessage).where(OutboxMessage.dedupe_key == key)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Every rule holds on both databases."""
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path}/t.db")
        tables.metadata.create_all(db.write_engine)
    else:
        db = request.getfixturevalue("cluster").new_schema()
    yield Bench(db, RecordingSender())
    db.close()
