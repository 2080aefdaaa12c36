"""A copy of everything about one person (PIPL 45): one JSON file and their uploads, in a ZIP only they may read."""

import json
import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, and_, or_, select
from sqlmodel import Session

from app.clock import SHANGHAI
from app.errors import Conflict, NotFound
from app.privacy.columns import AUDIT, occurrences, reflected, text_columns
from app.privacy.subject import Subject

ABOUT = (
    "这是企业服务助手保存的、关于您本人的全部资料的副本。\n"
    "资料.json 按数据表列出每一条记录；附件在 uploads 文件夹里。\n"
    "要更正或删除，请联系出具这份文件的单位。\n"
)
OF_A_CASE = "ticket_id"
INTERNAL = frozenset(
    {"code_hash", "csrf_token", "password_hash", "ladder", "profile_hash", "owner", "last_error"}
)


def collected(session: Session, subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person by table: rows that name them, their cases and what hangs on those.

    Internal notes of the staff and technical columns stay out. Raises NotFound when there is nothing.
    """
    touched = {place.table for place in occurrences(session, subject.marks)}
    found: dict[str, list[dict[str, Any]]] = {}
    for table in reflected(session).values():
        if table.name in AUDIT:
            continue
        rows = _rows(session, table, subject, is_touched=table.name in touched)
        if rows:
            found[table.name] = rows
    if not found:
        raise NotFound("没有找到这个人的任何资料")
    return found


def write_zip(target: Path, data: dict[str, list[dict[str, Any]]], uploads: Path) -> int:
    """Write the ZIP with mode 0600; how many uploads are in it. Never overwrites."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{target} 已存在：换个文件名") from None
    count = 0
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("说明.txt", ABOUT)
        archive.writestr("资料.json", json.dumps(data, ensure_ascii=False, indent=1, default=_plain))
        for row in data.get("attachment", []):
            path = uploads / Path(str(row.get("path") or "")).name
            if row.get("path") and path.is_file():
                archive.write(path, f"uploads/{path.name}")
                count += 1
    return count


def _rows(session: Session, table: Table, subject: Subject, *, is_touched: bool) -> list[dict[str, Any]]:
    columns = table.columns
    tests = []
    if OF_A_CASE in columns and table.name != "outbox":
        linked = columns[OF_A_CASE].in_(subject.ticket_ids)
        tests.append(and_(linked, columns["is_public"]) if "is_public" in columns else linked)
    if table.name == "ticket":
        tests.append(columns["id"].in_(subject.ticket_ids))
    if "openid" in columns:
        tests.append(columns["openid"].in_(subject.marks.openids))
    statement = select(table)
    if not is_touched:
        if not tests:
            return []
        statement = statement.where(or_(*tests))
    rows = [dict(row) for row in session.connection().execute(statement).mappings()]
    linked_keys = _keys(session, table, tests)
    kept = [row for row in rows if _key(table, row) in linked_keys or _names(table, row, subject)]
    return [{name: value for name, value in row.items() if name not in INTERNAL} for row in kept]


def _keys(session: Session, table: Table, tests: list[Any]) -> set[tuple[Any, ...]]:
    if not tests:
        return set()
    statement = select(*table.primary_key.columns).where(or_(*tests))
    return {tuple(row) for row in session.connection().execute(statement)}


def _key(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _names(table: Table, row: dict[str, Any], subject: Subject) -> bool:
    if "is_public" in row and not row["is_public"]:
        return False
    if table.name == "outbox":
        return False
    for column in text_columns(table):
        value = row[column.name]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if subject.marks.occurs_in(text):
            return True
    return False


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(SHANGHAI).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
