"""Import a roster file: a plan first, then, if asked, all of it in the caller's one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app import audit
from app.directory import changes, enterprises, rosters
from app.directory.changes import Author
from app.directory.columns import ROSTERS, Column, RowFault, read_values, recognise
from app.directory.enterprises import Outcome, Stored
from app.directory.locking import lock_directory
from app.directory.models import ImportRun
from app.directory.plan import Action, Change, Plan, Rejected, Wanted, compare
from app.directory.rosters import KEY_SEPARATOR, Known
from app.directory.sheets import REPORT_EVERY, Progress, Sheet, SheetRow, silent
from app.districts.rules import RoutingLayer
from app.districts.statuses import GONE
from app.errors import Conflict, NotFound

MOST_NAMED = 5
KEYS = {
    "areas": ("code",),
    "officers": ("staff_no",),
    "departments": ("department", "name"),
    "enterprises": ("credit_code",),
}
Current = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True)
class Roster:
    """How one kind of file is read and compared."""

    name: str
    row: Callable[[dict[str, str], int, Known], Wanted]
    current: Callable[[Session], Current]


@dataclass(frozen=True)
class Applied:
    """What an import did: its run, and the assignments where enterprises were imported."""

    run_id: int
    outcome: Outcome | None


def _roster(kind: str) -> Roster:
    known = {
        "areas": Roster(kind, lambda v, n, _: rosters.area_row(v, n), rosters.current_areas),
        "departments": Roster(
            kind, lambda v, n, _: rosters.department_row(v, n), rosters.current_departments
        ),
        "officers": Roster(kind, rosters.officer_row, rosters.current_officers),
        "enterprises": Roster(kind, enterprises.enterprise_row, enterprises.current),
    }
    if kind not in known:
        raise NotFound(f"没有这种名册：{kind}")
    return known[kind]


def current_rows(session: Session, kind: str) -> Current:
    """What is there now, as values by key."""
    return _roster(kind).current(session)


def plan_import(
    session: Session, kind: str, sheet: Sheet, *, full: bool = False, progress: Progress = silent
) -> Plan:
    """What importing this sheet would change. Reads only.

    `full`: whoever is not listed is deregistered; otherwise an absent row is left untouched.
    """
    roster = _roster(kind)
    found, ignored = recognise(sheet, ROSTERS[kind])
    facts = rosters.known(session)
    if kind == "officers":
        facts = rosters.with_listed_officers(facts, _names(sheet, found))
    rejected: list[Rejected] = []
    current = roster.current(session)
    wanted: Iterable[Wanted] = _read(roster, sheet.rows, found, facts, rejected, progress)
    if kind == "areas":
        wanted = _with_parents(list(wanted), sheet, current, rejected)
    is_enterprises = kind == "enterprises"
    planned = list(
        compare(
            wanted,
            current,
            place_fields=enterprises.PLACE_FIELDS if is_enterprises else frozenset(),
            is_gone=enterprises.IS_GONE if is_enterprises else None,
        )
    )
    if full:
        planned += _absent(kind, current, _listed(kind, sheet, found))
    active = (
        current.active()
        if isinstance(current, Stored)
        else sum(any(values.values()) for values in current.values())
    )
    rejected.sort(key=lambda row: row.line)
    return Plan(tuple(planned), tuple(rejected), active, tuple(ignored))


def _read(
    roster: Roster,
    rows: Iterable[SheetRow],
    found: Mapping[str, Column],
    facts: Known,
    rejected: list[Rejected],
    progress: Progress,
) -> Iterator[Wanted]:
    """The rows that can be taken; those that cannot are added to `rejected`."""
    first_lines: dict[str, int] = {}
    for count, row in enumerate(rows, start=1):
        if count % REPORT_EVERY == 0:
            progress("已比对", count)
        try:
            if row.fault:
                raise RowFault(row.fault)
            one = roster.row(read_values(row.cells, found), row.line, facts)
            if one.key in first_lines:
                raise RowFault(f"与第 {first_lines[one.key]} 行重复")
        except RowFault as fault:
            rejected.append(Rejected(row.line, row.cells, str(fault)))
            continue
        first_lines[one.key] = row.line
        yield one


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


def _with_parents(
    wanted: list[Wanted], sheet: Sheet, current: Current, rejected: list[Rejected]
) -> list[Wanted]:
    """Areas whose chain of parents ends; the others are refused."""
    parents = {code: values.get("parent_code") for code, values in current.items()}
    parents |= {one.key: one.values.get("parent_code", parents.get(one.key)) for one in wanted}
    cells = {row.line: row.cells for row in sheet.rows}
    taken = []
    for one in wanted:
        seen: set[str] = set()
        code = one.values.get("parent_code")
        while code in parents and code not in seen and code != one.key:
            seen.add(code)
            code = parents[code]
        if not code:
            taken.append(one)
            continue
        reason = f"没有上级编码「{code}」" if code not in parents else "上级编码绕成了圈"
        rejected.append(Rejected(one.line, cells[one.line], reason))
    return taken


def _absent(kind: str, current: Current, listed: set[str]) -> Iterator[Change]:
    """Those that a full list does not mention: deregistered, or switched off."""
    for key in current:
        if key in listed or (kind == "departments" and key.endswith(KEY_SEPARATOR)):
            continue
        values = current[key]
        label = values.get("name") or key.replace(KEY_SEPARATOR, " ")
        if kind == "enterprises" and values.get("status") not in GONE:
            fields = {"status": (values.get("status"), "注销")}
            yield Change(Action.DEREGISTERED, key, label, fields=fields)
        elif kind != "enterprises" and any(values.values()):
            yield Change(Action.DEREGISTERED, key, label)


def apply_import(
    session: Session,
    kind: str,
    plan: Plan,
    *,
    layers: Sequence[RoutingLayer],
    actor: str,
    source: str,
    now: datetime,
    actor_kind: str = "cli",
) -> Applied:
    """Carry a plan out, with one audit row and one run that can be undone. `source` is the file's name.

    Raises Conflict, naming rows, if somebody changed what the plan was made from.
    """
    lock_directory(session)
    current = _roster(kind).current(session)
    _demand_still_true(plan, current)
    run = ImportRun(kind=kind, at=now, actor=actor, source=source[:200], counts=plan.counts())
    session.add(run)
    session.flush()
    assert run.id is not None  # noqa: S101 - flushed
    by = Author(actor, now, run.id, source)
    outcome = None
    if isinstance(current, Stored):
        outcome = enterprises.apply(session, plan, current, layers=layers, by=by)
    else:
        rosters.APPLY[kind](session, plan)
        changes.write(session, (_line(by, kind, change, current) for change in plan.changing()))
    session.flush()
    detail = dict(plan.counts())
    if outcome is not None:
        detail |= {"assigned": sum(outcome.by_rule.values()), "unassigned": outcome.unassigned}
    audit.record(
        session,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        action=f"import_{kind}",
        target=source[:200],
        detail=detail | {"run": run.id},
    )
    return Applied(run.id, outcome)


def _demand_still_true(plan: Plan, current: Current) -> None:
    """The rows that would change are as they were when the difference was looked at."""
    touched = [change.label for change in plan.changing() if not _is_as_seen(change, current)]
    if touched:
        named = "、".join(touched[:MOST_NAMED]) + ("等" if len(touched) > MOST_NAMED else "")
        raise Conflict(
            f"看过差异之后，{named} {len(touched)} 行刚被别人改过。没有写入，请重新运行，看过新的差异再加 --apply。"
        )


def _is_as_seen(change: Change, current: Current) -> bool:
    values = current.get(change.key)
    if change.action is Action.ADDED:
        return values is None
    return values is not None and all(
        (values.get(name) or "") == (was or "") for name, (was, _) in change.fields.items()
    )


def _line(by: Author, kind: str, change: Change, current: Current) -> dict[str, object]:
    was = current.get(change.key, {})
    return changes.line(
        by,
        kind,
        change.key,
        change.label,
        change.action.value,
        before={name: was.get(name) for name in change.fields},
        after={name: value for name, (_, value) in change.fields.items()},
        area=change.key if kind == "areas" else "",
    )
