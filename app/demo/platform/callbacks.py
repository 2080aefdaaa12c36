"""The callback sender: builds, encrypts, signs and delivers one message, with the platform's patience."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.demo.platform.crypto import CallbackCipher, signature
from app.demo.platform.exchange import TooLateError, UnreachableError, exchange
from app.demo.platform.judge import FAULT_TEXT, Judgement, judge
from app.demo.platform.record import Delivery
from app.demo.platform.strictxml import Field, write
from app.demo.platform.world import Person, World

HEADERS = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"}


@dataclass
class Message:
    """What is brought to the callback; every delivery of it carries the same document."""

    openid: str
    document: str
    is_silent: bool = False


@dataclass
class Sent:
    """What became of a message. `verdict`: shown, silent, or fault (the person saw the platform's apology);
    `text` is what the person saw."""

    message: Message
    deliveries: list[Delivery] = field(default_factory=list)
    verdict: str = ""
    text: str = ""
    latency_s: float = 0.0

    @property
    def delivery(self) -> Delivery:
        """The last attempt."""
        return self.deliveries[-1]


class CallbackSender:
    """Delivers to the account's callback address. `signing_time` (unix seconds) is real time: the platform
    lives in it even when a test moves the business clock."""

    def __init__(self, world: World, signing_time: Callable[[], float] = time.time) -> None:
        self.world = world
        self.signing_time = signing_time

    def cipher(self) -> CallbackCipher:
        """The account's current cipher."""
        return CallbackCipher(self.world.account.aes_key, self.world.account.app_id)

    def document(self, openid: str, fields: Sequence[Field]) -> str:
        """A message document with the common head."""
        head: list[Field] = [
            ("ToUserName", self.world.account.original_id),
            ("FromUserName", openid),
            ("CreateTime", int(self.world.clock.now().timestamp())),
        ]
        return write([*head, *fields])

    def request(self, openid: str, document: str) -> tuple[dict[str, str], bytes]:
        """Query and body of one delivery in the account's mode, freshly signed."""
        account = self.world.account
        query = self.signed_query(openid)
        if account.mode == "plain":
            return query, document.encode()
        encrypted = self.cipher().encrypt(document)
        query = self.encrypted_query(query, encrypted)
        if account.mode == "compat":
            return query, document.replace(
                "</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
            ).encode()
        return query, self.envelope(encrypted)

    def signed_query(self, openid: str) -> dict[str, str]:
        """signature, timestamp, nonce, openid."""
        timestamp = str(int(self.signing_time()))
        nonce = str(secrets.randbelow(9 * 10**8) + 10**8)
        return {
            "signature": signature(self.world.account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": openid,
        }

    def encrypted_query(self, query: dict[str, str], encrypted: str) -> dict[str, str]:
        """The query with what an encrypted body adds."""
        signed = signature(self.world.account.token, query["timestamp"], query["nonce"], encrypted)
        return {**query, "encrypt_type": "aes", "msg_signature": signed}

    def envelope(self, encrypted: str) -> bytes:
        """The outer body of security mode."""
        return write([("ToUserName", self.world.account.original_id), ("Encrypt", encrypted)]).encode()

    def send(self, message: Message) -> Sent:
        """Deliver, repeating after silence, and put into the person's chat what they see. Blocks."""
        person = self.world.person(message.openid)
        sent = Sent(message)
        began = time.monotonic()
        with self.world.lock:
            person.awaiting += not message.is_silent
        try:
            judgement = self._delivered(sent)
            self._conclude(sent, person, judgement)
        finally:
            with self.world.lock:
                person.awaiting -= not message.is_silent
        sent.latency_s = time.monotonic() - began
        return sent

    def _delivered(self, sent: Sent) -> Judgement:
        """Three attempts on silence, two on refusal; the first whole answer counts."""
        policy = self.world.policy
        first = self.request(sent.message.openid, sent.message.document)
        is_refused_before = False
        judgement = Judgement("timeout")
        for attempt in range(policy.max_deliveries):
            is_fresh = attempt > 0 and policy.resign == "fresh"
            request = self.request(sent.message.openid, sent.message.document) if is_fresh else first
            judgement = self.attempt(sent, request)
            self.world.record.counters["retries"] += attempt > 0
            is_refused = judgement.outcome == "unreachable" or judgement.outcome.startswith("http_")
            if judgement.outcome != "timeout" and (not is_refused or is_refused_before):
                break
            is_refused_before = is_refused
        return judgement

    def attempt(self, sent: Sent, request: tuple[dict[str, str], bytes]) -> Judgement:
        """One delivery, recorded."""
        query, body = request
        world = self.world
        delivery = Delivery(world.next("delivery"), sent.message.openid, query, body, world.clock.now())
        with world.lock:
            sent.deliveries.append(delivery)
            world.record.deliveries.append(delivery)
        if not world.policy.overlap:
            return self._exchanged(delivery)
        return self._overlapping(delivery)

    def _overlapping(self, delivery: Delivery) -> Judgement:
        """Give up waiting at the deadline but leave the connection open: its answer is recorded as late."""
        done = threading.Event()
        answers: list[Judgement] = []

        def wait() -> None:
            answers.append(self._exchanged(delivery, on_late=done.set))
            done.set()

        threading.Thread(target=wait, daemon=True).start()
        done.wait()
        return answers[0] if answers else Judgement("timeout")

    def _exchanged(self, delivery: Delivery, on_late: Callable[[], None] | None = None) -> Judgement:
        world = self.world
        timeout_s = world.policy.timeout_s
        began = time.monotonic()
        url = f"{world.account.callback_url}?{urlencode(delivery.query)}"
        try:
            if not world.account.callback_url:
                raise UnreachableError
            answer = exchange(
                "POST", url, headers=HEADERS, body=delivery.body, timeout_s=timeout_s, on_late=on_late
            )
        except TooLateError:
            judgement = Judgement("timeout")
        except UnreachableError:
            judgement = Judgement("unreachable")
        else:
            judgement = judge(answer, world.account, delivery.openid)
            delivery.status, delivery.answer = answer.status, answer.body
        delivery.latency_s = time.monotonic() - began
        is_late = on_late is not None and delivery.latency_s > timeout_s and delivery.status > 0
        delivery.outcome = "late" if is_late else judgement.outcome
        delivery.reply, delivery.text = judgement.reply, judgement.text
        return judgement

    def _conclude(self, sent: Sent, person: Person, judgement: Judgement) -> None:
        if sent.message.is_silent:
            sent.verdict = "silent"
            if judgement.outcome == "shown":
                self.world.record.lint("reply_to_silent_event", sent.message.openid)
            return
        if judgement.outcome == "silent":
            sent.verdict = "silent"
            return
        is_shown = judgement.outcome == "shown"
        sent.verdict = "shown" if is_shown else "fault"
        sent.text = judgement.text if is_shown else FAULT_TEXT
        kind = "passive" if is_shown else "system"
        details = {"article": judgement.article} if judgement.article else None
        self.world.show(person, kind, sent.text, delivery=sent.delivery.number, details=details)
