"""`qiying exchange`: systems that work with files. A dry run first; nothing is taken without --apply."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.office import AsJson, Office, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.api.exchange.service import Exchange, FileReport
    from app.api.exchange.taking import RowOutcome, Taken

exchange_app = typer.Typer(no_args_is_help=True)
System = Annotated[
    str,
    typer.Argument(metavar="系统", help="区配置 systems 一节里的代号，如 hotline-12345", show_default=False),
]
SHOWN = 20


@exchange_app.command("list")
def list_systems(as_json: AsJson = False) -> None:
    """本区对接哪些系统，文件夹在哪里，有几份文件等着处理。"""
    with office() as desk:
        exchange = _exchange(desk)
        rows = []
        for system in desk.rules.profile.systems:
            folders = exchange.folders(system)
            waiting = [path.name for path in folders.waiting()]
            rows.append(
                {
                    "system": system.key,
                    "name": system.name,
                    "channel": system.channel,
                    "folder": str(folders.root),
                    "waiting": waiting,
                }
            )
    lines = [
        f"{row['system']}  {row['name']}（{row['channel']}）  等处理 {len(row['waiting'])} 份  {row['folder']}"
        for row in rows
    ]
    show_answer(rows, lines or ["本区配置里没有 [[systems]]。"], as_json=as_json)


@exchange_app.command("run")
def run(
    system: System,
    file: Annotated[
        Path | None, typer.Argument(help="一份 CSV 或 XLSX；不写就处理 in 文件夹里的", show_default=False)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="登记；不加只看会怎样")] = False,
    as_json: AsJson = False,
) -> None:
    """把一个系统的来单文件登记成工单，先看会怎样。写了文件名的，原文件不移动。"""
    with office() as desk:
        exchange = _exchange(desk)
        found = exchange.system(system)
        paths = [file] if file is not None else exchange.folders(found).waiting()
        if apply:
            by = f"cli:{getpass.getuser()}"
            take = exchange.take_copy if file is not None else exchange.take_waiting
            reports = [take(found, path, by=by, now=desk.now) for path in paths]
            taken = [report for report in reports if report is not None]
            show_answer([_report_json(item) for item in taken], _report_lines(taken), as_json=as_json)
            return
        looks = [(path, exchange.look(found, path, desk.now)) for path in paths]
    data = [{"file": str(path), "counts": look.counts, "rows": _rows_json(look)} for path, look in looks]
    show_answer(data, _look_lines(looks), as_json=as_json)


@exchange_app.command("states")
def states(
    system: System,
    apply: Annotated[bool, typer.Option("--apply", help="写文件；不加只看有几件")] = False,
    as_json: AsJson = False,
) -> None:
    """把上次之后有变化的来单写成一份办理情况（没有登记回传地址的系统，每天早上也会自动写）。"""
    from app.api.exchange import reporting

    with office() as desk:
        exchange = _exchange(desk)
        found = exchange.system(system)
        with desk.db.reading() as session:
            count = len(reporting.changed(session, found.key))
            is_online = reporting.has_webhook(session, found.key)
        path = exchange.tell_system(found, desk.now)[0] if apply else None
    data = {
        "system": found.key,
        "changed": count,
        "has_webhook": is_online,
        "file": str(path) if path else "",
    }
    if is_online:
        line = f"{found.key} 登记了回传地址，进展随时回传，不另写文件。"
    elif path is not None:
        line = f"{count} 件，写在 {path}"
    else:
        line = f"上次之后有变化的 {count} 件" + ("" if apply else "；要写文件请加 --apply。")
    show_answer(data, [line], as_json=as_json)


def _exchange(desk: Office) -> "Exchange":
    from app.api.exchange.service import Exchange

    return Exchange(desk.db, desk.data_dir, lambda _session: desk.rules)


def _look_lines(looks: "list[tuple[Path, Taken]]") -> list[str]:
    lines = []
    for path, look in looks:
        lines.append(f"{path.name}：{_counted(look.counts)}")
        told = [row for row in look.rows if row.reason]
        lines += [
            f"  第 {row.line} 行 {row.external_number} {_verdict(row)}：{row.reason}" for row in told[:SHOWN]
        ]
        if len(told) > SHOWN:
            lines.append(f"  ……另有 {len(told) - SHOWN} 行")
    return [*lines, "只看，没有登记；确认后加 --apply。"] if lines else ["没有等着处理的文件。"]


def _report_lines(reports: "list[FileReport]") -> list[str]:
    lines = []
    for report in reports:
        lines.append(f"{report.name}：{report.fault or _counted(report.counts)}")
        lines.append(f"  结果在 {report.result}")
        if report.rejected is not None:
            lines.append(f"  没有登记的行连同原因在 {report.rejected}（含电话，仅本人可读）")
    return lines or ["没有等着处理的文件。"]


def _counted(counts: dict[str, int]) -> str:
    from app.api.exchange.taking import VERDICT_NAMES, Verdict

    return "，".join(f"{VERDICT_NAMES[Verdict(key)]} {count}" for key, count in counts.items())


def _verdict(row: "RowOutcome") -> str:
    from app.api.exchange.taking import VERDICT_NAMES

    return VERDICT_NAMES[row.verdict]


def _rows_json(look: "Taken") -> list[dict[str, Any]]:
    return [
        {
            "line": row.line,
            "external_number": row.external_number,
            "verdict": row.verdict.value,
            "number": row.number,
            "reason": row.reason,
        }
        for row in look.rows
    ]


def _report_json(report: "FileReport") -> dict[str, Any]:
    return {
        "file": report.name,
        "counts": report.counts,
        "fault": report.fault,
        "result": str(report.result),
        "rejected": str(report.rejected) if report.rejected else "",
    }
