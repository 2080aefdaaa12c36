"""Health, the district's profile as the program read it, and copies of the database."""

from datetime import datetime

from starlette.responses import Response

from app import keyvalue
from app.alarms.facts import Facts
from app.alarms.service import LAST_BACKUP, Alarm, current_alarms
from app.clock import real_now
from app.errors import AppError
from app.outbox import periodic
from app.outbox import service as outbox
from app.panel import backup_rows, profile_rows
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.roles import ADMINS

BACKUPS = "/admin/system/backups"


def show_health(call: Call) -> Response:
    """What is wrong now, what it means and what to do; then the figures behind it."""
    facts = call.deps.facts() if call.deps.facts else None
    now = real_now()
    return call.page(
        "health.html",
        alarms=alarms_of(call, facts),
        facts=facts,
        beat=periodic.last_beat(call.session),
        counts=outbox.counts(call.session),
        oldest=outbox.oldest_unsent_at(call.session, call.now),
        last_backup=_last_backup(call),
        checked_at=now,
        may_back_up=call.role in ADMINS,
    )


def show_profile(call: Call) -> Response:
    """Every rule with its clause; the program's own ones are marked."""
    profile = call.deps.rules(call.session).profile
    groups = profile_rows.groups(profile)
    return call.page("profile.html", profile=profile, groups=groups, defaults=profile_rows.defaults(groups))


def show_backups(call: Call) -> Response:
    """The copies that lie on this server."""
    return _backups(call)


def refuse_backup(call: Call, error: AppError) -> Response:
    """The page with the reason."""
    return _backups(call, fault=error.message, status=error.status_code)


def write_backup(deps: PanelDeps, _form: Form) -> backup_rows.BackupFile:
    """Before the transaction begins: copying takes seconds and holds nobody up."""
    return backup_rows.make(deps, real_now())


def note_backup(call: Call) -> Response:
    """Remember that there is a fresh one."""
    made: backup_rows.BackupFile = call.prepared
    call.target, call.detail = f"backup:{made.name}", {"bytes": made.size}
    keyvalue.write(call.session, LAST_BACKUP, made.made_at.isoformat())
    return call.go(BACKUPS, done="backed-up")


def alarms_of(call: Call, facts: Facts | None) -> list[Alarm]:
    """What is not as it should be now; `facts` None: this process has none of its own."""
    known = facts or Facts(entries=1, disk_free=10**12)
    return current_alarms(call.session, now=call.now, real_now=real_now(), facts=known)


def _last_backup(call: Call) -> datetime | None:
    text = keyvalue.read(call.session, LAST_BACKUP)
    return datetime.fromisoformat(text) if text else None


def _backups(call: Call, *, fault: str = "", status: int = 200) -> Response:
    last = _last_backup(call)
    return call.page(
        "backups.html",
        status=status,
        fault=fault,
        files=backup_rows.files(call.deps.data_dir),
        last=last,
        is_old=backup_rows.is_old(last, real_now()),
        may_make=call.deps.make_backup is not None and call.deps.data_dir is not None,
        folder=backup_rows.FOLDER,
    )
