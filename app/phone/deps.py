"""What the phone pages need from outside, given once when the application is put together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from app.clock import Clock
from app.db import Database
from app.districts.profile import Profile
from app.phone.signin import Readers
from app.tickets.values import Rules
from handbook.entry import Search


@dataclass(frozen=True)
class PhoneDeps:
    """`not_solved` takes the signed answer id that came with the link of an answer, carries the question on
    to a ticket and raises AppError (Chinese sentence) for a forged or expired one; a repeat does nothing new.
    `signing_key` reads ticket links. `readers` signs people in on ticket pages; None: progress only. `rules` are
    the district's as of a session; `keep` stores a file's bytes and gives its path, "" for a type we do not keep.
    `kb_folders` are looked into for the entries' pictures, the district's own first. `public_url`: where people
    reach this server, "" if it was not told; an area's code leads there.
    `data_dir` holds the files that people sent; None: none can be opened.
    """

    db: Database
    search: Search
    profile: Profile
    clock: Clock
    signing_key: bytes
    not_solved: Callable[[str], None]
    rules: Callable[[Session], Rules]
    readers: Readers | None = None
    keep: Callable[[bytes], str] = lambda _content: ""
    is_demo: bool = False
    kb_folders: tuple[Path, ...] = ()
    public_url: str = ""
    data_dir: Path | None = None
