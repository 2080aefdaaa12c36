"""文件交换 (C2): what other systems put into their folders, what became of every row, and what they were told.

Files are taken outside the form's own transaction: each row has one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.api.exchange import reporting
from app.api.exchange.folders import SUFFIXES, free_name, place
from app.api.exchange.service import Exchange
from app.api.exchange.taking import VERDICT_NAMES, Taken, Verdict
from app.audit import AuditRow
from app.clock import real_now
from app.errors import AppError, NotFound
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.roles import DISPATCHERS
from app.tickets.values import Incomplete

PATH = "/admin/exchange"
FORESEEN = {
    Verdict.NEW: "会登记",
    Verdict.KNOWN: "以前已登记",
    Verdict.UPDATED: "会更新",
    Verdict.REJECTED: "登记不了",
}
SHOWN_FILES = 20
SHOWN_ROWS = 200
BY = "panel"


@dataclass(frozen=True)
class FileLine:
    """One file of a folder; `at` is when it was written."""

    name: str
    kilobytes: int
    at: datetime


def show(call: Call) -> Response:
    """Every system of the district: what waits, what was taken, what lies in `out`."""
    return _page(call)


def look(call: Call) -> Response:
    """The dry run of a file that waits: what would become of each row."""
    exchange = _exchange(call.deps)
    system = exchange.system(call.part("system"))
    path = _file(exchange.folders(system).waiting(), call.query("file"))
    fault, taken = "", None
    try:
        taken = exchange.look(system, path, call.now)
    except AppError as error:
        fault = error.message
    return call.page(
        "exchange_look.html",
        system=system,
        file=path.name,
        fault=fault,
        taken=taken,
        counts=_counted(taken) if taken else [],
        rows=taken.rows[:SHOWN_ROWS] if taken else [],
        names=FORESEEN,
        tones={Verdict.NEW: "done", Verdict.UPDATED: "go", Verdict.REJECTED: "bad"},
        may_write=call.role in DISPATCHERS,
    )


def send(call: Call) -> Response:
    """Put a file into the inbox by hand, for a system whose folder nobody reaches."""
    exchange = _exchange(call.deps)
    system = exchange.system(call.part("system"))
    sent = call.form.file
    if sent is None or not sent.content:
        raise Incomplete("请选择要放进去的文件（CSV 或 XLSX）", field="file")
    if Path(sent.name).suffix.lower() not in SUFFIXES or sent.name.startswith((".", "~$")):
        raise Incomplete("只收 CSV 或 XLSX 文件", field="file")
    path = place(free_name(exchange.folders(system).inbox, sent.name), sent.content)
    call.target, call.detail = f"system:{system.key}", {"file": path.name, "bytes": len(sent.content)}
    return call.go(PATH, done="exchange-sent")


def take_now(deps: PanelDeps, form: Form) -> dict[str, Any]:
    """Take a file that waits, or one that was taken before once more: a row that is known repeats nothing."""
    exchange, now = _exchange(deps), deps.clock.now()
    system = exchange.system(form.text("system"))
    folders = exchange.folders(system)
    if form.text("again"):
        report = exchange.take_copy(system, _file(_files(folders.done), form.text("again")), by=BY, now=now)
    else:
        waiting = _file(folders.waiting(), form.text("file"))
        found = exchange.take_waiting(system, waiting, by=BY, now=now)
        if found is None:
            raise NotFound("这份文件刚刚已被自动处理，看下面的处理结果")
        report = found
    counted = {VERDICT_NAMES[Verdict(key)]: count for key, count in report.counts.items()}
    return {"system": system.key, "file": report.name, "fault": report.fault, **counted}


def note_taken(call: Call) -> Response:
    """Who had it taken; what became of the rows stands on the page."""
    call.detail = dict(call.prepared)
    call.target = f"system:{call.detail.pop('system')}"
    return call.go(PATH, done="exchange-fault" if call.detail["fault"] else "exchange-taken")


def tell_now(deps: PanelDeps, form: Form) -> dict[str, Any]:
    """Write what changed since the last file, without waiting for the morning."""
    exchange = _exchange(deps)
    system = exchange.system(form.text("system"))
    path, count = exchange.tell_system(system, deps.clock.now())
    return {"system": system.key, "file": path.name if path else "", "count": count}


def note_told(call: Call) -> Response:
    """Who had it written."""
    call.detail = dict(call.prepared)
    call.target = f"system:{call.detail.pop('system')}"
    return call.go(PATH, done="exchange-told" if call.detail["file"] else "exchange-nothing")


def download(call: Call) -> Response:
    """One file of `out`. It may hold people's numbers, so handing it out is a form with an audit row."""
    exchange = _exchange(call.deps)
    system = exchange.system(call.form.text("system"))
    path = _file(_files(exchange.folders(system).out), call.form.text("file"))
    call.target, call.detail = f"system:{system.key}", {"file": path.name}
    disposition = f"attachment; filename=\"exchange{path.suffix}\"; filename*=UTF-8''{quote(path.name)}"
    headers = {"Content-Disposition": disposition}
    return Response(path.read_bytes(), media_type="application/octet-stream", headers=headers)


def refuse(call: Call, error: AppError) -> Response:
    """The page with the reason."""
    return _page(call, fault=error.message, status=error.status_code)


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    systems = [] if call.deps.data_dir is None else _systems(call)
    return call.page(
        "exchange.html", status=status, fault=fault, systems=systems, may_write=call.role in DISPATCHERS
    )


def _systems(call: Call) -> list[dict[str, Any]]:
    exchange, found = _exchange(call.deps), []
    for system in exchange.rules().profile.systems:
        folders = exchange.folders(system)
        found.append(
            {
                "system": system,
                "folder": str(folders.root),
                "waiting": [_line(path) for path in folders.waiting()],
                "taken": _taken(call.session, system.key),
                "kept": [path.name for path in _files(folders.done)[:SHOWN_FILES]],
                "out": [_line(path) for path in _files(folders.out)[:SHOWN_FILES]],
                "has_webhook": reporting.has_webhook(call.session, system.key),
                "changed": len(reporting.changed(call.session, system.key)),
            }
        )
    return found


def _exchange(deps: PanelDeps) -> Exchange:
    if deps.data_dir is None:
        raise NotFound("这台服务器没有数据目录，不做文件交换")
    return Exchange(deps.db, deps.data_dir, deps.rules)


def _taken(session: Session, system: str) -> list[tuple[AuditRow, str]]:
    """The files that were taken last, with what became of their rows in words."""
    statement = (
        select(AuditRow)
        .where(AuditRow.action == "exchange.file", AuditRow.object == f"system:{system}")
        .order_by(col(AuditRow.id).desc())
        .limit(SHOWN_FILES)
    )
    return [(row, _outcome(row.detail)) for row in session.exec(statement)]


def _outcome(detail: Mapping[str, Any]) -> str:
    counted = [f"{name} {detail.get(verdict.value, 0)}" for verdict, name in VERDICT_NAMES.items()]
    return str(detail.get("fault") or "，".join(counted))


def _counted(taken: Taken) -> list[tuple[str, int]]:
    return [(FORESEEN[Verdict(key)], count) for key, count in taken.counts.items()]


def _file(files: list[Path], name: str) -> Path:
    """The file of this name among those that are there: what was typed never becomes a path."""
    for path in files:
        if path.name == name:
            return path
    raise NotFound("没有这份文件：可能已经处理完，或者过了 90 天")


def _files(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _line(path: Path) -> FileLine:
    status = path.stat()
    return FileLine(
        path.name, -(-status.st_size // 1024), datetime.fromtimestamp(status.st_mtime, real_now().tzinfo)
    )
