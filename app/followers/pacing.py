"""How fast one person may write: a bucket on the follower's row, updated with the message it counts."""

from datetime import datetime, timedelta

from app.followers.holding import Held
from app.limits.bucket import Level, Rate, refilled, take

TOLD_AGAIN_AFTER = timedelta(minutes=1)


def may_write(follower: Held, rate: Rate, real_now: datetime) -> bool:
    """Count one message of this person on the row, which the caller's transaction holds locked and saves."""
    level, is_taken = take(_level(follower), rate, real_now)
    follower.bucket_tokens, follower.bucket_at = level.tokens, level.at
    return is_taken


def is_empty(follower: Held | None, rate: Rate, real_now: datetime) -> bool:
    """Whether the next message would be one too many; only to save work before the transaction."""
    return follower is not None and refilled(_level(follower), rate, real_now).tokens < 1


def should_say_so(follower: Held, real_now: datetime) -> bool:
    """Whether this person is to be told now that it was too fast: once a minute, the rest stays unanswered."""
    told = follower.limited_at
    if told is not None and timedelta() <= real_now - told < TOLD_AGAIN_AFTER:
        return False
    follower.limited_at = real_now
    return True


def _level(follower: Held) -> Level | None:
    if follower.bucket_tokens is None or follower.bucket_at is None:
        return None
    return Level(follower.bucket_tokens, follower.bucket_at)
