"""The audit trail as a CSV file that a spreadsheet opens without running anything in it."""

import csv
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from app.audit import AuditRow
from app.clock import SHANGHAI
from app.errors import Conflict

HEADERS = (
    "序号",
    "时间",
    "身份",
    "账号",
    "操作",
    "对象",
    "结果",
    "来源地址",
    "细节",
    "前一行校验值",
    "校验值",
)
BATCH = 1000
_FORMULA = "=+-@\t\r\n＝＋－＠"
_BLANK = " \u00a0\u3000\ufeff"


def export(session: Session, target: Path, *, since: datetime | None = None) -> int:
    """Write every row (`since` that moment) in the order of the chain, mode 0600; how many. Never overwrites."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{target} 已存在：换个文件名") from None
    count = 0
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for row in _rows(session, since):
            writer.writerow(line(row))
            count += 1
    return count


def line(row: AuditRow) -> list[str]:
    """One row under `HEADERS`, safe to open in a spreadsheet."""
    return [harmless(cell) for cell in _cells(row)]


def harmless(cell: str) -> str:
    """Every line of a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        f"'{line}" if line.lstrip(_BLANK).startswith(tuple(_FORMULA)) else line for line in lines
    )


def _rows(session: Session, since: datetime | None) -> Iterator[AuditRow]:
    last = 0
    while True:
        statement = select(AuditRow).where(col(AuditRow.id) > last).order_by(col(AuditRow.id)).limit(BATCH)
        if since is not None:
            statement = statement.where(col(AuditRow.at) >= since)
        rows = session.scalars(statement).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id or 0
        session.expunge_all()


def _cells(row: AuditRow) -> list[str]:
    return [
        str(row.position or ""),
        row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        row.actor_kind,
        row.actor,
        row.action,
        row.object,
        "成功" if row.succeeded else "未成功",
        row.address,
        json.dumps(row.detail, ensure_ascii=False, sort_keys=True) if row.detail else "",
        row.previous_hash,
        row.hash,
    ]
