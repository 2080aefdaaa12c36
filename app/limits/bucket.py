"""Token buckets: so many at once, then so many a minute. Pure; `now` is real time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rate:
    """`capacity` at once; the bucket is full again after `period_s` seconds."""

    capacity: int
    period_s: float = 60.0


@dataclass(frozen=True)
class Level:
    """How much was left at a moment; None where nothing was taken yet."""

    tokens: float
    at: datetime


def refilled(level: Level | None, rate: Rate, now: datetime) -> Level:
    """The level now. A clock that was set back refills nothing and takes nothing away."""
    if level is None:
        return Level(float(rate.capacity), now)
    passed = max(0.0, (now - level.at).total_seconds())
    return Level(min(float(rate.capacity), level.tokens + passed * rate.capacity / rate.period_s), now)


def take(level: Level | None, rate: Rate, now: datetime) -> tuple[Level, bool]:
    """The level after one more, and whether there was one."""
    current = refilled(level, rate, now)
    if current.tokens < 1:
        return current, False
    return Level(current.tokens - 1, now), True


def seconds_until_next(level: Level, rate: Rate) -> float:
    """How long until one more is there."""
    return max(0.0, (1 - level.tokens) * rate.period_s / rate.capacity)
