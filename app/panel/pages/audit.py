"""Who did what: the audit rows, newest first, for reading only."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from app.audit import AuditRow
from app.clock import SHANGHAI
from app.panel.calls import Call
from app.panel.paging import paged

PATH = "/admin/audit"


def show(call: Call) -> Response:
    """Filter by actor, act, object and day."""
    query = {name: call.query(name) for name in ("actor", "action", "object", "day", "failed")}
    statement = select(AuditRow).order_by(col(AuditRow.id).desc())
    for name, column in (("actor", AuditRow.actor), ("action", AuditRow.action), ("object", AuditRow.object)):
        if query[name]:
            statement = statement.where(col(column).contains(query[name], autoescape=True))
    if query["failed"]:
        statement = statement.where(col(AuditRow.succeeded).is_(False))
    day = _day(query["day"])
    if day is not None:
        start = datetime.combine(day, datetime.min.time(), SHANGHAI)
        statement = statement.where(col(AuditRow.at) >= start, col(AuditRow.at) < start + timedelta(days=1))
    page = paged(call.session, statement, number=call.query_number("page"), path=PATH, query=query)
    return call.page("audit.html", page=page, query=query, as_text=_as_text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _as_text(detail: dict[str, Any]) -> str:
    return "；".join(f"{key}={_plain(value)}" for key, value in detail.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
