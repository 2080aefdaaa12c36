"""The business clock: deadlines, reminders and holidays read it; freshness checks read real time.

`QIYING_NOW` moves the business clock of a demo or a test (contract: Settings). Callback freshness and
token expiry always use `real_now`, because the platform lives in real time.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def real_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The calendar day of an aware moment in China."""
    return moment.astimezone(SHANGHAI).date()


def local_text(moment: datetime) -> str:
    """A moment as people read it: `11月24日 16:05` in China time."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


@dataclass
class Clock:
    """Business time = real time + an offset; `advance` exists for demo and tests."""

    offset: timedelta = field(default_factory=timedelta)

    @classmethod
    def starting_at(cls, moment: datetime | None) -> "Clock":
        """A clock that shows `moment` now (None: real time)."""
        return cls(moment - real_now()) if moment is not None else cls()

    def now(self) -> datetime:
        """The business moment, aware, in UTC."""
        return real_now() + self.offset

    def advance(self, step: timedelta) -> None:
        """Move business time forward (demo and tests only)."""
        self.offset += step
