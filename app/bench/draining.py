"""Telling everybody after an outage: how fast a worker empties the outbox, beside what the platform itself takes."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.clock import Clock, real_now
from app.db import Database
from app.demo.platform.stand_in import StandIn
from app.followers import service as followers
from app.migrations import runner
from app.outbox import service
from app.settings import Settings
from app.wechat.gateway import Gateway
from app.worker import Worker
from bot.messages import Incoming, MessageKind, Reply

EACH = 4  # a contact opens room for five
KIND = "ticket_resolved"
BATCH = 500


def drained(settings: Settings, count: int, *, tell: Callable[[str], None]) -> dict[str, Any]:
    """Seconds and rate for `count` messages to `count / 4` people, in order; the ceiling is the same sends in a row."""
    with tempfile.TemporaryDirectory(prefix="qiying-bench-") as name:
        platform = StandIn()
        platform.start()
        try:
            folder = Path(name)
            own = _of_platform(settings, platform, folder)
            return _drained(own, count, platform, folder, tell)
        finally:
            platform.stop()


def _drained(
    settings: Settings, count: int, platform: StandIn, folder: Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    db = Database(f"sqlite:///{folder}/bench.db")
    runner.upgrade(db)
    gateway = Gateway.from_settings(settings, db)
    people = [f"oDrain{number:06d}" for number in range(max(1, count // EACH))]
    tell(f"{count} 条，{len(people)} 人")
    _fill(db, platform, people)
    ceiling = _ceiling(gateway, platform, min(1000, count))
    worker = Worker(db, gateway, Clock())
    began, used = time.perf_counter(), time.process_time()
    while worker.tick(real_now()):
        pass
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    told = {openid: [line.text for line in platform.world.person(openid).inbox] for openid in people}
    with db.reading() as session:
        left = service.counts(session)
    total = len(people) * EACH
    db.close()
    return {
        "messages": total,
        "seconds": round(seconds, 1),
        "per_second": round(total / seconds, 1),
        "processor_ms": round(processor * 1000 / total, 3),
        "ceiling_per_second": round(ceiling, 1),
        "share_of_ceiling": round(total / seconds / ceiling, 3),
        "unsent": total - left["sent"],
        "people_out_of_order": sum(texts != sorted(texts) for texts in told.values()),
        "told_twice": sum(len(texts) != len(set(texts)) for texts in told.values()),
    }


def _ceiling(gateway: Gateway, platform: StandIn, count: int) -> float:
    """Messages a second that the stand-in takes one after another through the same gateway, without an outbox."""
    people = [f"oCeiling{number}" for number in range(max(1, count // EACH))]
    for openid in people:
        platform.world.open_window(platform.user(openid).person, "user_msg")
    gateway.send_text(people[0], Reply.of("先取一次令牌"))
    began = time.perf_counter()
    for openid in people:
        for number in range(EACH):
            gateway.send_text(openid, Reply.of(f"第{number}条"))
    return len(people) * EACH / (time.perf_counter() - began)


def _fill(db: Database, platform: StandIn, people: list[str]) -> None:
    now = real_now()
    for openid in people:
        platform.world.open_window(platform.user(openid).person, "user_msg")
    for start in range(0, len(people), BATCH):
        with db.transaction() as session:
            for openid in people[start : start + BATCH]:
                contact = Incoming("", openid, MessageKind.TEXT, now, f"bench:{openid}", text="在吗")
                followers.touch(session, contact, now)
    for number in range(EACH):
        for start in range(0, len(people), BATCH):
            with db.transaction() as session:
                for openid in people[start : start + BATCH]:
                    service.enqueue(
                        session, dedupe_key=f"{openid}:{number}", openid=openid, kind=KIND,
                        reply=Reply.of(f"第{number}条进展"), now=now,
                    )  # fmt: skip


def _of_platform(settings: Settings, platform: StandIn, folder: Path) -> Settings:
    account = platform.account
    return settings.model_copy(
        update={
            "data_dir": folder,
            "wechat_app_id": account.app_id,
            "wechat_app_secret": SecretStr(account.secret),
            "wechat_token": SecretStr(account.token),
            "wechat_encoding_aes_key": SecretStr(account.aes_key),
            "wechat_api_base_url": platform.base_url,
        }
    )
