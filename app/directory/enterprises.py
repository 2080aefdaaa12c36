"""Enterprises from the monthly list: rows, the present state, and one officer each (mission A1, A3, A4)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.directory.columns import GONE
from app.directory.models import Assignment, Enterprise, Officer
from app.directory.plan import Action, Change, Plan, Wanted
from app.directory.rosters import Known

FIELDS = (
    "name", "kind", "industry", "address", "area_code", "grid", "status", "legal_representative",
    "contact_name", "contact_phone", "building", "promotion_department", "key_service", "leader", "scale",
    "stage", "chain",
)  # fmt: skip
PLACE_FIELDS = frozenset({"area_code", "grid"})
IS_GONE = {"status": GONE}
LISTED, BY_GRID, BY_AREA = "名册指定", "网格", "片区"


def enterprise_row(values: dict[str, str], line: int, facts: Known) -> Wanted:
    """One enterprise; raises RowFault for an area or officer nobody knows."""
    wanted: dict[str, str | None] = {name: value for name, value in values.items() if name in FIELDS}
    if "area" in values:
        wanted["area_code"] = facts.area_code(values["area"])
    if "officer" in values and values.get("status") not in GONE:
        wanted["officer"] = facts.people.find(values["officer"])
    return Wanted(line, values["credit_code"], values["name"], wanted)


def current(session: Session) -> dict[str, dict[str, str | None]]:
    """Every enterprise as values by credit code; `officer` is a staff number."""
    statement = (
        select(col(Assignment.enterprise_id), col(Officer.staff_no))
        .join(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(col(Assignment.until).is_(None))
    )
    numbers: dict[int, str] = {row[0]: row[1] for row in session.execute(statement)}
    return {
        row.credit_code: {name: getattr(row, name) for name in FIELDS} | {"officer": numbers.get(row.id or 0)}
        for row in session.scalars(select(Enterprise))
    }


def apply(session: Session, plan: Plan, now: datetime) -> None:
    """Carry the plan out in the caller's transaction; gone enterprises lose their officer, new ones get one."""
    rows = {row.credit_code: row for row in session.scalars(select(Enterprise))}
    for change in plan.changes:
        if change.action is Action.UNCHANGED:
            continue
        row = rows.setdefault(
            change.key, Enterprise(credit_code=change.key, name="", kind="", updated_at=now)
        )
        for name, (_, value) in change.fields.items():
            if name in FIELDS:
                setattr(row, name, value)
        if change.action is Action.DEREGISTERED and not change.fields:
            row.status = "注销"
        row.updated_at = now
        session.add(row)
    session.flush()
    _assign(session, plan, rows, now)


def _assign(session: Session, plan: Plan, rows: Mapping[str, Enterprise], now: datetime) -> None:
    officers = list(session.scalars(select(Officer).where(col(Officer.is_active))))
    by_number = {officer.staff_no: officer for officer in officers}
    by_place = _by_place(officers)
    running = select(Assignment).where(col(Assignment.until).is_(None))
    live = {row.enterprise_id: row for row in session.scalars(running)}
    for change in plan.changes:
        enterprise = rows[change.key]
        assert enterprise.id is not None  # noqa: S101 - flushed
        held = live.get(enterprise.id)
        if enterprise.status in GONE:
            _end(session, held, now, enterprise.status)
            continue
        listed = by_number.get(_listed_officer(change) or "")
        if listed is not None:
            _hand_over(session, enterprise, held, listed, LISTED, now)
        elif held is None or change.action is Action.MOVED:
            officer, rule = _by_rule(enterprise, by_place)
            if officer is not None:
                _hand_over(session, enterprise, held, officer, rule, now)
    session.flush()


def _listed_officer(change: Change) -> str | None:
    return change.fields["officer"][1] if "officer" in change.fields else None


def _by_place(officers: list[Officer]) -> dict[tuple[str, str], list[Officer]]:
    """Officers of a grid, and of a whole area under an empty grid."""
    found: dict[tuple[str, str], list[Officer]] = defaultdict(list)
    for officer in officers:
        if officer.area_code:
            found[officer.area_code, ""].append(officer)
            if officer.grid:
                found[officer.area_code, officer.grid].append(officer)
    return found


def _by_rule(
    enterprise: Enterprise, by_place: Mapping[tuple[str, str], list[Officer]]
) -> tuple[Officer | None, str]:
    """The one officer of the grid, else the one of the area; where several share it, a person decides."""
    area = enterprise.area_code or ""
    for grid, rule in ((enterprise.grid, BY_GRID), ("", BY_AREA)):
        candidates = by_place.get((area, grid), []) if grid or rule == BY_AREA else []
        if len(candidates) == 1:
            return candidates[0], rule
    return None, ""


def _hand_over(
    session: Session,
    enterprise: Enterprise,
    held: Assignment | None,
    officer: Officer,
    rule: str,
    now: datetime,
) -> None:
    if held is not None and held.officer_id == officer.id:
        return
    _end(session, held, now, f"改由{officer.name}服务")
    assert enterprise.id is not None and officer.id is not None  # noqa: S101 - flushed
    session.add(Assignment(enterprise_id=enterprise.id, officer_id=officer.id, since=now, rule=rule))


def _end(session: Session, held: Assignment | None, now: datetime, reason: str) -> None:
    if held is not None:
        held.until, held.reason = now, reason
        session.add(held)
        session.flush()
