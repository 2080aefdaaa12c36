"""After an import every officer hears what changed among the own enterprises (A4: 推送各片区)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from app.directory.changes import ENTERPRISES, LEDGER_ACTIONS
from app.directory.models import Assignment, DirectoryChange, Enterprise, Officer
from app.outbox import service as outbox
from bot.messages import Reply

NAMES_SHOWN = 5


@dataclass
class News:
    """What one import changed for one officer: names gained, names lost, how many others differ."""

    gained: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    changed: int = 0


def tell_officers(session: Session, run_id: int, now: datetime) -> int:
    """One message to every bound officer whom this import concerns; how many were told."""
    news = _news(session, run_id)
    statement = select(Officer).where(col(Officer.openid).is_not(None), col(Officer.is_active))
    told = 0
    for officer in session.exec(statement):
        mine = news.get(officer.staff_no)
        if mine is None or officer.openid is None:
            continue
        outbox.enqueue(
            session,
            dedupe_key=f"roster:{run_id}:{officer.id}",
            openid=officer.openid,
            kind="notice",
            reply=Reply.of(words(mine)),
            now=now,
        )
        told += 1
    return told


def words(news: News) -> str:
    """The message."""
    counts = [
        f"{name} {count} 户"
        for name, count in (("新增", len(news.gained)), ("移出", len(news.lost)), ("变更", news.changed))
        if count
    ]
    lines = [f"【名录更新】您负责的企业：{'、'.join(counts)}。"]
    lines += [
        f"{name}：{_listed(items)}" for name, items in (("新增", news.gained), ("移出", news.lost)) if items
    ]
    lines.append("发「查企业 名称」看详情；名单不对，请告诉区里的名录管理员。")
    return "\n".join(lines)


def _listed(names: list[str]) -> str:
    more = f"等 {len(names)} 户" if len(names) > NAMES_SHOWN else ""
    return "、".join(names[:NAMES_SHOWN]) + more


def _news(session: Session, run_id: int) -> dict[str, News]:
    """By staff number. A line without a change of officer counts for whoever serves the enterprise now."""
    found: dict[str, News] = defaultdict(News)
    statement = (
        select(DirectoryChange, Officer.staff_no)
        .join(Enterprise, col(Enterprise.credit_code) == col(DirectoryChange.key), isouter=True)
        .join(
            Assignment,
            (col(Assignment.enterprise_id) == col(Enterprise.id)) & col(Assignment.until).is_(None),
            isouter=True,
        )
        .join(Officer, col(Officer.id) == col(Assignment.officer_id), isouter=True)
        .where(col(DirectoryChange.run_id) == run_id, col(DirectoryChange.kind) == ENTERPRISES)
        .order_by(col(DirectoryChange.id))
    )
    for change, serves in session.exec(statement):
        gained, lost = change.after.get("officer"), change.before.get("officer")
        if change.action == "added":
            gained = serves
        if gained and gained == lost:
            gained = lost = None
        if gained:
            found[gained].gained.append(change.label)
        if lost:
            found[lost].lost.append(change.label)
        if serves and not gained and change.action in LEDGER_ACTIONS:
            found[serves].changed += 1
    return dict(found)
