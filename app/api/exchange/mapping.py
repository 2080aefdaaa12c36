"""One row of another system's table → the order that the API would have been sent, or every fault of the row. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from app.api.faults import faults_of
from app.api.intake import department_fault
from app.api.schemas import TicketIn
from app.clock import SHANGHAI
from app.directory.models import Department
from app.districts.outside import NEEDED, OutsideSystem
from app.districts.profile import Profile
from app.errors import AppError

UNITS = re.compile(r"[、，,;；/|\s]+")
MOST_UNITS = 10
EXAMPLE = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)
# Places in an order's body → the field of the mapping, for a fault that names their column.
PLACES = {
    "enterprise.name": "enterprise",
    "enterprise.credit_code": "credit_code",
    "contact.name": "contact_name",
    "contact.phone": "contact_phone",
}


class NotTheirTable(AppError):
    """The file is a table, but lacks what this system's orders need."""

    status_code = 422


@dataclass(frozen=True)
class Mapped:
    """One row: `body` is None where `faults` say why not; `notes` are what was left out on the way."""

    external_number: str
    body: TicketIn | None
    kind: str
    state: str
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def check_headers(system: OutsideSystem, headers: Collection[str]) -> None:
    """NotTheirTable, naming every column that is missing, so that one mail to the other side is enough."""
    missing = [
        f"「{'」或「'.join(system.columns[field])}」"
        for field in NEEDED
        if not any(name in headers for name in system.columns[field])
    ]
    if missing:
        raise NotTheirTable(
            f"缺少这些列：{'、'.join(missing)}。表里有：{'、'.join(name for name in headers if name)}。"
            f"对方改了列名的，改本区配置 [[systems]] {system.key} 的 columns"
        )


def mapped(
    system: OutsideSystem,
    cells: Mapping[str, str],
    profile: Profile,
    departments: Sequence[Department],
    now: datetime,
) -> Mapped:
    """The row in our words; unknown codes and departments are left empty and said, because an order must not be
    lost over them. `departments`: all of ours."""
    value = _values(system, cells)
    faults: list[str] = []
    notes: list[str] = []
    received = _moment(system, value, "received_at", faults)
    due = _moment(system, value, "due_at", faults)
    if received is not None and received > now:
        faults.append(f"{_column(system, 'received_at')}：在将来，请核对")
    category = _code(value["category"], system.categories, profile.categories, "分类", notes)
    kind = _code(value["kind"], system.kinds, profile.kinds, "类型", notes)
    data = {
        "external_number": value["external_number"],
        "channel": system.channel,
        "category": category,
        "title": value["title"][:120],
        "content": value["content"],
        "enterprise": {"credit_code": value["credit_code"], "name": value["enterprise"]},
        "contact": {"name": value["contact_name"], "phone": value["contact_phone"]},
        "received_at": received or now,
        "due_at": due,
        "departments": _units(value["departments"], departments, notes),
    }
    body = _validated(system, data, faults)
    return Mapped(value["external_number"], body, kind, value["state"][:32], tuple(faults), tuple(notes))


def _values(system: OutsideSystem, cells: Mapping[str, str]) -> dict[str, str]:
    return {
        field: next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")
        for field, names in system.columns.items()
    }


def _moment(
    system: OutsideSystem, value: Mapping[str, str], field: str, faults: list[str]
) -> datetime | None:
    text = value[field]
    if not text:
        if field in NEEDED:
            faults.append(f"{_column(system, field)}：缺少这一项")
        return None
    found = system.moment(text, is_deadline=field == "due_at")
    if found is None:
        faults.append(
            f"{_column(system, field)}：读不懂「{text[:30]}」，应像 {EXAMPLE.strftime(system.date_formats[0])}"
        )
    return found


def _code(text: str, table: Mapping[str, str], known: Sequence[str], what: str, notes: list[str]) -> str:
    ours = table.get(text, text)
    if not ours or ours in known:
        return ours
    notes.append(f"{what}「{text[:20]}」没有对照，留空")
    return ""


def _units(text: str, known: Sequence[Department], notes: list[str]) -> list[str]:
    named = [name for name in UNITS.split(text) if name][:MOST_UNITS]
    strange = [name for name in named if department_fault(name, known)]
    notes += [f"承办单位「{name[:20]}」本区没有，留空" for name in strange]
    return [name for name in named if name not in strange]


def _validated(system: OutsideSystem, data: Mapping[str, object], faults: list[str]) -> TicketIn | None:
    try:
        body = TicketIn.model_validate(data)
    except ValidationError as error:
        named = {_column(system, PLACES.get(field, field)): text for field, text in faults_of(error.errors())}
        faults += [f"{column}：{text}" for column, text in named.items()]
        return None
    return body if not faults else None


def _column(system: OutsideSystem, field: str) -> str:
    names = system.columns.get(field, ())
    return names[0] if names else field
