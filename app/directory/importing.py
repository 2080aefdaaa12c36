"""Import a roster file: a plan first, then, if asked, all of it in the caller's one transaction."""

import csv
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from app import audit
from app.clock import SHANGHAI
from app.directory import enterprises, rosters
from app.directory.columns import GONE, ROSTERS, Column, RowFault, read_values, recognise
from app.directory.plan import Plan, Rejected, Wanted, compare
from app.directory.rosters import KEY_SEPARATOR, Known
from app.directory.sheets import Sheet
from app.errors import NotFound

FORMULA_CHARACTERS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

KEYS = {
    "areas": ("code",),
    "officers": ("staff_no",),
    "departments": ("department", "name"),
    "enterprises": ("credit_code",),
}
Current = dict[str, dict[str, str | None]]


@dataclass(frozen=True)
class Roster:
    """How one kind of file is read, compared and carried out."""

    name: str
    row: Callable[[dict[str, str], int, Known], Wanted]
    current: Callable[[Session], Current]
    apply: Callable[[Session, Plan, datetime], None]


def _roster(kind: str) -> Roster:
    if kind == "areas":
        return Roster(
            kind, lambda v, n, _: rosters.area_row(v, n), rosters.current_areas, rosters.apply_areas
        )
    if kind == "departments":
        return Roster(
            kind,
            lambda v, n, _: rosters.department_row(v, n),
            rosters.current_departments,
            rosters.apply_departments,
        )
    if kind == "officers":
        return Roster(kind, rosters.officer_row, rosters.current_officers, rosters.apply_officers)
    if kind == "enterprises":
        return Roster(kind, enterprises.enterprise_row, enterprises.current, enterprises.apply)
    raise NotFound(f"没有这种名册：{kind}")


def plan_import(session: Session, kind: str, sheet: Sheet, *, full: bool = False) -> Plan:
    """What importing this sheet would change. Reads only.

    `full`: whoever is not listed is deregistered; otherwise an absent row is left untouched.
    """
    roster = _roster(kind)
    found, ignored = recognise(sheet, ROSTERS[kind])
    reading = _read(roster, sheet, found, rosters.known(session))
    current = roster.current(session)
    if kind == "areas":
        reading = _with_parents(reading, sheet, current)
    changes = compare(
        reading.wanted,
        current,
        place_fields=enterprises.PLACE_FIELDS if kind == "enterprises" else frozenset(),
        is_gone=enterprises.IS_GONE if kind == "enterprises" else None,
        absent_keys=_absent(kind, current, _listed(kind, sheet, found)) if full else {},
    )
    active = sum(1 for values in current.values() if _is_active(kind, values))
    rejected = sorted(reading.rejected, key=lambda row: row.line)
    return Plan(tuple(changes), tuple(rejected), active, tuple(ignored))


@dataclass(frozen=True)
class Reading:
    """The rows that can be taken and those that cannot."""

    wanted: list[Wanted]
    rejected: list[Rejected]


def _read(roster: Roster, sheet: Sheet, found: Mapping[str, Column], facts: Known) -> Reading:
    reading = Reading([], [])
    if roster.name == "officers":
        facts = rosters.with_listed_officers(facts, _names(sheet, found))
    first_lines: dict[str, int] = {}
    for row in sheet.rows:
        try:
            if row.fault:
                raise RowFault(row.fault)
            one = roster.row(read_values(row.cells, found), row.line, facts)
            if one.key in first_lines:
                raise RowFault(f"与第 {first_lines[one.key]} 行重复")
        except RowFault as fault:
            reading.rejected.append(Rejected(row.line, row.cells, str(fault)))
            continue
        first_lines[one.key] = row.line
        reading.wanted.append(one)
    return reading


def _names(sheet: Sheet, found: Mapping[str, Column]) -> list[dict[str, str]]:
    """Who is listed, whatever else is wrong with the row."""
    headers = {column.field: header for header, column in found.items()}
    return [{name: row.cells.get(headers[name], "") for name in ("staff_no", "name")} for row in sheet.rows]


def _listed(kind: str, sheet: Sheet, found: Mapping[str, Column]) -> set[str]:
    """Keys that the file mentions: a listed row with a fault is not absent, or a typo would deregister it."""
    names = KEYS[kind]
    columns = {column.field: (header, column) for header, column in found.items()}
    keys = set()
    for row in sheet.rows:
        values = []
        for name in names:
            header, column = columns.get(name, ("", None))
            try:
                values.append(column.read(row.cells.get(header, "")) if column else "")
            except RowFault:
                values.append(row.cells.get(header, ""))
        keys.add(KEY_SEPARATOR.join(values))
    return keys


def _with_parents(reading: Reading, sheet: Sheet, current: Current) -> Reading:
    """Areas whose chain of parents ends; the others are refused."""
    parents = {code: values.get("parent_code") for code, values in current.items()}
    parents |= {one.key: one.values.get("parent_code", parents.get(one.key)) for one in reading.wanted}
    cells = {row.line: row.cells for row in sheet.rows}
    checked = Reading([], list(reading.rejected))
    for one in reading.wanted:
        seen: set[str] = set()
        code = one.values.get("parent_code")
        while code in parents and code not in seen and code != one.key:
            seen.add(code)
            code = parents[code]
        if not code:
            checked.wanted.append(one)
            continue
        reason = f"没有上级编码「{code}」" if code not in parents else "上级编码绕成了圈"
        checked.rejected.append(Rejected(one.line, cells[one.line], reason))
    return checked


def _absent(kind: str, current: Current, listed: set[str]) -> dict[str, str]:
    return {
        key: values.get("name") or key.replace(KEY_SEPARATOR, " ")
        for key, values in current.items()
        if key not in listed
        and _is_active(kind, values)
        and not (kind == "departments" and key.endswith(KEY_SEPARATOR))
    }


def _is_active(kind: str, values: dict[str, str | None]) -> bool:
    return values.get("status") not in GONE if kind == "enterprises" else any(values.values())


def apply_import(session: Session, kind: str, plan: Plan, *, actor: str, source: str, now: datetime) -> None:
    """Carry a plan out, made in this same transaction, with one audit row. `source` is the file's name."""
    _roster(kind).apply(session, plan, now)
    session.flush()
    audit.record(
        session,
        at=now,
        actor_kind="cli",
        actor=actor,
        action=f"import_{kind}",
        target=source[:200],
        detail=dict(plan.counts()),
    )


def write_rejected(plan: Plan, headers: tuple[str, ...], source: Path, data_dir: Path, now: datetime) -> Path:
    """The refused rows with the reason in the last column, in the data dir, mode 0600: they hold phone numbers."""
    folder = data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M%S-%f")
    path = folder / f"{source.stem}-未导入-{stamp}.csv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["行号", *headers, "未导入原因"])
        for row in plan.rejected:
            cells = [_harmless(row.cells.get(name, "")) for name in headers]
            writer.writerow([row.line, *cells, row.reason])
    return path


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe, which reading takes off again."""
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(FORMULA_CHARACTERS) else cell
