"""The audit trail under filters: as a list on screen, and as a file that a spreadsheet runs nothing of."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlmodel import Session, col

from app.audit import AuditRow
from app.clock import SHANGHAI
from app.errors import AppError
from app.panel.audit_names import Names, actor_name, names_of, thing_name
from app.panel.audit_words import action_name, actions_named, as_text, object_name
from app.panel.calls import day_of
from app.panel.models import User
from app.trail.export import HEADERS, harmless, line

FIELDS = ("actor", "action", "object", "address", "since", "until", "failed")
MOST_ROWS, BATCH = 50_000, 500
IN_WORDS = ("谁（姓名）", "做了什么", "对什么", "详情")
KIND_NAMES = {
    "user": "后台账号",
    "officer": "服务人员",
    "coordinator": "协调专员",
    "enterprise": "企业联系人",
    "cli": "命令行",
    "hub": "运行中枢",
    "system": "系统",
}


def filters_from(read: Callable[[str], str]) -> dict[str, str]:
    """The filters as typed; a day that is none is left out."""
    values = {name: read(name) for name in FIELDS}
    return values | {name: values[name] if day_of(values[name]) else "" for name in ("since", "until")}


def chosen(filters: Mapping[str, str]) -> Select[AuditRow]:
    """Rows under the filters, the newest first."""
    statement = select(AuditRow).order_by(col(AuditRow.id).desc())
    columns = (
        ("actor", AuditRow.actor),
        ("action", AuditRow.action),
        ("object", AuditRow.object),
        ("address", AuditRow.address),
    )
    for name, column in columns:
        if filters[name]:
            found = col(column).contains(filters[name], autoescape=True)
            statement = statement.where(or_(found, _as_named(name, filters[name])))
    if filters["failed"]:
        statement = statement.where(col(AuditRow.succeeded).is_(False))
    since, until = day_of(filters["since"]), day_of(filters["until"])
    if since is not None:
        statement = statement.where(col(AuditRow.at) >= _start(since))
    if until is not None:
        statement = statement.where(col(AuditRow.at) < _start(until) + timedelta(days=1))
    return statement


def _as_named(name: str, words: str) -> ColumnElement[bool]:
    """The same said as the page shows it: the name of an act, or of the person behind an account."""
    if name == "action":
        return col(AuditRow.action).in_(actions_named(words))
    if name == "actor":
        people = select(col(User.username)).where(col(User.name).contains(words, autoescape=True))
        return and_(col(AuditRow.actor_kind) == "user", col(AuditRow.actor).in_(people))
    return false()


def as_csv(session: Session, filters: Mapping[str, str]) -> tuple[str, int]:
    """The rows as CSV with a byte-order mark, oldest first, and how many; AppError beyond 50,000.

    First the columns of the trail as it is kept, then the same in words.
    """
    statement = chosen(filters)
    count = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    if count > MOST_ROWS:
        raise AppError(f"符合条件的有 {count} 条，一次最多导出 {MOST_ROWS} 条：请按日期分几次导出")
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([*HEADERS, *IN_WORDS])
    for rows in session.scalars(statement.order_by(None).order_by(col(AuditRow.id))).partitions(BATCH):
        names = names_of(session, rows)
        writer.writerows([*line(row), *map(harmless, in_words(row, names))] for row in rows)
    return text.getvalue(), count


def in_words(row: AuditRow, names: Names) -> tuple[str, str, str, str]:
    """Who, what, to what and the details as people call them."""
    thing = object_name(row.object, thing_name(row, names))
    return actor_name(row, names), action_name(row.action), thing, as_text(row.detail, names)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)
