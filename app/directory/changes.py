"""The 增减台账 (A4) and the status history (A5): one line for every change of the directory, whoever made it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert, or_
from sqlmodel import Session, col, select

from app.clock import SHANGHAI
from app.directory.models import Area, DirectoryChange, ImportRun
from app.errors import AppError

T = TypeVar("T")
BATCH = 2000
ENTERPRISES = "enterprises"
ASSIGNED = "assigned"
LEDGER_ACTIONS = ("added", "changed", "moved", "deregistered", "reactivated")
NAMES = {
    "added": "新增",
    "changed": "变更",
    "moved": "迁移",
    "deregistered": "注销或迁出",
    "reactivated": "恢复",
    ASSIGNED: "服务人员",
}


@dataclass(frozen=True)
class Author:
    """Who changes the directory, when, and by which run of an import, if any."""

    actor: str
    at: datetime
    run_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class LedgerLine:
    """One line of an area's ledger: `what` as the area reads it (a move is 迁出 here and 迁入 there)."""

    at: datetime
    what: str
    key: str
    label: str
    area: str
    from_area: str
    fields: tuple[str, ...]
    actor: str


def line(
    by: Author,
    kind: str,
    key: str,
    label: str,
    action: str,
    *,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    area: str = "",
    from_area: str = "",
) -> dict[str, Any]:
    """One row for `write`; `area` is where it is now, `from_area` where it was."""
    return {
        "run_id": by.run_id,
        "at": by.at,
        "kind": kind,
        "key": key[:160],
        "label": label[:160],
        "action": action,
        "area_code": area,
        "from_area_code": from_area,
        "before": dict(before),
        "after": dict(after),
        "actor": by.actor[:100],
        "reason": by.reason[:200],
    }


def write(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Append lines, in batches."""
    for batch in batches(rows):
        session.connection().execute(insert(DirectoryChange), batch)


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of `2026-11` and of the month after, in China; AppError if it is no month."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or month.startswith("0000"):
        raise AppError("月份应写成 2026-11")
    year, number = int(month[:4]), int(month[5:])
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=SHANGHAI), datetime(*following, 1, tzinfo=SHANGHAI)


def ledger(
    session: Session, since: datetime, before: datetime, areas: Collection[str] | None = None
) -> list[LedgerLine]:
    """Enterprises' changes from `since` to `before` (A4), oldest first; `areas` are codes, None: the district.

    What an undone import wrote is left out. Within an area a move reads 迁入 or 迁出.
    """
    statement = _standing().where(
        col(DirectoryChange.kind) == ENTERPRISES,
        col(DirectoryChange.action).in_(LEDGER_ACTIONS),
        col(DirectoryChange.at) >= since,
        col(DirectoryChange.at) < before,
    )
    if areas is not None:
        statement = statement.where(
            or_(
                col(DirectoryChange.area_code).in_(areas),
                col(DirectoryChange.from_area_code).in_(areas),
            )
        )
    names = dict(session.exec(select(Area.code, Area.name)).all())
    return [_ledger_line(row, areas, names) for row in session.exec(statement)]


def by_first_level(session: Session, since: datetime, before: datetime) -> dict[str, list[LedgerLine]]:
    """The ledger of each area at the top of the tree that has any line, by the area's name."""
    tops = session.exec(
        select(Area.code, Area.name).where(col(Area.parent_code).is_(None)).order_by(col(Area.code))
    ).all()
    found = {name: ledger(session, since, before, subtree(session, code)) for code, name in tops}
    return {name: lines for name, lines in found.items() if lines}


def subtree(session: Session, code: str) -> set[str]:
    """An area and everything below it; AppError if there is no such code or name."""
    rows = session.exec(select(Area.code, Area.name, Area.parent_code)).all()
    found = {row[0] for row in rows if code in (row[0], row[1])}
    if not found:
        raise AppError(f"没有片区「{code}」：请填片区名称或编码")
    while below := {row[0] for row in rows if row[2] in found} - found:
        found |= below
    return found


def status_history(session: Session, credit_code: str) -> list[DirectoryChange]:
    """Every line that set the operating status of this enterprise (A5), oldest first."""
    statement = _standing().where(
        col(DirectoryChange.kind) == ENTERPRISES, col(DirectoryChange.key) == credit_code
    )
    return [row for row in session.exec(statement) if "status" in row.after]


def later_changes(session: Session, kind: str, run_id: int) -> list[DirectoryChange]:
    """Lines after those of this run that concern one of its rows and still stand."""
    own = select(DirectoryChange.key).where(col(DirectoryChange.run_id) == run_id)
    last = session.exec(
        select(DirectoryChange.id)
        .where(col(DirectoryChange.run_id) == run_id)
        .order_by(col(DirectoryChange.id).desc())
    ).first()
    return list(
        session.exec(
            _standing().where(
                col(DirectoryChange.id) > (last or 0),
                col(DirectoryChange.kind) == kind,
                col(DirectoryChange.key).in_(own),
            )
        )
    )


def _standing() -> Any:
    """Lines that no undone import wrote, oldest first."""
    return (
        select(DirectoryChange)
        .outerjoin(ImportRun, col(ImportRun.id) == col(DirectoryChange.run_id))
        .where(col(ImportRun.undone_at).is_(None))
        .order_by(col(DirectoryChange.id))
    )


def _ledger_line(row: DirectoryChange, areas: Collection[str] | None, names: Mapping[str, str]) -> LedgerLine:
    return LedgerLine(
        row.at,
        _what(row, areas),
        row.key,
        row.label,
        names.get(row.area_code, row.area_code),
        names.get(row.from_area_code, row.from_area_code),
        tuple(sorted(row.after)) if row.action == "changed" else (),
        row.actor,
    )


def _what(row: DirectoryChange, areas: Collection[str] | None) -> str:
    if row.after.get("status") in ("注销", "迁出"):
        return str(row.after["status"])
    if row.action != "moved" or areas is None:
        return NAMES[row.action]
    is_here, was_here = row.area_code in areas, row.from_area_code in areas
    if is_here and was_here:
        return "区内迁移" if row.area_code != row.from_area_code else "网格调整"
    return "迁入" if is_here else "迁出"


def counts(lines: Sequence[LedgerLine]) -> dict[str, int]:
    """How many of each kind."""
    found: dict[str, int] = {}
    for item in lines:
        found[item.what] = found.get(item.what, 0) + 1
    return found
