"""What the phone pages need from outside, given once when the application is put together."""

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.db import Database
from app.districts.profile import Profile
from handbook.entry import Search


@dataclass(frozen=True)
class PhoneDeps:
    """`not_solved` takes the signed answer id that came with the link of an answer, carries the question on
    to a ticket and raises AppError (Chinese sentence) for a forged or expired one; a repeat does nothing new.
    `signing_key` reads ticket links."""

    db: Database
    search: Search
    profile: Profile
    clock: Clock
    signing_key: bytes
    not_solved: Callable[[str], None]
    is_demo: bool = False
