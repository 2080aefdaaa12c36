"""Steps of other systems' orders find their way back, signed, in order and at least once (C2, D1)."""

import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import select

from app.api.intake import take
from app.api.keys import Caller
from app.api.schemas import TicketIn
from app.api.webhooks import delivering, posting, service
from app.api.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from app.api.webhooks.posting import AddressRefused, Outcome
from app.api.webhooks.signing import secret_of
from app.tickets.lifecycle import Action
from app.tickets.performing import perform
from app.tickets.values import Actor, ActorKind

KEY = b"the signing key of these tests.."
WANG = Actor(ActorKind.OFFICER, "1", "王服务")
ORDER = {
    "external_number": "TJ-1",
    "channel": "12345热线",
    "content": "厂门口路灯不亮",
    "enterprise": {"name": "宁河区测试1号食品有限公司"},
    "contact": {"name": "赵测试", "phone": "13900000001"},
    "received_at": "2026-11-20T09:00:00+08:00",
}


@dataclass
class Receiver:
    """Another system's server: keeps what came, answers as told."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str = ""

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["event"] for _headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((dict(self.headers), body))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            if kept.location:
                self.send_header("Location", kept.location)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield kept
    server.shutdown()
    server.server_close()


@dataclass
class Line:
    """A town whose hotline wants to hear of its orders."""

    town: Any
    receiver: Receiver
    ticket_id: int = 0

    @property
    def now(self) -> datetime:
        return self.town.clock.now()  # type: ignore[no-any-return]

    def do(self, action: Action, **values: Any) -> None:
        with self.town.runtime.db.transaction() as session:
            rules = self.town.runtime.rules(session)
            perform(session, self.ticket_id, action, WANG, rules=rules, now=self.now, **values)

    def run(self, later: timedelta = timedelta(0)) -> int:
        """What the worker's job does."""
        with self.town.runtime.db.transaction() as session:
            service.collect(session, self.now)

        def post(url: str, body: bytes, headers: dict[str, str]) -> Outcome:
            return posting.post(url, body, headers, allows_loopback=True)

        return delivering.deliver(self.town.runtime.db, post, KEY, self.now + later)

    def rows(self) -> list[WebhookDelivery]:
        with self.town.runtime.db.reading() as session:
            return list(session.exec(select(WebhookDelivery).order_by(WebhookDelivery.event_id)))


@pytest.fixture
def line(town: Any, receiver: Receiver) -> Line:
    made = Line(town, receiver)
    with town.runtime.db.transaction() as session:
        service.register(session, "hotline", receiver.url, by="test", allows_loopback=True, now=made.now)
        caller = Caller("hotline", frozenset({"tickets"}))
        ticket, _new = take(
            session, caller, "k1", TicketIn.model_validate(ORDER), rules=town.runtime.rules(session),
            keep=lambda _content: "", now=made.now,
        )  # fmt: skip
        made.ticket_id = ticket.id or 0
    return made


def test_each_step_is_told_once_and_signed(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.do(Action.REQUEST_INFO, note="请发一张现场照片")
    assert line.run() == 1
    assert line.run() == 1
    assert line.run() == 0
    assert line.receiver.events == ["ticket.accepted", "ticket.waiting"]
    headers, body = line.receiver.got[1]
    with line.town.runtime.db.reading() as session:
        salt = session.get_one(WebhookEndpoint, "hotline").salt
    secret = secret_of(KEY, "hotline", salt)
    signed = hmac.new(
        secret.encode(), f"{headers['X-Qiying-Timestamp']}.".encode() + body, sha256
    ).hexdigest()
    assert headers["X-Qiying-Signature"] == f"sha256={signed}"
    assert headers["X-Qiying-Delivery"] == line.rows()[1].delivery_id
    said = json.loads(body)
    assert (said["external_number"], said["status"], said["note"]) == ("TJ-1", "waiting", "请发一张现场照片")
    assert "139" not in body.decode()


def test_a_step_that_failed_holds_back_the_later_ones(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.do(Action.RESOLVE, note="路灯已修好", target="solved")
    line.receiver.answers = [503]
    assert line.run() == 0
    assert line.run() == 0
    assert line.rows()[0].last_error == "HTTP 503"
    assert line.run(timedelta(minutes=1)) == 1
    assert line.run(timedelta(minutes=1)) == 1
    assert line.receiver.events == ["ticket.accepted", "ticket.accepted", "ticket.resolved"]


def test_given_up_after_three_days_and_sent_again_by_a_person(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.receiver.answers = [500] * 20
    for day in range(12):
        line.run(timedelta(days=day))
    assert line.rows()[0].state == DeliveryState.DEAD
    line.receiver.answers = []
    with line.town.runtime.db.transaction() as session:
        assert service.send_again(session, "hotline", line.now) == 1
    assert line.run() == 1


def test_a_receiver_that_is_gone_is_not_asked_again(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.receiver.answers = [410]
    line.run()
    assert line.rows()[0].state == DeliveryState.DEAD


def test_a_redirect_is_not_followed(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.receiver.answers, line.receiver.location = [302], line.receiver.url
    assert line.run() == 0
    assert len(line.receiver.got) == 1
    assert line.rows()[0].last_error == "HTTP 302"


def test_two_workers_send_a_step_once(line: Line) -> None:
    line.do(Action.ACCEPT)
    line.run(timedelta(days=-1))
    threads = [threading.Thread(target=line.run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert line.receiver.events == ["ticket.accepted"]


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/x", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://192.168.1.1/",
        "https://169.254.169.254/latest", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/",
        "https://user:pw@93.184.216.34/", "ftp://93.184.216.34/", "https://", "https://[x", "https://100.64.0.1/",
        "https://224.0.0.1/", "nonsense",
    ],
)  # fmt: skip
def test_nothing_is_sent_into_our_own_network(url: str) -> None:
    """SSRF: the address is judged, not the name."""
    with pytest.raises(AddressRefused):
        posting.check_address(url, allows_loopback=False)
    assert posting.post(url, b"{}", {}, allows_loopback=False).status == 0


def test_a_public_https_address_is_accepted() -> None:
    assert (
        posting.check_address("https://93.184.216.34:8443/hook?x=1", allows_loopback=False)[1]
        == "93.184.216.34"
    )


def test_steps_before_the_registration_are_not_told(line: Line) -> None:
    line.do(Action.ACCEPT)
    with line.town.runtime.db.transaction() as session:
        later = line.now + timedelta(hours=1)
        service.register(session, "hotline", line.receiver.url, by="t", allows_loopback=True, now=later)
    assert line.run() == 0
    assert line.rows() == []
