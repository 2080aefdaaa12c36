"""What the API needs from outside, given once when the application is put together."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from app.clock import Clock
from app.db import Database
from app.limits.bucket import Rate
from app.tickets.values import Rules
from handbook.entry import Search


@dataclass(frozen=True)
class ApiDeps:
    """`keep` stores an attachment's bytes and gives its path, "" for a type that is not kept.

    `rate`: how often one key may ask, None for no limit.
    """

    db: Database
    rules: Callable[[Session], Rules]
    clock: Clock
    search: Search
    public_url: str
    keep: Callable[[bytes], str]
    rate: Rate | None = None
