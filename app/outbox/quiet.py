"""Quiet hours at delivery (无事不扰, E7): the one place that decides whether a message must wait for the morning.

Whatever is told may be written at any hour; it goes out when the person may be disturbed. What the person just
asked for is never held: a deferred answer, or anything for somebody who wrote to us a moment ago.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.followers.holding import Held
from app.outbox.models import OutboxMessage

QuietUntil = Callable[[datetime], datetime | None]

ASKED_FOR = frozenset({"deferred_answer"})
JUST_SPOKE = timedelta(minutes=15)
# Marks a held row, so that it is shown in the passive reply if the person writes before the morning.
HELD = "quiet hours"


def never_quiet(_moment: datetime) -> datetime | None:
    """No quiet hours at all."""
    return None


def held_until(
    row: OutboxMessage, follower: Held | None, now: datetime, quiet_until: QuietUntil
) -> datetime | None:
    """Until when this message has to wait; None: it may go now.

    1. Outside quiet hours nothing waits, and what may already have arrived is settled without delay.
    2. An answer that was asked for goes at any hour.
    3. Who wrote within the last quarter of an hour is awake and waiting for us.
    """
    until = quiet_until(now)
    if until is None or row.first_tried_at is not None or row.kind in ASKED_FOR:
        return None
    if follower is not None and now - follower.last_seen_at <= JUST_SPOKE:
        return None
    return until
