"""What the panel needs from outside, given once when the application is put together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session

from app.alarms.facts import Facts
from app.clock import Clock
from app.db import Database
from app.editing.desk import Desk
from app.panel.policy import Policy
from app.panel.recent_counts import RecentCounts
from app.tickets.values import Rules
from handbook.entry import Search


@dataclass(frozen=True)
class PanelDeps:
    """`rules` gives profile, calendar and signing key as they are now (the calendar may be edited).

    `data_dir`: where files that people sent are kept; None: they are not offered.
    `desk`: where handbook entries are edited; None: this server does not offer it.
    `policy`: what is asked of accounts. `facts`: what the process knows for alarms. `make_backup` writes a copy of
    the database to a new file and gives its size in bytes. `allows_loopback`: other systems may be on this machine."""

    db: Database
    rules: Callable[[Session], Rules]
    clock: Clock
    search: Search
    signing_key: bytes
    district_name: str
    public_url: str = ""
    is_demo: bool = False
    desk: Desk | None = None
    data_dir: Path | None = None
    policy: Policy = field(default_factory=Policy)
    facts: Callable[[], Facts] | None = None
    make_backup: Callable[[Path], int] | None = None
    allows_loopback: bool = False
    counts: RecentCounts = field(default_factory=RecentCounts)

    @property
    def is_https(self) -> bool:
        """Whether people reach this server by TLS: then cookies are Secure."""
        return self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The `__Host-` prefix pins a secure cookie to this very host."""
        return "__Host-qiying" if self.is_https else "qiying_panel"
