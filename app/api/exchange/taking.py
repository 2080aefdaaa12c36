"""A table of another system's orders: looked at in a dry run, or taken row by row (C2).

Every row has a transaction of its own and is known by (system, outside number), so that a file that was half taken
when the process stopped, or that is sent again, or that lists yesterday's orders once more, repeats nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from app.api import intake
from app.api.exchange import reporting
from app.api.exchange.mapping import Mapped, NotTheirTable, check_headers, mapped
from app.api.exchange.reporting import Order
from app.api.keys import Caller, Scope
from app.db import Database
from app.directory.sheets import Sheet, SheetRow
from app.districts.outside import OutsideSystem, Said
from app.errors import AppError
from app.tickets import parties, service
from app.tickets.lifecycle import Action, Status
from app.tickets.values import SYSTEM, Rules

DONE = frozenset({Status.RESOLVED, Status.CLOSED})
MOST_ROWS = 20_000


class Verdict(StrEnum):
    """What became of a row."""

    NEW = "new"
    KNOWN = "known"
    UPDATED = "updated"
    REJECTED = "rejected"


VERDICT_NAMES = {
    Verdict.NEW: "已登记",
    Verdict.KNOWN: "以前已登记",
    Verdict.UPDATED: "已更新",
    Verdict.REJECTED: "未登记",
}


@dataclass(frozen=True)
class RowOutcome:
    """One row: `number` is our ticket's, empty in a dry run and for a rejected one; `reason` says why or what."""

    line: int
    external_number: str
    verdict: Verdict
    number: str = ""
    reason: str = ""


@dataclass
class Taken:
    """What became of a table."""

    sheet: Sheet
    rows: list[RowOutcome] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each verdict."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def rejected(self) -> Iterator[tuple[SheetRow, RowOutcome]]:
        """The rows that go back, with why."""
        pairs = zip(self.sheet.rows, self.rows, strict=True)
        return (pair for pair in pairs if pair[1].verdict is Verdict.REJECTED)


def look(db: Database, system: OutsideSystem, sheet: Sheet, *, rules: Rules, now: datetime) -> Taken:
    """The dry run: what taking would do; nothing is written. NotTheirTable where columns are missing."""
    _check(system, sheet)
    taken = Taken(sheet)
    seen: set[str] = set()
    with db.reading() as session:
        departments = parties.departments(session)
        for row in sheet.rows:
            found = mapped(system, row.cells, rules.profile, departments, now)
            order = reporting.find(session, system.key, found.external_number)
            is_again = found.external_number in seen
            taken.rows.append(_foreseen(system, row, found, order, is_again=is_again))
            seen.add(found.external_number)
    return taken


def take(db: Database, system: OutsideSystem, sheet: Sheet, *, rules: Rules, now: datetime) -> Taken:
    """Take every row; NotTheirTable where columns are missing. One bad row holds up no other."""
    _check(system, sheet)
    taken = Taken(sheet)
    with db.reading() as session:
        departments = parties.departments(session)
    for row in sheet.rows:
        found = mapped(system, row.cells, rules.profile, departments, now)
        try:
            with db.transaction() as session:
                outcome = _take_row(session, system, row, found, rules, now)
        except AppError as error:
            faults = getattr(error, "faults", None)
            reason = "；".join(text for _, text in faults) if faults else error.message
            outcome = RowOutcome(row.line, found.external_number, Verdict.REJECTED, "", reason)
        taken.rows.append(outcome)
    return taken


def _check(system: OutsideSystem, sheet: Sheet) -> None:
    if len(sheet.rows) > MOST_ROWS:
        raise NotTheirTable(f"一份最多 {MOST_ROWS} 行，现在是 {len(sheet.rows)} 行，请拆开再放进来")
    check_headers(system, sheet.headers)


def _foreseen(
    system: OutsideSystem, row: SheetRow, found: Mapped, order: Order | None, *, is_again: bool
) -> RowOutcome:
    reason = _fault(row, found, order)
    if reason:
        return RowOutcome(row.line, found.external_number, Verdict.REJECTED, "", reason)
    if order is None:
        verdict = Verdict.KNOWN if is_again else Verdict.NEW
        return RowOutcome(row.line, found.external_number, verdict, "", "；".join(found.notes))
    changes = [words for words, _ in _changes(system, found, order)]
    verdict = Verdict.UPDATED if changes else Verdict.KNOWN
    return RowOutcome(row.line, found.external_number, verdict, order[0].number, "；".join(changes))


def _take_row(
    session: Session, system: OutsideSystem, row: SheetRow, found: Mapped, rules: Rules, now: datetime
) -> RowOutcome:
    order = reporting.find(session, system.key, found.external_number)
    reason = _fault(row, found, order)
    if reason or found.body is None:
        return RowOutcome(row.line, found.external_number, Verdict.REJECTED, "", reason)
    if order is not None:
        return _update(session, system, row, found, order, rules, now)
    ticket, _ = intake.take(
        session,
        Caller(system.key, frozenset(Scope)),
        f"file:{found.external_number}",
        found.body,
        rules=rules,
        keep=lambda _content: "",
        now=now,
        kind=found.kind,
    )
    made = reporting.find(session, system.key, found.external_number)
    if made is not None:
        made[1].outside_state = found.state
        session.add(made[1])
    return RowOutcome(row.line, found.external_number, Verdict.NEW, ticket.number, "；".join(found.notes))


def _fault(row: SheetRow, found: Mapped, order: Order | None) -> str:
    """Why a row cannot be taken: cells a spreadsheet has spoilt, faults, a number that was another matter before."""
    if row.fault:
        return row.fault
    if found.faults or found.body is None:
        return "；".join(found.faults)
    if order is not None and not order[0].content.startswith(found.body.content):
        return f"{found.external_number} 已登记为工单 {order[0].number}，内容不同：新的诉求请用新的单号"
    return ""


def _changes(system: OutsideSystem, found: Mapped, order: Order) -> list[tuple[str, Said | None]]:
    """What a row of a known order brings that is new: words for people, and what it means."""
    ticket, outside = order
    changes: list[tuple[str, Said | None]] = []
    due_at = found.body.due_at if found.body is not None else None
    if due_at is not None and due_at != outside.due_at:
        changes.append((f"贵方时限改为 {reporting.in_their_words(system, due_at)}", None))
    said = system.said.get(found.state) if found.state != outside.outside_state else None
    if said is None:
        return changes
    if ticket.status not in DONE:
        changes.append((f"贵方状态为「{found.state}」，本区还没有办结，未作处理", None))
    elif said is Said.REOPENED:
        changes.append(("已按贵方退回重办", said))
    elif outside.confirmed_at is None:
        changes.append(("已记下贵方确认", said))
    return changes


def _update(
    session: Session,
    system: OutsideSystem,
    row: SheetRow,
    found: Mapped,
    order: Order,
    rules: Rules,
    now: datetime,
) -> RowOutcome:
    ticket, outside = order
    changes = _changes(system, found, order)
    meant = {said for _, said in changes}
    if found.body is not None and found.body.due_at is not None:
        outside.due_at = found.body.due_at
    if Said.CONFIRMED in meant:
        outside.confirmed_at = now
    if Said.REOPENED in meant:
        outside.confirmed_at = None
    if found.state not in system.said or ticket.status in DONE:
        outside.outside_state = (
            found.state
        )  # a word about a result that is not there yet is heard again later
    session.add(outside)
    session.flush()
    if Said.REOPENED in meant:
        note = f"{system.name}退回重办"
        service.perform(session, ticket.id or 0, Action.REOPEN, SYSTEM, note=note, rules=rules, now=now)
    verdict = Verdict.UPDATED if changes else Verdict.KNOWN
    return RowOutcome(
        row.line, found.external_number, verdict, ticket.number, "；".join(words for words, _ in changes)
    )
