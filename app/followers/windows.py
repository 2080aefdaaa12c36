"""The customer-service window: what one contact allows us to send afterwards (WeChat quota since 2023-06).

Our count is advice; the platform's error code is the authority.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.messages import MessageKind

SCAN_EVENTS = frozenset({"scancode_push", "scancode_waitmsg"})
USER_MESSAGES = frozenset(
    {
        MessageKind.TEXT,
        MessageKind.IMAGE,
        MessageKind.VOICE,
        MessageKind.VIDEO,
        MessageKind.LOCATION,
        MessageKind.LINK,
        MessageKind.UNSUPPORTED,
    }
)
SHORT_CONTACTS = frozenset({MessageKind.FOLLOW, MessageKind.SCAN, MessageKind.CLICK})


@dataclass(frozen=True)
class Window:
    """How many customer-service messages may still go out, and until when (None: never opened)."""

    until: datetime | None = None
    left: int = 0

    def is_open(self, now: datetime, needed: int = 1) -> bool:
        """Whether `needed` messages fit."""
        return self.until is not None and now < self.until and self.left >= needed


LONG = (timedelta(hours=48), 5)
SHORT = (timedelta(minutes=1), 3)


def open_window(
    current: Window, kind: MessageKind, *, event: str = "", option_id: str = "", now: datetime
) -> Window:
    """The window after one contact.

    1. A message of the person: 5 within 48 hours.
    2. A menu tap, scan, follow, or a tapped option (`option_id`, case 53): 3 within a minute. It never
       shortens a running window that still has messages left.
    3. Anything else (VIEW, LOCATION, receipts, unfollow) opens nothing.
    """
    if kind in USER_MESSAGES and not option_id:
        return _opened(LONG, now)
    is_short = kind in SHORT_CONTACTS or kind in USER_MESSAGES or event.lower() in SCAN_EVENTS
    if not is_short or current.is_open(now):
        return current
    return _opened(SHORT, now)


def _opened(quota: tuple[timedelta, int], now: datetime) -> Window:
    lasting, count = quota
    return Window(now + lasting, count)
