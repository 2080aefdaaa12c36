"""`qiying doctor`: each part of the installation, ok or what to do."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import requests

from app.alarms.facts import Facts
from app.alarms.service import current_alarms
from app.bootstrap import handbook_sources
from app.clock import Clock, local_date, real_now
from app.db import Database
from app.districts.loader import load_profile
from app.errors import AppError, ConfigurationError
from app.integrity import examine as examine_database
from app.panel.policy import totp_roles_of
from app.privacy.retention import Retention
from app.settings import Settings, credential_faults, demo_faults
from app.tickets.calendar_watch import calendar_warning, missing_year
from app.wechat.templates import read_templates, unknown_kinds
from app.workdays.store import load_calendar, packaged_calendar
from handbook import loader
from handbook.calibration import is_stale
from handbook.check import check_library
from handbook.embedding import folder_fault

LEAST_FREE_BYTES = 1_000_000_000
WAL_BUG_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
REACH_TIMEOUT_S = 5
MOST_DRIFT_S = 60


@dataclass(frozen=True)
class Finding:
    """One part: ok, or what is wrong and what to do."""

    part: str
    is_ok: bool
    text: str


def examine() -> list[Finding]:
    """Look at everything that can be seen without sending a message; only at the settings where they are unreadable."""
    try:
        settings = Settings.load()
    except ConfigurationError as error:
        return [Finding("设置", False, "；".join(error.faults))]
    return list(_findings(settings))


def show(findings: list[Finding], *, as_json: bool) -> bool:
    """Print; whether all is well."""
    if as_json:
        rows = [{"part": item.part, "ok": item.is_ok, "text": item.text} for item in findings]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for item in findings:
            print(f"{'✓' if item.is_ok else '✗'} {item.part}：{item.text}")
    return all(item.is_ok for item in findings)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _setting(settings)
    yield from _checked("本区配置", lambda: load_profile(settings.district).full_name)
    yield from _checked("保留期限", lambda: _retention(settings))
    db = Database(settings.resolved_database_url)
    database_faults = examine_database(db)
    yield Finding("数据库", not database_faults, "；".join(database_faults) or settings_database(settings))
    if db.is_sqlite:
        yield _sqlite_version()
    yield from _checked("应答手册", lambda: _handbook(settings))
    yield _calendar(db, has_tables=not database_faults, now=Clock.starting_at(settings.now).now())
    yield _index(settings)
    yield calibration_of(settings)
    yield from _platform(settings)
    yield _disk(settings)
    if not database_faults:
        yield _running(db, settings)


def _setting(settings: Settings) -> Finding:
    faults = demo_faults(settings) if settings.demo else credential_faults(settings)
    try:
        read_templates(settings.wechat_templates)
    except ConfigurationError as error:
        faults += error.faults
    faults += unknown_kinds(settings.wechat_templates)
    unknown = totp_roles_of(settings.totp_roles)[1]
    faults += [f"QIYING_TOTP_ROLES 里没有这个角色：{name}" for name in unknown]
    whole = "演示，不用凭据" if settings.demo else "公众号凭据齐全"
    return Finding("设置", not faults, "；".join(faults) or whole)


def _running(db: Database, settings: Settings) -> Finding:
    """What the running system itself complains about; handbook, calendar and disk are looked at above."""
    facts = Facts(entries=1, disk_free=LEAST_FREE_BYTES * 10, is_demo=settings.demo)
    with db.reading() as session:
        now = Clock.starting_at(settings.now).now()
        alarms = current_alarms(session, now=now, real_now=real_now(), facts=facts)
    told = [f"{alarm.title}：{alarm.to_do}" for alarm in alarms if alarm.key != "calendar"]
    return Finding("运行情况", not told, "；".join(told) or "没有需要处理的")


def settings_database(settings: Settings) -> str:
    """Which database, without its password."""
    url = settings.resolved_database_url
    return f"可用（{url.split('://')[0]}）"


def _checked(part: str, look: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(part, True, look())
    except AppError as error:
        yield Finding(part, False, error.message)


def _retention(settings: Settings) -> str:
    own = asdict(Retention.of(settings.retention))
    changed = "、".join(f"{name} {own[name]} 天" for name in settings.retention)
    return f"本区定的：{changed}；其余按默认" if changed else "都按默认"


def _sqlite_version() -> Finding:
    version = sqlite3.sqlite_version_info
    is_fixed = version >= (3, 51, 3) or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in WAL_BUG_FIXED
    )
    text = f"SQLite {sqlite3.sqlite_version}"
    return Finding(
        "SQLite",
        True,
        text if is_fixed else f"{text}，两个进程同时写有已知缺陷；本程序轮流写，不受影响",
    )


def _handbook(settings: Settings) -> str:
    try:
        profile = load_profile(settings.district)
    except ConfigurationError:
        raise AppError("先把上面的本区配置改好，再看应答手册") from None
    sources = handbook_sources(settings, profile)
    library = loader.load(
        sources.kb_dir,
        sources.local_dir,
        district=profile.key,
        variables=profile.handbook_variables(),
        today=None,
    )
    problems = [item for item in (*library.problems, *check_library(library)) if not item.is_warning]
    if problems:
        raise AppError(f"{len(problems)} 处问题，第一处 {problems[0]}。请运行 qiying kb check")
    return f"{len(library.entries)} 条，没有问题"


def _calendar(db: Database, *, has_tables: bool, now: datetime) -> Finding:
    if not has_tables:
        missing = missing_year(packaged_calendar(), local_date(now))
        return Finding(
            "工作日历", missing is None, f"{missing} 年放假安排还没有录入" if missing else "随程序发布"
        )
    with db.reading() as session:
        calendar = load_calendar(session)
        warning = calendar_warning(session, calendar, now)
    if warning is not None:
        how = "请运行 qiying calendar import 文件 --by 姓名"
        return Finding("工作日历", False, f"{'【告警】' if warning.is_alarm else ''}{warning.text}{how}")
    return Finding("工作日历", True, f"到 {local_date(now).year} 年底")


def _index(settings: Settings) -> Finding:
    is_built = (settings.index_dir / "current").exists()
    return Finding("手册索引", True, "已建好" if is_built else "还没有，第一次启动或 qiying kb build 时建")


def calibration_of(settings: Settings) -> Finding:
    """A calibration holds for one model: after a change the bot answers by words alone, and must say so."""
    missing = folder_fault(settings.embedding_model)
    if missing:
        return Finding("语义模型", False, missing)
    name = f"「{settings.embedding_model}」" if settings.embedding_model else "自带的"
    if not is_stale(settings.embedding_model, settings.index_dir):
        return Finding("语义模型", True, f"{name}，校准过")
    advice = (
        "没学过手册问法的模型运行 qiying kb calibrate，或把 QIYING_EMBEDDING_MODEL 清空用回自带的"
        if settings.embedding_model
        else "模型文件和校准对不上：恢复随程序来的 handbook/encoder，或运行 qiying kb train-encoder"
    )
    return Finding("语义模型", False, f"{name}没有校准过，现在只用字词回答；{advice}")


def _platform(settings: Settings) -> Iterator[Finding]:
    """One request without credentials: can the platform be reached, and does its clock agree with ours?"""
    if settings.demo:
        yield Finding("微信接口", True, "演示：由随程序的替身代替")
        yield Finding("时钟", True, "演示不用和微信对时")
        return
    try:
        answer = requests.get(settings.wechat_api_base_url, timeout=REACH_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        yield Finding(
            "微信接口", False, f"连不上（{type(error).__name__}）：检查外网和 QIYING_WECHAT_API_BASE_URL"
        )
        yield Finding(
            "时钟", False, "没有对成：先让上一条通；这台服务器要打开校时（timedatectl set-ntp true）"
        )
        return
    yield Finding("微信接口", True, "能连上")
    yield _clock(answer.headers.get("Date"))


def _clock(told: str | None) -> Finding:
    """`told` is the platform's time as an HTTP date."""
    if told is None:
        return Finding("时钟", True, "对方没有报时间，没有对")
    drift = abs((parsedate_to_datetime(told) - real_now()).total_seconds())
    advice = "" if drift < MOST_DRIFT_S else "，请打开校时（NTP）：超过 5 分钟消息会被拒收"
    return Finding("时钟", drift < MOST_DRIFT_S, f"与微信相差 {drift:.0f} 秒{advice}")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.resolve().parent
    free = shutil.disk_usage(folder).free
    return Finding(
        "磁盘",
        free > LEAST_FREE_BYTES,
        f"剩余 {free / 1e9:.1f} GB" + ("" if free > LEAST_FREE_BYTES else "，请清理"),
    )
