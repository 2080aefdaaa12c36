"""What comes in and what goes out of the chat, as values: no WeChat, no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageKind(StrEnum):
    """What the person did."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    UNSUPPORTED = "unsupported"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SCAN = "scan"
    CLICK = "click"
    SILENT = "silent"  # events that the platform shows no reply to (VIEW, LOCATION, receipts …)


@dataclass(frozen=True)
class Incoming:
    """One verified message of one follower.

    `option_id` is what a tapped option carried (bizmsgmenuid); it is a hint, never an authorisation.
    `scene` is the QR code's scene without prefix; `key` a menu key; `media_id` the platform's file id;
    `data` holds what only one kind has (receipt status, location label).
    """

    account: str
    openid: str
    kind: MessageKind
    sent_at: datetime
    dedupe_key: str
    msg_id: str = ""
    text: str = ""
    option_id: str = ""
    scene: str = ""
    key: str = ""
    media_id: str = ""
    event: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tap:
    """A tappable line: tapping sends `say` as if the person had typed it."""

    label: str
    say: str
    option_id: str = "1"


@dataclass(frozen=True)
class Url:
    """A link to a page of ours; `path` starts with `/` and is joined to the public URL when sent."""

    label: str
    path: str


Part = str | Tap | Url


@dataclass(frozen=True)
class Card:
    """A picture with a title that opens a page of ours and can be passed on (图文); `picture` may be empty."""

    title: str
    description: str
    path: str
    picture: str = ""


@dataclass(frozen=True)
class Reply:
    """One bubble: text with taps and links in reading order.

    `card` is shown instead of the text where the bubble stands alone; the text says the same for everywhere else.
    """

    parts: tuple[Part, ...]
    card: Card | None = None

    @classmethod
    def of(cls, *parts: Part) -> "Reply":
        """A reply from its parts."""
        return cls(tuple(parts))

    def plain(self) -> str:
        """What a person reads, taps shown as 〔label〕; for tests, logs of the panel and templates."""
        return "".join(p if isinstance(p, str) else f"〔{p.label}〕" for p in self.parts)

    def to_json(self) -> list[Any]:
        """A JSON-able form for inbox and outbox rows."""
        card = [{"card": asdict(self.card)}] if self.card else []
        return [*(_part_to_json(part) for part in self.parts), *card]

    @classmethod
    def from_json(cls, data: list[Any]) -> "Reply":
        """Back from `to_json`."""
        cards = [item["card"] for item in data if isinstance(item, dict) and "card" in item]
        parts = [item for item in data if not isinstance(item, dict) or "card" not in item]
        return cls(tuple(map(_part_from_json, parts)), Card(**cards[0]) if cards else None)


def _part_to_json(part: Part) -> Any:
    if isinstance(part, str):
        return part
    if isinstance(part, Tap):
        return {"tap": part.label, "say": part.say, "id": part.option_id}
    return {"url": part.label, "path": part.path}


def _part_from_json(item: Any) -> Part:
    if isinstance(item, str):
        return item
    if "tap" in item:
        return Tap(item["tap"], item["say"], item["id"])
    return Url(item["url"], item["path"])
