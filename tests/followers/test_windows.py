"""What one contact allows us to send afterwards (wechat customer-service quota since 2023-06)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.followers.windows import Window, open_window
from bot.messages import MessageKind

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LONG = Window(NOW + timedelta(hours=48), 5)
SHORT = Window(NOW + timedelta(minutes=1), 3)
NONE = Window()


@pytest.mark.parametrize(
    ("kind", "extra", "expected"),
    [
        (MessageKind.TEXT, {}, LONG),
        (MessageKind.IMAGE, {}, LONG),
        (MessageKind.VOICE, {}, LONG),
        (MessageKind.VIDEO, {}, LONG),
        (MessageKind.LOCATION, {}, LONG),
        (MessageKind.LINK, {}, LONG),
        (MessageKind.UNSUPPORTED, {}, LONG),
        (MessageKind.TEXT, {"option_id": "t1"}, SHORT),
        (MessageKind.CLICK, {"event": "CLICK"}, SHORT),
        (MessageKind.CLICK, {"event": "scancode_waitmsg"}, SHORT),
        (MessageKind.SILENT, {"event": "scancode_push"}, SHORT),
        (MessageKind.FOLLOW, {"event": "subscribe"}, SHORT),
        (MessageKind.SCAN, {"event": "SCAN"}, SHORT),
        (MessageKind.UNFOLLOW, {"event": "unsubscribe"}, NONE),
        (MessageKind.SILENT, {"event": "VIEW"}, NONE),
        (MessageKind.SILENT, {"event": "LOCATION"}, NONE),
        (MessageKind.SILENT, {"event": "TEMPLATESENDJOBFINISH"}, NONE),
    ],
)
def test_window_of_each_contact(kind: MessageKind, extra: dict[str, str], expected: Window) -> None:
    """Case 53: a tapped option (bizmsgmenuid) does not open a 48 h window in our book-keeping."""
    assert open_window(NONE, kind, now=NOW, **extra) == expected


def test_every_kind_is_decided() -> None:
    for kind in MessageKind:
        assert open_window(NONE, kind, now=NOW) in (NONE, LONG, SHORT)


def test_menu_tap_does_not_shorten_a_running_window() -> None:
    running = Window(NOW + timedelta(hours=40), 1)
    assert open_window(running, MessageKind.CLICK, now=NOW) == running


def test_menu_tap_helps_where_the_count_is_used_up() -> None:
    used_up = Window(NOW + timedelta(hours=40), 0)
    assert open_window(used_up, MessageKind.CLICK, now=NOW) == SHORT


def test_message_renews_but_does_not_add_up() -> None:
    running = Window(NOW + timedelta(hours=1), 4)
    assert open_window(running, MessageKind.TEXT, now=NOW) == LONG


def test_window_ends_on_time_and_by_count() -> None:
    assert LONG.is_open(NOW, 5) and not LONG.is_open(NOW, 6)
    assert not LONG.is_open(NOW + timedelta(hours=48))
