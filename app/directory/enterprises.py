"""Enterprises from the monthly list: rows, the present state, and one officer each (mission A1, A3, A4).

A list of 100,000 is compared and written in tuples and batches; no object of the ORM is made.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from app.directory import changes, serving
from app.directory.changes import Author, batches
from app.directory.models import Assignment, Enterprise, Officer
from app.directory.placing import Held, Placement, Placer, officers_on_duty, running
from app.directory.plan import Action, Change, Plan, Wanted
from app.directory.rosters import Known
from app.districts.rules import RoutingLayer
from app.districts.statuses import GONE

FIELDS = (
    "name", "kind", "industry", "address", "area_code", "grid", "status", "legal_representative",
    "contact_name", "contact_phone", "building", "promotion_department", "key_service", "leader", "scale",
    "stage", "chain",
)  # fmt: skip
STORED = (*FIELDS, "officer")
PLACE_FIELDS = frozenset({"area_code", "grid"})
SEARCHED = frozenset({"name", "address"})
IS_GONE = {"status": GONE}
_LONGEST_SHARED = 24


class Stored(Mapping[str, Mapping[str, str | None]]):
    """Every enterprise by credit code; a row becomes a mapping only when somebody looks at it."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str | None, ...]] = {}
        self.ids: dict[str, int] = {}

    def __getitem__(self, code: str) -> Mapping[str, str | None]:
        return dict(zip(STORED, self.rows[code], strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def active(self) -> int:
        """How many are not gone."""
        at = STORED.index("status")
        return sum(row[at] not in GONE for row in self.rows.values())


def enterprise_row(values: dict[str, str], line: int, facts: Known) -> Wanted:
    """One enterprise; raises RowFault for an area or officer nobody knows."""
    wanted: dict[str, str | None] = {name: value for name, value in values.items() if name in FIELDS}
    if "area" in values:
        wanted["area_code"] = facts.area_code(values["area"])
    if "grid" in values:
        wanted["grid"] = facts.grid(values["grid"])
    if "officer" in values and values.get("status") not in GONE:
        wanted["officer"] = facts.people.find(values["officer"])
    return Wanted(line, values["credit_code"], values["name"], wanted)


def current(session: Session, *, only: str | None = None) -> Stored:
    """Every enterprise, or the one with the credit code `only`, as values by credit code; `officer` is a staff
    number."""
    served = (
        select(col(Assignment.enterprise_id), col(Officer.staff_no))
        .join(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(col(Assignment.until).is_(None))
    )
    numbers: dict[int, str] = {row[0]: row[1] for row in session.execute(served)}
    columns = [col(getattr(Enterprise, name)) for name in ("id", "credit_code", *FIELDS)]
    statement = select(*columns).execution_options(yield_per=changes.BATCH)
    if only is not None:
        statement = statement.where(col(Enterprise.credit_code) == only)
    shared: dict[str, str] = {}
    stored = Stored()
    for row in session.connection().execute(statement):
        values = (
            shared.setdefault(value, value) if value and len(value) <= _LONGEST_SHARED else value
            for value in row[2:]
        )
        stored.rows[row[1]] = (*values, numbers.get(row[0]))
        stored.ids[row[1]] = row[0]
    return stored


@dataclass(frozen=True)
class Outcome:
    """What became of the assignments: how many were given by each rule, and how many of the file's enterprises
    have nobody."""

    by_rule: Mapping[str, int]
    unassigned: int


def apply(
    session: Session, plan: Plan, stored: Stored, *, layers: Sequence[RoutingLayer], by: Author
) -> Outcome:
    """Carry the plan out in the caller's transaction; gone enterprises lose their officer, new ones get one."""
    for batch in batches(change for change in plan.changes if change.action is Action.ADDED):
        session.connection().execute(insert(Enterprise), [_new_row(change, by.at) for change in batch])
    ids = stored.ids | _ids_of_new(session, plan)
    update_rows(session, plan.changing(), ids, by.at)
    return _assign(session, plan, stored, ids, layers=layers, by=by)


def _new_row(change: Change, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(FIELDS, "")
    row |= {"area_code": None, "status": "正常", "is_green_channel": False}
    row |= {name: value for name, (_, value) in change.fields.items() if name in FIELDS}
    return row | {"credit_code": change.key, "updated_at": now}


def _ids_of_new(session: Session, plan: Plan) -> dict[str, int]:
    codes = (change.key for change in plan.changes if change.action is Action.ADDED)
    found: dict[str, int] = {}
    for batch in batches(codes, 500):
        statement = select(col(Enterprise.credit_code), col(Enterprise.id)).where(
            col(Enterprise.credit_code).in_(batch)
        )
        for row in session.connection().execute(statement):
            found[row[0]] = row[1] or 0
    return found


def update_rows(session: Session, planned: Iterable[Change], ids: Mapping[str, int], now: datetime) -> None:
    """Write the fields of existing enterprises; rows that change the same fields are updated together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in planned:
        if change.action is Action.ADDED:
            continue
        names = tuple(name for name in FIELDS if name in change.fields)
        values = {f"new_{name}": change.fields[name][1] for name in names}
        groups.setdefault(names, []).append({"row_id": ids[change.key], **values})
    for names, rows in groups.items():
        if names:
            statement = (
                update(Enterprise)
                .where(col(Enterprise.id) == bindparam("row_id"))
                .values(_new_values(names) | {"updated_at": now})
            )
            session.connection().execute(statement, rows)


def _new_values(names: Iterable[str]) -> dict[str, Any]:
    """Values of an UPDATE; a changed name or address has to be taken into the search index again."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return values | {"indexed_at": None} if SEARCHED.intersection(values) else values


def _assign(
    session: Session,
    plan: Plan,
    stored: Stored,
    ids: Mapping[str, int],
    *,
    layers: Sequence[RoutingLayer],
    by: Author,
) -> Outcome:
    placer = Placer(layers, officers_on_duty(session))
    held = running(session)
    given: dict[int, Placement] = {}
    lines: list[dict[str, Any]] = []
    unserved = 0
    for change in plan.changes:
        enterprise_id = ids[change.key]
        facts = _facts(change, stored)
        placement = _place(placer, change, facts, held.get(enterprise_id))
        if placement is not None:
            given[enterprise_id] = placement
        serves = placement.officer_id if placement else _officer_id(held.get(enterprise_id))
        unserved += facts.get("status") not in GONE and placer.number_of(serves) is None
        entry = _line(by, change, facts, stored, placement, placer)
        if entry is not None:
            lines.append(entry)
    place(session, given, by.at)
    changes.write(session, lines)
    rules = Counter(item.rule for item in given.values() if item.officer_id is not None)
    return Outcome(dict(rules.most_common()), unserved)


def _officer_id(held: Held | None) -> int | None:
    return held.officer_id if held else None


def _facts(change: Change, stored: Stored) -> dict[str, str | None]:
    """The enterprise as it is after the change."""
    facts: dict[str, str | None] = {"status": "正常"}
    facts |= dict(stored[change.key]) if change.key in stored.rows else {}
    return facts | {name: value for name, (_, value) in change.fields.items()}


def _place(
    placer: Placer, change: Change, facts: Mapping[str, str | None], held: Held | None
) -> Placement | None:
    return placer.place(
        facts,
        held,
        listed=facts.get("officer") if "officer" in change.mentions else None,
        changed=frozenset(change.fields) if change.action is not Action.UNCHANGED else frozenset(),
        is_moved=change.action is Action.MOVED,
    )


def place(session: Session, given: Mapping[int, Placement], now: datetime) -> None:
    """Write placements by enterprise id: old assignments end first, the database allows one only."""
    ended = [
        {"row_id": item.ended.assignment_id, "why": item.why_ended}
        for item in given.values()
        if item.ended is not None
    ]
    end = (
        update(Assignment)
        .where(col(Assignment.id) == bindparam("row_id"))
        .values(until=now, reason=bindparam("why"))
    )
    for batch in batches(ended):
        session.connection().execute(end, batch)
    fresh = (
        {
            "enterprise_id": enterprise_id,
            "officer_id": item.officer_id,
            "since": now,
            "rule": item.rule,
            "reason": item.unit[:200],
        }
        for enterprise_id, item in given.items()
        if item.officer_id is not None
    )
    for batch in batches(fresh):
        session.connection().execute(insert(Assignment), batch)
    serving.repeat(session, {number: item.officer_id for number, item in given.items()})
    session.expire_all()


def _line(
    by: Author,
    change: Change,
    facts: Mapping[str, str | None],
    stored: Stored,
    placement: Placement | None,
    placer: Placer,
) -> dict[str, Any] | None:
    """What the ledger keeps; of something new only where it is and how it stands."""
    was = dict(stored[change.key]) if change.key in stored.rows else {}
    if change.action is Action.ADDED:
        before: dict[str, str | None] = {}
        after = {"status": facts.get("status")}
    else:
        before = {name: was.get(name) for name in change.fields if name != "officer"}
        after = {name: facts.get(name) for name in change.fields if name != "officer"}
        if placement is not None:
            before["officer"], after["officer"] = was.get("officer"), placer.number_of(placement.officer_id)
    if change.action is Action.UNCHANGED and placement is None:
        return None
    return changes.line(
        by,
        changes.ENTERPRISES,
        change.key,
        change.label,
        changes.ASSIGNED if change.action is Action.UNCHANGED else change.action.value,
        before=before,
        after=after,
        area=facts.get("area_code") or "",
        from_area=was.get("area_code") or "",
    )
