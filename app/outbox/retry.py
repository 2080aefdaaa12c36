"""What to do after a failed attempt, and by which channel to try at all: decisions only.

The classes follow what may already have happened at the platform: refused before any effect, ambiguous,
permanent, out of quota. A template carries a client_msg_id that the platform honours for ten minutes, so
an ambiguous template may be repeated for nine; a customer-service text carries none and gets one attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from app.clock import SHANGHAI, local_date
from app.followers.windows import Window

SAME_ID_LIMIT = timedelta(minutes=9)
GIVE_UP_AFTER = timedelta(days=3)
UNEXPLAINED_TRIES = 4
BACKOFF = (1, 5, 30, 60, 120, 300, 600)
AMBIGUOUS_AFTER = (2, 10, 30, 120, 300)
CREDENTIAL_PAUSE = timedelta(minutes=5)
CHANNEL_PAUSE = timedelta(hours=1)
MINUTE_PAUSE = timedelta(seconds=61)


class ErrorKind(StrEnum):
    """What a failed attempt means for the message; the platform's codes map to these."""

    UNREACHABLE = "unreachable"  # refused before any effect: no connection, 5xx, an answer that is no JSON
    BUSY = "busy"  # the platform says «system error»
    AMBIGUOUS = "ambiguous"  # sent, no answer: may or may not have arrived
    THROTTLED = "throttled"  # per-minute rate
    QUOTA = "quota"  # daily quota of this endpoint
    WINDOW = "window"  # no customer-service window, or its count is used up
    REFUSED = "refused"  # the person takes no messages on this channel
    NOT_FOLLOWING = "not_following"
    RECIPIENT = "recipient"  # no such person here, or blacklisted
    CONTENT = "content"  # our own mistake: fields, length, format
    TEMPLATE = "template"  # this template does not exist
    FORBIDDEN = "forbidden"  # the account may not use this endpoint
    CREDENTIAL = "credential"  # token, secret, whitelist
    UNEXPLAINED = "unexplained"  # a code we do not know


class Channel(StrEnum):
    """How a message reaches a person outside a passive reply."""

    TEXT = "text"
    TEMPLATE = "template"


@dataclass(frozen=True)
class Retry:
    """Try again at this moment, by whatever channel is then open."""

    at: datetime


@dataclass(frozen=True)
class NextChannel:
    """This channel is closed for this person; try the next one at once."""


@dataclass(frozen=True)
class Pending:
    """Show it at the person's next contact."""


@dataclass(frozen=True)
class Unknown:
    """May have arrived: never repeat by itself; a receipt or a person settles it."""


@dataclass(frozen=True)
class Dead:
    """Needs a person."""


@dataclass(frozen=True)
class Parked:
    """The channel (or this template) is closed for everybody until this moment."""

    until: datetime


Step = Retry | NextChannel | Pending | Unknown | Dead | Parked


def after_failure(
    kind: ErrorKind,
    channel: Channel,
    *,
    tries: int,
    first_tried_at: datetime | None,
    waiting_since: datetime,
    now: datetime,
) -> Step:
    """The next step of a message whose attempt number `tries` (from 1) failed with `kind`.

    `first_tried_at` is when the platform may first have seen this message's client_msg_id; None if every
    attempt was certainly refused. `waiting_since` is when it should first have gone out.
    """
    if kind is ErrorKind.AMBIGUOUS or (first_tried_at is not None and kind in _TRANSIENT):
        return _after_ambiguity(channel, first_tried_at or now, now)
    if kind in _TRANSIENT:
        return Dead() if now - waiting_since > GIVE_UP_AFTER else Retry(now + _backoff(tries))
    if kind is ErrorKind.UNEXPLAINED:
        return Dead() if tries >= UNEXPLAINED_TRIES else Retry(now + _backoff(tries))
    if kind in _ENDPOINT:
        return Parked(next_day(now) if kind is ErrorKind.QUOTA else now + _ENDPOINT[kind])
    if kind in (ErrorKind.RECIPIENT, ErrorKind.CONTENT):
        return Dead()
    return NextChannel() if channel is Channel.TEXT else Pending()


_TRANSIENT = frozenset({ErrorKind.UNREACHABLE, ErrorKind.BUSY, ErrorKind.CREDENTIAL})
_ENDPOINT = {
    ErrorKind.QUOTA: timedelta(),
    ErrorKind.THROTTLED: MINUTE_PAUSE,
    ErrorKind.FORBIDDEN: CHANNEL_PAUSE,
    ErrorKind.TEMPLATE: CHANNEL_PAUSE,
}


def _after_ambiguity(channel: Channel, first: datetime, now: datetime) -> Step:
    if channel is Channel.TEXT:
        return Unknown()
    for seconds in AMBIGUOUS_AFTER:
        at = first + timedelta(seconds=seconds)
        if at > now:
            return Retry(at)
    return Unknown()


def may_repeat(channel: Channel, first_tried_at: datetime, now: datetime) -> bool:
    """Whether a message that may already have arrived can go out again without a second appearance."""
    return channel is Channel.TEMPLATE and now - first_tried_at < SAME_ID_LIMIT


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=BACKOFF[min(tries, len(BACKOFF)) - 1])


def next_day(now: datetime) -> datetime:
    """The coming midnight in China, in UTC: when the platform's daily quotas start anew."""
    return datetime.combine(local_date(now) + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True)
class Hold:
    """A channel exists but is parked until this moment."""

    until: datetime


def choose_channel(
    window: Window,
    *,
    is_subscribed: bool,
    texts_needed: int,
    has_template: bool,
    parked: Mapping[Channel, datetime],
    now: datetime,
) -> Channel | Hold | Pending:
    """Customer-service text while the window is open and has room, else the template, else wait for contact.

    `parked` maps a channel to the moment until which the platform refuses it for everybody.
    """
    if not is_subscribed:
        return Pending()
    usable = []
    if window.is_open(now, texts_needed):
        usable.append(Channel.TEXT)
    if has_template:
        usable.append(Channel.TEMPLATE)
    holds = []
    for channel in usable:
        until = parked.get(channel)
        if until is None or until <= now:
            return channel
        holds.append(until)
    return Hold(min(holds)) if holds else Pending()
