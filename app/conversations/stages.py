"""Work that gathers while other work is under way, and is then taken together."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Stage(Generic[Item]):
    """A line in front of a piece of work. Safe to share between threads.

    At most `threads` threads work at the same time; each takes what has gathered, at most `most` items, in the
    order they came. `work` never raises. With the pool closed, whoever puts something in does it there and then.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, work: Callable[[list[Item]], None], *, threads: int, most: int
    ) -> None:
        self._pool = pool
        self._work = work
        self._threads = threads
        self._most = most
        self._waiting: deque[Item] = deque()
        self._running = 0
        self._lock = threading.Lock()

    def put(self, *items: Item) -> None:
        """Into the line; free threads take them up, as many as it needs."""
        with self._lock:
            self._waiting.extend(items)
            needed = min(self._threads - self._running, -(-len(self._waiting) // self._most))
            self._running += needed
        for _ in range(needed):
            try:
                self._pool.submit(self._run)
            except RuntimeError:  # closing: what was taken is still finished
                self._run()

    def _run(self) -> None:
        while batch := self._next():
            self._work(batch)

    def _next(self) -> list[Item]:
        """What has gathered; nothing ends this thread's round, before anything new can be put in unseen."""
        with self._lock:
            count = min(len(self._waiting), self._most)
            if not count:
                self._running -= 1
            return [self._waiting.popleft() for _ in range(count)]
