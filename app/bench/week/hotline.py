"""Another system that brings orders over the API: good ones, the same again, the same number with other words, bad ones."""

from datetime import timedelta
from random import Random

import httpx2

from app.api.keys import Scope, create_key
from app.bench.week.diary import Matter
from app.bench.week.engine import Engine
from app.bench.week.people import Cast, Client
from app.bench.week.words import Words

SYSTEM = "hotline-12345"
CHANNEL = "12345热线"


class Hotline:
    """One system with a key."""

    def __init__(self, engine: Engine, words: Words, cast: Cast) -> None:
        self.engine = engine
        self.words = words
        self.enterprises = [client for client in cast.clients if client.enterprise]
        self._count = 0
        now = engine.now
        with engine.town.runtime.db.transaction() as session:
            key = create_key(session, SYSTEM, [Scope.TICKETS, Scope.ANSWERS], by="示例", now=now)
        self.client = httpx2.Client(
            base_url=engine.town.address, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )

    @property
    def _rng(self) -> Random:
        return self.engine.rng

    def bring(self) -> None:
        """One order; one in five comes again, one in ten is not as it should be."""
        self._count += 1
        key, body = f"week-{self._count}", self._body(self._rng.choice(self.enterprises))
        if self._rng.random() < 0.1:
            self._expect(self._post(key, body | {"channel": "没有这个渠道"}), 422, "bad")
            return
        answer = self._post(key, body)
        self._expect(answer, 201, "new")
        number = str(answer.json().get("number", ""))
        self.engine.diary.opened(Matter(number, self.engine.now, channel=CHANNEL))
        if self._rng.random() < 0.2:
            again = self._post(key, body)
            self._expect(again, 200, "again")
            if again.json().get("number") != number:
                self.engine.diary.fault(f"同一来单给了两个单号：{number}、{again.json().get('number')}")
        if self._rng.random() < 0.1:
            other = body | {"content": f"{body['content']}（改了内容）"}
            self._expect(self._post(f"{key}-x", other), 409, "mixed-up")

    def _body(self, client: Client) -> dict[str, object]:
        named = client.name if self._rng.random() < 0.9 else "示例不在名录里的公司"
        return {
            "external_number": f"W{self._count:05d}", "channel": CHANNEL, "content": self.words.trouble(),
            "enterprise": {"credit_code": client.credit_code if named == client.name else "", "name": named},
            "contact": {"name": "李测试", "phone": "13900000002"},
            "received_at": (self.engine.now - timedelta(minutes=5)).isoformat(),
        }  # fmt: skip

    def _post(self, key: str, body: dict[str, object]) -> httpx2.Response:
        return self.client.post("/api/v1/tickets", json=body, headers={"Idempotency-Key": key})

    def _expect(self, answer: httpx2.Response, status: int, what: str) -> None:
        self.engine.diary.counts[f"order {what}"] += 1
        if answer.status_code != status:
            self.engine.diary.fault(
                f"来单（{what}）应是 {status}，却是 {answer.status_code}：{answer.text[:120]}"
            )
