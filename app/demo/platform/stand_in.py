"""The stand-in for the WeChat platform: one service account, its followers' phones, the API over real HTTP
and the callback sender. Nothing here shares code with the bot's own WeChat layer."""

import secrets
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from app.clock import Clock
from app.demo.platform.api import Api
from app.demo.platform.callbacks import HEADERS, CallbackSender, Message
from app.demo.platform.control import Control
from app.demo.platform.exchange import TooLateError, UnreachableError, exchange
from app.demo.platform.faults import Fault, FaultQueue
from app.demo.platform.hostile import Hostile
from app.demo.platform.phone import Phone
from app.demo.platform.record import Record
from app.demo.platform.server import PlatformServer
from app.demo.platform.strictxml import Field
from app.demo.platform.world import Account, Person, Policy, Template, World


class StandIn:
    """One account's platform. `start` it to serve the API; set `account.callback_url` to receive callbacks.

    `clock` is the business clock (windows, tokens, quotas, CreateTime); callbacks are signed with
    `signing_time` (unix seconds), which stays real time when the clock is moved.
    """

    def __init__(
        self,
        account: Account | None = None,
        *,
        clock: Clock | None = None,
        signing_time: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock or Clock()
        self.account = account or Account()
        self.world = World(self.account, self.clock)
        self.faults = FaultQueue()
        self.sender = CallbackSender(self.world, signing_time)
        self.hostile = Hostile(self.world, self.sender)
        self.api = Api(self.world, self._template_receipt, self._subscription_receipt)
        self.base_url = ""
        self._server = PlatformServer(self.api, self.faults, Control(self))

    @property
    def policy(self) -> Policy:
        """How it behaves where reality is unknown."""
        return self.world.policy

    @property
    def record(self) -> Record:
        """What happened."""
        return self.world.record

    def start(self, port: int = 0) -> int:
        """Serve on 127.0.0.1 (0: any free port); sets `base_url` and returns the port."""
        port = self._server.start(port)
        self.base_url = f"http://127.0.0.1:{port}"
        return port

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()

    def reset(self) -> None:
        """Forget people, templates, menus, faults and the record; the account stays."""
        with self.world.lock:
            self.world.clear()
            self.faults.clear()
            self.record.clear()

    def clear_chats(self) -> None:
        """Empty every phone; people, menus and templates stay."""
        with self.world.lock:
            for person in self.world.people.values():
                person.chat.clear()
                person.windows.clear()

    def user(self, openid: str, *, is_following: bool = True) -> Phone:
        """The phone of this person, who is made on first use."""
        with self.world.lock:
            person = self.world.people.setdefault(openid, Person(openid, is_following=is_following))
        return Phone(self.world, self.sender, person)

    def stranger(self, openid: str) -> Phone:
        """The phone of someone who does not follow yet."""
        return self.user(openid, is_following=False)

    def add_template(
        self,
        template_id: str,
        title: str,
        fields: dict[str, str],
        *,
        kind: str = "category",
        constants: dict[str, list[str]] | None = None,
    ) -> None:
        """Give the account a template; `fields` maps `thing1` to its label."""
        self.world.templates[template_id] = Template(template_id, title, fields, kind, constants or {})

    def fault(
        self, action: str, value: float = 0, *, path: str = "", openid: str = "", nth: int = 1, times: int = 1
    ) -> None:
        """Order a fault, see `faults.Fault`."""
        with self.world.lock:
            self.faults.add(Fault(action, value, path, openid, nth, times))

    def verify_url(self) -> bool:
        """What the console does when the callback address is saved: the answer must be the very echostr."""
        echo = str(secrets.randbelow(10**19))
        query = self.sender.signed_query("")
        url = f"{self.account.callback_url}?{urlencode({**query, 'echostr': echo})}"
        try:
            answer = exchange("GET", url, headers=HEADERS, timeout_s=self.policy.timeout_s)
        except (TooLateError, UnreachableError):
            return False
        return answer.status == 200 and answer.body == echo.encode()

    def assert_clean(self, *allowed: str) -> None:
        """Fail if the bot did something it should not; `allowed` names lints that this test expects."""
        found = [lint for lint in self.record.lints if lint.code not in allowed]
        if found:
            raise AssertionError(f"platform lints: {found}")

    def _template_receipt(self, person: Person, number: int, _template_id: str) -> None:
        status = self.policy.receipt_status or ("failed:user block" if person.rejects_messages else "success")
        fields: list[Field] = [
            ("MsgType", "event"),
            ("Event", "TEMPLATESENDJOBFINISH"),
            ("MsgID", number),
            ("Status", status),
        ]
        self._notify_later(person, fields)

    def _subscription_receipt(self, person: Person, number: int, template_id: str) -> None:
        row: list[Field] = [
            ("TemplateId", template_id),
            ("MsgID", number),
            ("ErrorCode", 0),
            ("ErrorStatus", "success"),
        ]
        fields: list[Field] = [
            ("MsgType", "event"),
            ("Event", "subscribe_msg_sent_event"),
            ("SubscribeMsgSentEvent", [("List", row)]),
        ]
        self._notify_later(person, fields)

    def _notify_later(self, person: Person, fields: list[Field]) -> None:
        """The callback hears of a delivery after the API call has returned, never during it."""
        if not self.account.callback_url:
            return
        document = self.sender.document(person.openid, fields)
        message = Message(person.openid, document, is_silent=True)
        timer = threading.Timer(self.policy.receipt_delay_s, self.sender.send, (message,))
        timer.daemon = True
        timer.start()
