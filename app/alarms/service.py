"""What needs a person now: each alarm says what it means and what to do (reliability 25)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import keyvalue
from app.alarms.facts import Facts
from app.outbox import breaker, periodic
from app.outbox import service as outbox
from app.outbox.models import OutboxState
from app.tickets.calendar_watch import calendar_warning
from app.wechat.tokens import FAULT as TOKEN_FAULT
from app.workdays.store import load_calendar

LAST_BACKUP = "backup.last"
HEARTBEAT_LIMIT = timedelta(seconds=40)
HEARTBEAT_LOST = timedelta(seconds=90)
UNSENT_WARNING = timedelta(minutes=5)
UNSENT_CRITICAL = timedelta(minutes=30)
BACKUP_LIMIT = timedelta(hours=36)
DISK_WARNING = 2_000_000_000
DISK_CRITICAL = 500_000_000


@dataclass(frozen=True)
class Alarm:
    """`key` is stable, for logs and machines. `is_critical`: people are affected now. `is_blocking`: this server
    cannot do its work. `meaning` and `to_do` are for the hub's staff and the administrator."""

    key: str
    title: str
    meaning: str
    to_do: str
    is_critical: bool = False
    is_blocking: bool = False


def current_alarms(session: Session, *, now: datetime, real_now: datetime, facts: Facts) -> list[Alarm]:
    """Everything that is wrong, the worst first. `now` is business time (messages, deadlines), `real_now` real time.

    Reads only; a few short queries.
    """
    found = [
        *_worker(session, real_now),
        *_messages(session, now),
        *_platform(session),
        *_handbook(facts),
        *_calendar(session, now),
        *_disk(facts),
        *_backup(session, real_now, facts),
    ]
    return sorted(found, key=lambda alarm: (not alarm.is_blocking, not alarm.is_critical))


def _worker(session: Session, real_now: datetime) -> Iterator[Alarm]:
    beat = periodic.last_beat(session)
    if beat is None or abs(real_now - beat) > HEARTBEAT_LIMIT:
        yield Alarm(
            "worker",
            "后台任务没有在运行",
            "进展通知、到期提醒和附件下载都停了；来消息仍能当场回答。",
            "重启服务；单独部署的，启动 qiying worker，并看日志里最后一条 job_failed。",
            is_critical=True,
            is_blocking=beat is None or abs(real_now - beat) > HEARTBEAT_LOST,
        )


def _messages(session: Session, now: datetime) -> Iterator[Alarm]:
    oldest = outbox.oldest_unsent_at(session, now)
    waited = now - oldest if oldest is not None else timedelta()
    if waited > UNSENT_WARNING:
        minutes = int(waited.total_seconds() // 60)
        yield Alarm(
            "unsent",
            f"有通知等了 {minutes} 分钟还没发出",
            "企业或工作人员还不知道最新进展；通知没有丢，会接着发。",
            "到「待发消息」页看原因；微信接口不通时先检查外网和公众号凭据。",
            is_critical=waited > UNSENT_CRITICAL,
        )
    dead = outbox.counts(session, (OutboxState.DEAD,))[OutboxState.DEAD]
    if dead:
        yield Alarm(
            "dead_letters",
            f"有 {dead} 条通知发不出去",
            "已经不再自动重试，对方没有收到。",
            "到「待发消息」页逐条看原因：能改的改好后重发，不能的请打电话告知。",
            is_critical=True,
        )


def _platform(session: Session) -> Iterator[Alarm]:
    if keyvalue.read(session, TOKEN_FAULT):
        yield Alarm(
            "token",
            "取不到微信的接口凭证",
            "不能主动发消息、取附件、改菜单；企业来问仍能当场回答。",
            "核对 QIYING_WECHAT_APP_ID 与 APP_SECRET；在公众平台把本服务器的出口地址加进 IP 白名单。",
            is_critical=True,
        )
    elif breaker.opened_until(session) is not None:
        yield Alarm(
            "platform",
            "微信接口不通或拒绝调用",
            "通知暂停发送，每半分钟试一次；没有丢，恢复后接着发。",
            "检查服务器能否访问 api.weixin.qq.com；公众平台后台有没有停用接口的提示。",
            is_critical=True,
        )


def _handbook(facts: Facts) -> Iterator[Alarm]:
    if not facts.entries:
        yield Alarm(
            "index",
            "应答手册没有可用的条目",
            "所有问题都会转成诉求单。",
            "检查 QIYING_KB_DIR，运行 qiying kb check，再重启服务。",
            is_critical=True,
            is_blocking=True,
        )
    if facts.search_fault:
        yield Alarm(
            "calibration",
            "检索只用了一部分能力",
            f"{facts.search_fault}。只按字词找，换一种说法的问题可能找不到。",
            "运行 qiying doctor 看语义模型；换过模型或手册大改过，运行 qiying kb calibrate。",
        )
    if facts.refused_edits:
        yield Alarm(
            "handbook_edits",
            f"手册有 {facts.refused_edits} 处错误，改动没有生效",
            "仍在用改动之前的版本回答。",
            "运行 qiying kb check，按提示改好，会自动生效。",
        )


def _calendar(session: Session, now: datetime) -> Iterator[Alarm]:
    warning = calendar_warning(session, load_calendar(session), now)
    if warning is not None:
        yield Alarm(
            "calendar",
            f"{warning.year} 年的工作日历还没有录入",
            warning.text,
            "国务院办公厅的放假通知发布后，在后台「日历」页录入（或运行 qiying calendar import），并由另一人复核。",
            is_critical=warning.is_alarm,
        )


def _disk(facts: Facts) -> Iterator[Alarm]:
    if facts.disk_free < DISK_WARNING:
        yield Alarm(
            "disk",
            f"磁盘只剩 {facts.disk_free / 1e9:.1f} GB",
            "写满后收不了新消息：微信会提示用户「服务暂时不可用」。",
            "移走旧备份和日志，或给数据目录所在的磁盘扩容。",
            is_critical=facts.disk_free < DISK_CRITICAL,
        )


def _backup(session: Session, real_now: datetime, facts: Facts) -> Iterator[Alarm]:
    text = None if facts.is_demo else keyvalue.read(session, LAST_BACKUP)
    if facts.is_demo or (text and real_now - datetime.fromisoformat(text) <= BACKUP_LIMIT):
        return
    since = "还没有备份过" if text is None else f"最近一次备份是 {_days(text, real_now)} 前"
    yield Alarm(
        "backup",
        since,
        "服务器坏了，这之后的办件和记录会丢。",
        "每天运行 qiying db backup（deploy 里有定时任务），备份要放到另一台机器。",
    )


def _days(text: str, real_now: datetime) -> str:
    hours = (real_now - datetime.fromisoformat(text)).total_seconds() / 3600
    return f"{hours / 24:.0f} 天" if hours >= 48 else f"{hours:.0f} 小时"
