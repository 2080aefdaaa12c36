"""Settings → a running program's parts: the only place that picks implementations."""

import threading
from dataclasses import dataclass

from sqlmodel import Session

from app.alarms.facts import Facts, database_bytes, disk_free
from app.clock import Clock, local_date
from app.conversations.handling import MessageHandler
from app.conversations.service import Conversations
from app.db import Database
from app.districts.loader import load_profile
from app.districts.profile import Profile
from app.editing.desk import Desk
from app.errors import ConfigurationError
from app.limits.bucket import Rate
from app.meters import Meters
from app.migrations import runner, schema
from app.privacy.retention import Retention
from app.settings import Settings, credential_faults, signing_key
from app.tickets.values import Rules
from app.webhook.account import KnownAccount
from app.wechat.crypto import Credentials, Gatekeeper
from app.wechat.gateway import Gateway
from app.workdays.calendar import WorkCalendar
from app.workdays.store import load_calendar, version
from handbook.service import HandbookService, Sources


class RulesSource:
    """The district's rules as they are now; an imported calendar is seen by the next transaction of any process."""

    def __init__(self, profile: Profile, key: bytes) -> None:
        self._profile = profile
        self._key = key
        self._lock = threading.Lock()
        self._calendar: WorkCalendar | None = None
        self._version = -1

    def __call__(self, session: Session) -> Rules:
        """Profile, calendar and signing key for one transaction."""
        known = version(session)
        with self._lock:
            if self._calendar is None or known != self._version:
                self._calendar, self._version = load_calendar(session), known
            return Rules(self._profile, self._calendar, self._key)


@dataclass(frozen=True)
class Runtime:
    """Everything a process needs, put together once."""

    settings: Settings
    db: Database
    clock: Clock
    profile: Profile
    rules: RulesSource
    handbook: HandbookService
    gateway: Gateway
    gatekeeper: Gatekeeper
    account: KnownAccount
    handler: MessageHandler
    conversations: Conversations
    signing_key: bytes
    meters: Meters
    retention: Retention

    def facts(self) -> Facts:
        """What this process knows for alarms and metrics, now."""
        is_starting = not self.handbook.wait_for_encoder(0)
        return Facts(
            entries=len(self.handbook.public_entries()),
            search_fault="" if is_starting else self.handbook.degraded,
            refused_edits=len(self.handbook.problems),
            is_encoder_ready=not is_starting and not self.handbook.degraded,
            disk_free=disk_free(self.settings.data_dir),
            database_bytes=database_bytes(self.db),
            is_demo=self.settings.demo,
        )

    def close(self) -> None:
        """Finish messages under way and give the connections back."""
        self.conversations.close()
        self.db.close()


def build(
    settings: Settings, *, clock: Clock | None = None, handbook: HandbookService | None = None
) -> Runtime:
    """Put a process together; raises AppError naming every missing setting, profile fault, table or column.

    The database is brought to the newest schema. The encoder is not loaded yet: `handbook.start_encoder`.
    A `handbook` that is loaded already is used as it is.
    """
    faults = credential_faults(settings)
    if not settings.kb_dir.is_dir():
        faults.append(f"QIYING_KB_DIR 指的文件夹不存在：{settings.kb_dir.resolve()}")
    if faults:
        raise ConfigurationError(faults)
    profile = load_profile(settings.district)
    retention = Retention.of(settings.retention)
    clock = clock or Clock.starting_at(settings.now)
    key = signing_key(settings)
    db = Database(settings.resolved_database_url)
    runner.upgrade(db)
    schema.demand_whole(db)
    if handbook is None:
        sources = handbook_sources(settings, profile)
        handbook = HandbookService(sources, today=lambda: local_date(clock.now()))
    rules = RulesSource(profile, key)
    meters = Meters()
    pace = Rate(settings.messages_per_minute) if settings.messages_per_minute > 0 else None
    desk = desk_of(settings, profile)
    handler = MessageHandler(
        db, handbook, rules, clock, settings.public_url, key, desk, pace=pace, meters=meters
    )
    return Runtime(
        settings=settings,
        db=db,
        clock=clock,
        profile=profile,
        rules=rules,
        handbook=handbook,
        gateway=Gateway.from_settings(settings, db),
        gatekeeper=Gatekeeper(Credentials.from_settings(settings)),
        account=KnownAccount(db, settings.wechat_original_id),
        handler=handler,
        conversations=Conversations(db, handler, clock, meters=meters),
        signing_key=key,
        meters=meters,
        retention=retention,
    )


def desk_of(settings: Settings, profile: Profile) -> Desk:
    """Where this district's handbook is edited."""
    return Desk(settings.kb_dir, settings.local_kb_dir, profile.key, profile.handbook_variables())


def handbook_sources(settings: Settings, profile: Profile) -> Sources:
    """Where this district's handbook comes from."""
    return Sources(
        kb_dir=settings.kb_dir,
        index_dir=settings.index_dir,
        local_dir=settings.local_kb_dir,
        embedding_model=settings.embedding_model,
        district=profile.key,
        variables=profile.handbook_variables(),
    )
