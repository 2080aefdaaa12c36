"""File exchange with systems that have no interface: files in, result files and daily states out (C2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from app import audit, log
from app.api.exchange import reporting, tables, taking
from app.api.exchange.folders import Folders, Watcher
from app.api.exchange.mapping import NotTheirTable
from app.api.exchange.taking import VERDICT_NAMES, RowOutcome, Taken
from app.clock import SHANGHAI
from app.db import Database
from app.directory.sheets import UnreadableFileError, read_sheet
from app.districts.outside import OutsideSystem
from app.errors import NotFound
from app.tickets.values import Rules

RESULT_COLUMNS = ("登记结果", "原因")
AUTOMATIC = "worker"


@dataclass(frozen=True)
class FileReport:
    """One file that was taken: what became of its rows and where the answers lie. `fault`: it was no use at all."""

    name: str
    counts: dict[str, int]
    result: Path
    rejected: Path | None
    fault: str = ""


class Exchange:
    """One district's exchange folders over one database. Opens its own transactions, one for each row."""

    def __init__(self, db: Database, data_dir: Path, rules: Callable[[Session], Rules]) -> None:
        self._db = db
        self._data_dir = data_dir
        self._rules = rules
        self._watcher = Watcher()

    def rules(self) -> Rules:
        """The district's rules as they are now."""
        with self._db.reading() as session:
            return self._rules(session)

    def system(self, key: str) -> OutsideSystem:
        """The mapping of a system; NotFound with those that there are."""
        profile = self.rules().profile
        found = profile.system(key)
        if found is None:
            known = "、".join(item.key for item in profile.systems) or "本区配置里一个也没有"
            raise NotFound(f"本区没有对接系统「{key}」，可用：{known}")
        return found

    def folders(self, system: OutsideSystem) -> Folders:
        """Where its files come and go."""
        return Folders.of(self._data_dir, system.key)

    def work(self, now: datetime) -> int:
        """The worker's round: take every file that stands still, and those a stopped process left; how many."""
        profile = self.rules().profile
        waiting = {path: system for system in profile.systems for path in self.folders(system).waiting()}
        settled = self._watcher.settled(waiting)
        for path in settled:
            self.take_waiting(waiting[path], path, by=AUTOMATIC, now=now)
        for system in profile.systems:
            for path in self.folders(system).abandoned():
                self._finish(system, path, by=AUTOMATIC, now=now)
        return len(settled)

    def look(self, system: OutsideSystem, path: Path, now: datetime) -> Taken:
        """The dry run of one file."""
        return taking.look(self._db, system, read_sheet(path), rules=self.rules(), now=now)

    def take_waiting(self, system: OutsideSystem, path: Path, *, by: str, now: datetime) -> FileReport | None:
        """Take a file out of the inbox; None where another process has it already."""
        taken = self.folders(system).take(path)
        return self._finish(system, taken, by=by, now=now) if taken is not None else None

    def take_copy(self, system: OutsideSystem, path: Path, *, by: str, now: datetime) -> FileReport:
        """Take a file that lies anywhere; it stays where it is."""
        return self._take(system, path, by=by, now=now)

    def _finish(self, system: OutsideSystem, path: Path, *, by: str, now: datetime) -> FileReport:
        report = self._take(system, path, by=by, now=now)
        self.folders(system).finish(path, _stamp(now))
        return report

    def _take(self, system: OutsideSystem, path: Path, *, by: str, now: datetime) -> FileReport:
        rules = self.rules()
        try:
            taken = taking.take(self._db, system, read_sheet(path), rules=rules, now=now)
            report = self._answer(system, path, taken, rules, now)
        except (UnreadableFileError, NotTheirTable) as error:
            rows = [[path.name, error.message]]
            out = self.folders(system).out
            result = tables.write(system, out, f"{path.stem}-没有采用-{_stamp(now)}", ("文件", "原因"), rows)
            report = FileReport(path.name, {}, result, None, error.message)
        with self._db.transaction() as session:
            detail = {"file": path.name, "fault": report.fault, **report.counts}
            audit.record(
                session, at=now, actor_kind="system", actor=by, action="exchange.file",
                target=f"system:{system.key}", detail=detail, succeeded=not report.fault,
            )  # fmt: skip
        log.event("exchange_taken", system=system.key, fault=bool(report.fault), **report.counts)
        return report

    def _answer(
        self, system: OutsideSystem, path: Path, taken: Taken, rules: Rules, now: datetime
    ) -> FileReport:
        """The result file with every row, and beside it the rejected rows to mend and send again."""
        out, stamp = self.folders(system).out, _stamp(now)
        with self._db.reading() as session:
            rows = [_result_row(session, system, row, rules, now) for row in taken.rows]
        result = tables.write(
            system, out, f"{path.stem}-登记结果-{stamp}", (*system.out, *RESULT_COLUMNS), rows
        )
        back = [
            [*(row.cells.get(name, "") for name in taken.sheet.headers), outcome.reason]
            for row, outcome in taken.rejected
        ]
        headers = (*taken.sheet.headers, "没有登记的原因")
        rejected = tables.write(system, out, f"{path.stem}-没有登记-{stamp}", headers, back) if back else None
        return FileReport(path.name, taken.counts, result, rejected)

    def tell_states(self, now: datetime) -> int:
        """The daily file of what changed, for every system that has no webhook; how many orders were told.

        Files that are 90 days old go.
        """
        systems = self.rules().profile.systems
        for system in systems:
            self.folders(system).forget()
        return sum(self.tell_system(system, now)[1] for system in systems)

    def tell_system(self, system: OutsideSystem, now: datetime) -> tuple[Path | None, int]:
        """Write down what changed since the last file; no file where nothing did. Told twice rather than never."""
        rules = self.rules()
        with self._db.reading() as session:
            if reporting.has_webhook(session, system.key):
                return None, 0
            orders = reporting.changed(session, system.key)
            rows = [reporting.out_row(session, system, order, rules=rules, now=now) for order in orders]
        if not orders:
            return None, 0
        out = self.folders(system).out
        path = tables.write(system, out, f"办理情况-{_stamp(now)}", tuple(system.out), rows)
        with self._db.transaction() as session:
            for order in orders:
                reporting.note_told(session, order[1].id or 0, reporting.upto(order))
        log.event("exchange_told", system=system.key, orders=len(orders))
        return path, len(orders)


def _result_row(
    session: Session, system: OutsideSystem, row: RowOutcome, rules: Rules, now: datetime
) -> list[str]:
    order = reporting.find(session, system.key, row.external_number) if row.number else None
    verdict = [VERDICT_NAMES[row.verdict], row.reason]
    if order is None:
        known = [row.external_number if field == "external_number" else "" for field in system.out.values()]
        return [*known, *verdict]
    return [*reporting.out_row(session, system, order, rules=rules, now=now), *verdict]


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
