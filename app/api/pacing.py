"""How often a key may ask: one bucket for each key in this process; a write per request would cost more than it tells.

Addresses that knock with a wrong key are counted in the database (`app.limits`), because guessing is worth a write.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from math import ceil

from app.clock import real_now
from app.errors import AppError
from app.limits.bucket import Level, Rate, seconds_until_next, take

TOO_OFTEN = "请求太频繁，请在 {seconds} 秒后再试；批量查单请用 GET /api/v1/tickets 翻页"


class TooOften(AppError):
    """Ask again later; `seconds` says when."""

    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(TOO_OFTEN.format(seconds=seconds))
        self.seconds = seconds


class KeyPacer:
    """Safe to share between threads. `rate` None: no limit."""

    def __init__(self, rate: Rate | None, now: Callable[[], datetime] = real_now) -> None:
        self._rate = rate
        self._now = now
        self._levels: dict[int, Level] = {}
        self._lock = threading.Lock()

    def pass_or_raise(self, key_id: int) -> None:
        """Count one request of this key; TooOften once its bucket is empty."""
        if self._rate is None:
            return
        with self._lock:
            level, is_taken = take(self._levels.get(key_id), self._rate, self._now())
            self._levels[key_id] = level
        if not is_taken:
            raise TooOften(max(1, ceil(seconds_until_next(level, self._rate))))
