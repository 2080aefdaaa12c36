"""A roster file between its upload and its use: what it would change, told so that a clerk can check it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.directory.columns import ROSTERS, header_of, recognise
from app.directory.importing import plan_import
from app.directory.models import Area
from app.directory.plan import NAMES_BY_ROSTER, Action, Change, Plan
from app.errors import AppError
from app.panel import uploads
from app.panel.calls import Form
from app.panel.deps import PanelDeps
from app.panel.models import Upload
from app.tickets.masking import mask_name, mask_phone

KIND = "roster"
KINDS = {
    "enterprises": "企业名单",
    "officers": "服务人员名册",
    "departments": "部门和协调专员名册",
    "areas": "片区名册",
}
SHOWN = 100
MOST_FIELDS = 6
_PHONES = frozenset({"phone", "contact_phone"})
_PEOPLE = frozenset({"contact_name", "legal_representative"})


@dataclass(frozen=True)
class Field:
    """One value that differs, under the header a clerk knows."""

    header: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Row:
    """One planned change; `line` is 0 for what the file does not mention."""

    line: int
    label: str
    key: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Group:
    """All changes of one kind: how many, and the first of them."""

    key: str
    name: str
    count: int
    rows: Sequence[Row]


@dataclass(frozen=True)
class Prepared:
    """What a form needs that is slow to get: the plan of an upload, or why there is none."""

    upload_id: int
    plan: Plan | None = None
    headers: Sequence[str] = ()
    fault: str = ""


def plan_of(session: Session, upload: Upload) -> tuple[Plan, tuple[str, ...]]:
    """What the file would change now, and its headers; raises UnreadableFileError."""
    sheet = uploads.rows_of(upload)
    kind, is_full = str(upload.options.get("roster", "")), bool(upload.options.get("full"))
    return plan_import(session, kind, sheet, full=is_full), sheet.headers


def seal(plan: Plan) -> str:
    """A short word for exactly this difference: what was looked at must be what is applied."""
    lines = [[change.action.value, change.key, sorted(change.fields.items())] for change in plan.changing()]
    text = json.dumps([lines, len(plan.rejected)], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def groups_of(session: Session, kind: str, plan: Plan) -> list[Group]:
    """The changes by kind, values of people masked: the file's owner has them, the screen needs them not."""
    areas = area_names(session)
    found = []
    for action in Action:
        if action is Action.UNCHANGED:
            continue
        changes = plan.of(action)
        if changes:
            rows = [_row(kind, change, areas) for change in changes[:SHOWN]]
            found.append(Group(action.value, NAMES_BY_ROSTER[kind][action], len(changes), rows))
    return found


def area_names(session: Session) -> dict[str, str]:
    """Name of every area by its code."""
    return dict(session.exec(select(Area.code, Area.name)).all())


def rejected_rows(plan: Plan, headers: Sequence[str]) -> list[list[str]]:
    """The refused rows as they came, with line number in front and the reason behind."""
    return [
        [str(row.line), *(row.cells.get(name, "") for name in headers), row.reason] for row in plan.rejected
    ]


def columns_of(kind: str) -> list[tuple[str, bool]]:
    """The headers a roster may have, and which of them it must."""
    return [(column.header, column.is_required) for column in ROSTERS[kind]]


def check_readable(_deps: PanelDeps, form: Form) -> str:
    """Why the file that was sent cannot be used as this roster, "" if it can; before any lock is held."""
    if form.file is None:
        return ""
    try:
        sheet = uploads.sheet_of(form.file.name, form.file.content)
        recognise(sheet, ROSTERS.get(form.text("roster"), ()))
    except AppError as error:
        return error.message
    return ""


def prepare(deps: PanelDeps, form: Form) -> Prepared:
    """Read and compare the upload that a form names, before the transaction; whose it is, is checked there."""
    number = form.number("upload_id") or 0
    with deps.db.reading() as session:
        statement = select(Upload).where(col(Upload.id) == number, col(Upload.kind) == KIND)
        upload = session.exec(statement).first()
        if upload is None or upload.applied_at is not None:
            return Prepared(number)
        try:
            plan, headers = plan_of(session, upload)
        except AppError as error:
            return Prepared(number, fault=error.message)
    return Prepared(number, plan, headers)


def _row(kind: str, change: Change, areas: dict[str, str]) -> Row:
    if change.action is Action.ADDED:
        return Row(change.line, change.label, change.key, ())
    fields = [
        Field(header_of(kind, name), shown(name, was, areas), shown(name, becomes, areas))
        for name, (was, becomes) in _first(change.fields.items())
    ]
    return Row(change.line, change.label, change.key, fields)


def _first(items: Any) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    for _, item in zip(range(MOST_FIELDS), items, strict=False):
        yield item


def shown(name: str, value: str | None, areas: dict[str, str]) -> str:
    """A roster's value for the screen: people masked, areas by their names."""
    text = value or ""
    if name in _PHONES:
        return mask_phone(text)
    if name in _PEOPLE:
        return mask_name(text)
    return areas.get(text, text) if name in ("area_code", "parent_code") else text
