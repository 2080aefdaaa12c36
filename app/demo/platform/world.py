"""Everything the stand-in knows: one account, its followers, their phones. One lock, one clock."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.clock import Clock
from app.demo.platform.errcodes import ApiError
from app.demo.platform.record import Record

FIRST_MESSAGE_ID = 24_539_587_532_198_765


@dataclass
class Account:
    """The service account as its console shows it; the switches are what an operator can break."""

    app_id: str = "wx1234567890abcdef"
    secret: str = "0123456789abcdef0123456789abcdef"  # noqa: S105 - a made-up account
    original_id: str = "gh_0123456789ab"
    token: str = "demoTokenForStandIn"  # noqa: S105
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    previous_aes_key: str = ""
    mode: str = "safe"  # safe | compat | plain
    callback_url: str = ""
    is_ip_listed: bool = True
    is_secret_frozen: bool = False
    is_verified: bool = True
    is_restricted: bool = False
    unauthorised: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    oauth_hosts: set[str] = field(default_factory=lambda: {"127.0.0.1", "localhost", "testserver"})


@dataclass
class Policy:
    """How the platform behaves where reality is unknown or slow; seconds."""

    menu_tap: str = "menu"  # menu: 3 messages for a minute | user_msg: 5 for 48 hours
    resign: str = "fresh"  # fresh | same: timestamp and nonce of a repeated delivery
    max_deliveries: int = 3
    overlap: bool = False  # repeat before the first connection is closed
    timeout_s: float = 5.0
    receipt_delay_s: float = 0.3
    receipt_status: str = ""  # forces a template receipt; empty: success or user block
    latency_s: tuple[float, float] = (0.0, 0.0)
    minute_quota: int = 0  # per endpoint; 0: none
    is_snapshot_user: bool = False  # web sign-in from a preview page: nobody's real openid


@dataclass
class Window:
    """What the account may still send a person because of one kind of contact."""

    remaining: int
    until: datetime


@dataclass(frozen=True)
class Entry:
    """One line of a phone's chat. `kind`: passive, custom, template, subscribe, system, or sent (the
    person's own); `details` holds what a card or picture needs."""

    number: int
    kind: str
    text: str
    at: datetime
    delivery: int = 0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Person:
    """One openid and the phone behind it."""

    openid: str
    is_following: bool = True
    is_blacklisted: bool = False
    rejects_messages: bool = False
    tags: list[int] = field(default_factory=list)
    credits: dict[str, int] = field(default_factory=dict)  # template id → messages; -1: long-term
    windows: dict[str, Window] = field(default_factory=dict)
    chat: list[Entry] = field(default_factory=list)
    followed_at: datetime | None = None
    scene: str = ""
    awaiting: int = 0

    @property
    def inbox(self) -> list[Entry]:
        """What the account (or the platform for it) has shown this person."""
        return [entry for entry in self.chat if entry.kind != "sent"]


@dataclass(frozen=True)
class Template:
    """A message template. `fields` maps a key such as `thing1` to its label on the card."""

    template_id: str
    title: str
    fields: dict[str, str]
    kind: str = "category"  # category | history | subscribe
    constants: dict[str, list[str]] = field(default_factory=dict)


WINDOWS = {
    "user_msg": (5, timedelta(hours=48)),
    "menu": (3, timedelta(minutes=1)),
    "subscribe": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}


class World:
    """The state behind the stand-in's doors. Take `lock` around anything that reads and then writes."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account = account
        self.clock = clock
        self.lock = threading.RLock()
        self.record = Record(clock)
        self.policy = Policy()
        self.clear()

    def clear(self) -> None:
        """Forget everything but the account, its policy and the record."""
        self.people: dict[str, Person] = {}
        self.templates: dict[str, Template] = {}
        self.default_menu: dict[str, Any] | None = None
        self.conditional_menus: list[dict[str, Any]] = []
        self.tags: dict[int, str] = {}
        self.qrcodes: dict[str, dict[str, Any]] = {}
        self.media: dict[str, tuple[str, bytes]] = {}
        self.quota: dict[str, int] = {}
        self.client_messages: dict[tuple[str, str], tuple[int, datetime]] = {}
        self.oauth_codes: dict[str, dict[str, Any]] = {}
        self.oauth_openid = ""
        self.numbers = Counter[str]()
        # A program keeps the ids it has seen: a platform that starts anew must not give them again.
        self._first_message_id = FIRST_MESSAGE_ID + time.time_ns() // 1_000

    def next_message_id(self) -> int:
        """A message's id: never given before, not by an earlier run either (one message a microsecond)."""
        return self.next("message", self._first_message_id)

    def next(self, name: str, start: int = 1) -> int:
        """A number that this world gives only once per name."""
        with self.lock:
            self.numbers[name] += 1
            return start + self.numbers[name] - 1

    def person(self, openid: Any) -> Person:
        """A person this account has met; error 40003 otherwise."""
        found = self.people.get(openid) if isinstance(openid, str) else None
        if found is None:
            raise ApiError(40003)
        return found

    def open_window(self, person: Person, kind: str) -> None:
        """A new contact replaces the window of its kind."""
        count, length = WINDOWS[kind]
        person.windows[kind] = Window(count, self.clock.now() + length)

    def take_from_window(self, person: Person) -> None:
        """Use one message of the window that ends first; errors 45015 and 45047."""
        now = self.clock.now()
        running = [window for window in person.windows.values() if window.until > now]
        if not person.is_following or not running:
            raise ApiError(45015)
        usable = [window for window in running if window.remaining > 0]
        if not usable:
            raise ApiError(45047)
        min(usable, key=lambda window: window.until).remaining -= 1

    def show(
        self,
        person: Person,
        kind: str,
        text: str,
        *,
        delivery: int = 0,
        details: dict[str, Any] | None = None,
    ) -> Entry:
        """Put one entry into a phone's chat."""
        with self.lock:
            entry = Entry(self.next("entry"), kind, text, self.clock.now(), delivery, details or {})
            if kind not in ("sent", "system") and _repeats(person, entry):
                self.record.lint("duplicate_visible_message", person.openid)
            person.chat.append(entry)
            return entry

    def menu_for(self, person: Person) -> dict[str, Any] | None:
        """The menu this person's phone shows: the newest conditional one that fits, else the default."""
        worn = {str(tag) for tag in person.tags}
        fitting = [
            menu for menu in self.conditional_menus if str(menu["matchrule"].get("tag_id", "")) in worn
        ]
        return fitting[-1] if fitting else self.default_menu


def _repeats(person: Person, entry: Entry) -> bool:
    """The same text again within a minute, and the person has said nothing in between."""
    for earlier in reversed(person.chat):
        if earlier.kind == "sent" or entry.at - earlier.at > timedelta(seconds=60):
            return False
        if earlier.text == entry.text and earlier.kind != "system":
            return True
    return False
