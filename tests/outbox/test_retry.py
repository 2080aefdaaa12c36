"""Retry classes and the choice of channel: tables, no database (wechat error table; reliability of sends)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.followers.windows import Window
from app.outbox.retry import (
    Channel,
    Dead,
    ErrorKind,
    Hold,
    NextChannel,
    Parked,
    Pending,
    Retry,
    Unknown,
    after_failure,
    choose_channel,
    may_repeat,
    next_day,
)

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def step(kind: ErrorKind, channel: Channel = Channel.TEMPLATE, *, tries: int = 1, first=None, since=NOW):
    return after_failure(kind, channel, tries=tries, first_tried_at=first, waiting_since=since, now=NOW)


@pytest.mark.parametrize(
    ("kind", "channel", "expected"),
    [
        (ErrorKind.UNREACHABLE, Channel.TEXT, Retry(NOW + timedelta(seconds=1))),
        (ErrorKind.BUSY, Channel.TEMPLATE, Retry(NOW + timedelta(seconds=1))),
        (ErrorKind.AMBIGUOUS, Channel.TEXT, Unknown()),
        (ErrorKind.AMBIGUOUS, Channel.TEMPLATE, Retry(NOW + timedelta(seconds=2))),
        (ErrorKind.THROTTLED, Channel.TEXT, Parked(NOW + timedelta(seconds=61))),
        (ErrorKind.WINDOW, Channel.TEXT, NextChannel()),
        (ErrorKind.REFUSED, Channel.TEXT, NextChannel()),
        (ErrorKind.REFUSED, Channel.TEMPLATE, Pending()),
        (ErrorKind.NOT_FOLLOWING, Channel.TEMPLATE, Pending()),
        (ErrorKind.RECIPIENT, Channel.TEMPLATE, Dead()),
        (ErrorKind.CONTENT, Channel.TEMPLATE, Dead()),
        (ErrorKind.TEMPLATE, Channel.TEMPLATE, Parked(NOW + timedelta(hours=1))),
        (ErrorKind.FORBIDDEN, Channel.TEXT, Parked(NOW + timedelta(hours=1))),
        (ErrorKind.CREDENTIAL, Channel.TEXT, Retry(NOW + timedelta(seconds=1))),
    ],
)
def test_first_failure(kind, channel, expected) -> None:
    first = NOW if kind is ErrorKind.AMBIGUOUS else None
    assert step(kind, channel, first=first) == expected


def test_every_kind_has_a_step_on_every_channel() -> None:
    for kind in ErrorKind:
        for channel in Channel:
            assert step(kind, channel) is not None


def test_daily_quota_parks_until_midnight_in_china() -> None:
    """Case 50: 45009 → no further call until the next day, and 23:59 in China is not midnight in UTC."""
    late = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)
    assert step(ErrorKind.QUOTA) == Parked(datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    assert next_day(late) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert next_day(late + timedelta(minutes=1)) == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_ambiguous_template_is_never_repeated_after_nine_minutes() -> None:
    """The platform honours a client_msg_id for ten minutes; a repeat after that would appear twice."""
    moments = []
    first, now = NOW, NOW
    while True:
        result = after_failure(
            ErrorKind.AMBIGUOUS, Channel.TEMPLATE, tries=9, first_tried_at=first, waiting_since=NOW, now=now
        )
        if isinstance(result, Unknown):
            break
        now = result.at
        moments.append((now - first).total_seconds())
    assert moments == [2, 10, 30, 120, 300]
    assert may_repeat(Channel.TEMPLATE, first, first + timedelta(minutes=8, seconds=59))
    assert not may_repeat(Channel.TEMPLATE, first, first + timedelta(minutes=9))
    assert not may_repeat(Channel.TEXT, first, first)


def test_refusal_after_an_ambiguous_attempt_keeps_the_nine_minutes() -> None:
    first = NOW - timedelta(minutes=6)
    assert step(ErrorKind.UNREACHABLE, first=first) == Unknown()


def test_backoff_grows_and_gives_up_after_three_days() -> None:
    waits = [step(ErrorKind.UNREACHABLE, tries=tries).at - NOW for tries in range(1, 12)]
    assert waits == sorted(waits) and waits[-1] == timedelta(minutes=10)
    assert step(ErrorKind.UNREACHABLE, tries=99, since=NOW - timedelta(days=4)) == Dead()


def test_unknown_code_ends_after_a_few_tries() -> None:
    assert isinstance(step(ErrorKind.UNEXPLAINED, tries=3), Retry)
    assert step(ErrorKind.UNEXPLAINED, tries=4) == Dead()


OPEN = Window(NOW + timedelta(hours=1), 2)


@pytest.mark.parametrize(
    ("window", "changes", "expected"),
    [
        (OPEN, {}, Channel.TEXT),
        (OPEN, {"texts_needed": 3}, Channel.TEMPLATE),
        (Window(NOW, 2), {}, Channel.TEMPLATE),
        (Window(), {"has_template": False}, Pending()),
        (OPEN, {"is_subscribed": False}, Pending()),
        (OPEN, {"parked": {Channel.TEXT: NOW + timedelta(hours=2)}}, Channel.TEMPLATE),
        (OPEN, {"parked": {Channel.TEXT: NOW - timedelta(hours=2)}}, Channel.TEXT),
        (Window(), {"parked": {Channel.TEMPLATE: NOW + timedelta(hours=2)}}, Hold(NOW + timedelta(hours=2))),
    ],
)
def test_channel(window, changes, expected) -> None:
    """Text while the window has room, else the template, else wait for contact (design: push channel)."""
    facts = {"is_subscribed": True, "texts_needed": 1, "has_template": True, "parked": {}} | changes
    assert choose_channel(window, **facts, now=NOW) == expected
