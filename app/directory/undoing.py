"""Taking the last import back: every row as it was before, unless somebody changed it since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col, select

from app import audit
from app.directory import changes, enterprises, importing, placing, rosters
from app.directory.changes import batches
from app.directory.enterprises import Stored
from app.directory.locking import lock_directory
from app.directory.models import Assignment, DirectoryChange, Enterprise, ImportRun
from app.directory.placing import Placement
from app.directory.plan import Action, Change, Plan
from app.errors import Conflict, NotFound
from app.searching import store as searching
from app.searching.models import Place

WHY = "撤销导入"
MOST_NAMED = 5
ALWAYS_FILLED = ("name", "department")  # unset before the run: the row was switched off then
ADDED, DEREGISTERED = Action.ADDED.value, Action.DEREGISTERED.value


@dataclass(frozen=True)
class Undo:
    """The last import that still stands, and how many rows of each kind it changed."""

    run_id: int
    kind: str
    at: datetime
    source: str
    counts: dict[str, int]


def plan_undo(session: Session) -> Undo:
    """What would be taken back; NotFound if nothing was imported, Conflict if rows were changed since.

    An import that changed nothing is passed over.
    """
    run = session.exec(
        select(ImportRun)
        .where(
            col(ImportRun.undone_at).is_(None),
            col(ImportRun.id).in_(select(DirectoryChange.run_id)),
        )
        .order_by(col(ImportRun.id).desc())
    ).first()
    if run is None or run.id is None:
        raise NotFound("没有可以撤销的导入")
    _demand_untouched(session, run, run.id)
    return Undo(run.id, run.kind, run.at, run.source, dict(run.counts))


def apply_undo(session: Session, run_id: int, *, actor: str, now: datetime, actor_kind: str = "cli") -> Undo:
    """Restore what this run changed, in the caller's transaction; it must still be the last one.

    Added enterprises are removed, other added rows switched off; assignments get a new line that says 撤销导入.
    """
    lock_directory(session)
    undo = plan_undo(session)
    if undo.run_id != run_id:
        raise Conflict("刚刚又有一次导入，请重新看一遍再撤销")
    if undo.kind == changes.ENTERPRISES:
        _restore_enterprises(session, run_id, undo.at, now)
    else:
        rosters.APPLY[undo.kind](session, Plan(tuple(_inverse(session, run_id)), ()))
    run = session.get(ImportRun, run_id)
    assert run is not None  # noqa: S101 - plan_undo found it
    run.undone_at, run.undone_by = now, actor[:100]
    session.add(run)
    audit.record(
        session,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        action="import_undo",
        target=undo.source,
        detail={"run": run_id, "kind": undo.kind, **undo.counts},
    )
    session.flush()
    session.expire_all()
    return undo


def _demand_untouched(session: Session, run: ImportRun, run_id: int) -> None:
    touched = {row.key: row.label for row in changes.later_changes(session, run.kind, run_id)}
    current = importing.current_rows(session, run.kind)
    for row in _rows(session, run_id):
        if row.key not in touched and not _stands(row, current):
            touched[row.key] = row.label
    if run.kind == changes.ENTERPRISES:
        touched |= _referred_to(session, run_id)
    if touched:
        labels = list(touched.values())
        named = "、".join(labels[:MOST_NAMED]) + ("等" if len(labels) > MOST_NAMED else "")
        raise Conflict(
            f"这次导入之后，{named} {len(labels)} 行又有变化，撤销会把它们冲掉，所以没有撤销。"
            "请用新的名单导入来更正。"
        )


def _stands(row: DirectoryChange, current: importing.Current) -> bool:
    """Whether what the run wrote is still there."""
    values = current.get(row.key)
    if values is None:
        return False
    if row.action == DEREGISTERED and not row.after:
        return not any(values.values())
    return all((values.get(name) or "") == (value or "") for name, value in row.after.items())


def _rows(session: Session, run_id: int) -> Iterator[DirectoryChange]:
    statement = select(DirectoryChange).where(col(DirectoryChange.run_id) == run_id)
    yield from session.exec(statement.order_by(col(DirectoryChange.id)).execution_options(yield_per=1000))


def _inverse(session: Session, run_id: int) -> Iterator[Change]:
    """The run's changes backwards, for the small rosters."""
    for row in _rows(session, run_id):
        was_off = any(row.before.get(name, "") is None for name in ALWAYS_FILLED)
        if row.action == ADDED or was_off:
            yield Change(Action.DEREGISTERED, row.key, row.label)
        else:
            fields = {name: (value, row.before.get(name)) for name, value in row.after.items()}
            yield Change(Action.CHANGED, row.key, row.label, fields=fields)


def _restore_enterprises(session: Session, run_id: int, applied_at: datetime, now: datetime) -> None:
    stored = enterprises.current(session)
    added: list[int] = []
    back: list[Change] = []
    officers: dict[str, str | None] = {}
    for row in _rows(session, run_id):
        if row.action == ADDED:
            added.append(stored.ids[row.key])
            continue
        fields = {
            name: (value, row.before.get(name)) for name, value in row.after.items() if name != "officer"
        }
        back.append(Change(Action.CHANGED, row.key, row.label, fields=fields))
        if "officer" in row.after:
            officers[row.key] = row.before.get("officer")
    enterprises.update_rows(session, back, stored.ids, now)
    _give_back(session, officers, stored, _rules_before(session, applied_at), now)
    for model, column in ((Assignment, col(Assignment.enterprise_id)), (Enterprise, col(Enterprise.id))):
        for batch in batches(added, 500):
            session.connection().execute(delete(model).where(column.in_(batch)))
    if added:
        there = select(Enterprise.id)
        searching.forget(session, (Place.NAME, Place.ADDRESS), searching.ROW.not_in(there))


def _give_back(
    session: Session,
    officers: dict[str, str | None],
    stored: Stored,
    rules: dict[tuple[int, int], str],
    now: datetime,
) -> None:
    """Whoever served before serves again by the same rule; nobody where nobody did, or where that one has left."""
    on_duty = {person.staff_no: person.id for person in placing.officers_on_duty(session)}
    held = placing.running(session)
    given = {}
    for code, number in officers.items():
        enterprise_id, officer_id = stored.ids[code], on_duty.get(number or "")
        rule = rules.get((enterprise_id, officer_id or 0), WHY)
        given[enterprise_id] = Placement(held.get(enterprise_id), officer_id, rule, WHY, WHY)
    enterprises.place(session, given, now)


def _rules_before(session: Session, applied_at: datetime) -> dict[tuple[int, int], str]:
    """By which rule the assignments stood that ended in that moment, by enterprise and officer."""
    statement = select(Assignment.enterprise_id, Assignment.officer_id, Assignment.rule)
    rows = session.exec(statement.where(col(Assignment.until) == applied_at))
    return {(row[0], row[1]): row[2] for row in rows}


def _referred_to(session: Session, run_id: int) -> dict[str, str]:
    """Enterprises that the run added and that somebody works with by now: a ticket, a contact, a visit."""
    ids = (
        select(Enterprise.id)
        .join(DirectoryChange, col(DirectoryChange.key) == col(Enterprise.credit_code))
        .where(col(DirectoryChange.run_id) == run_id, col(DirectoryChange.action) == ADDED)
    )
    found: dict[str, str] = {}
    for column in _references():
        statement = select(Enterprise.credit_code, Enterprise.name).where(
            col(Enterprise.id).in_(select(column).where(column.in_(ids)))
        )
        found.update(dict(session.exec(statement).all()))
    return found


def _references() -> list[Any]:
    """Every column of any table that refers to an enterprise, but for its assignments."""
    return [
        column
        for table in SQLModel.metadata.tables.values()
        if table.name != Assignment.__tablename__
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "enterprise.id"
    ]
