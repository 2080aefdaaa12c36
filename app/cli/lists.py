"""`qiying tickets import`: a list of requests from a meeting, a round table, a survey or visits (C2)."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.office import AsJson, By, Office, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy and openpyxl are not needed for --help
    from app.panel.intake_list import ListPlan
    from app.tickets.models import Ticket

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to `qiying tickets`."""
    app.command("import")(import_list)


def import_list(
    file: Annotated[
        Path, typer.Argument(help="CSV 或 XLSX，第一行是表头，至少有「诉求」一列", show_default=False)
    ],
    channel: Annotated[str, typer.Option("--channel", help="来源渠道，如 座谈、走访", show_default=False)],
    by: By,
    merge: Annotated[bool, typer.Option("--merge", help="很像已有诉求的，登记后并案")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="登记；不加只看会怎样")] = False,
    as_json: AsJson = False,
) -> None:
    """把座谈会、圆桌会、调研、走访收集的一份名单登记成工单，先看会怎样。"""
    from app.directory.sheets import read_sheet
    from app.errors import AppError
    from app.panel import intake, intake_list

    actor = hub_person(by)
    opened: list[Ticket] = []
    with office() as desk:
        known = intake.channels(desk.rules.profile)
        if channel not in known:
            raise AppError(f"本区没有「{channel}」这个渠道，可用：{'、'.join(known)}")
        sheet = read_sheet(file)
        with desk.db.reading() as session:
            plan = intake_list.plan(session, sheet, channel=channel, rules=desk.rules)
        if apply and plan.good:
            with desk.db.transaction() as session:
                plan = intake_list.plan(session, sheet, channel=channel, rules=desk.rules)
                opened = intake_list.open_all(
                    session, plan, by=actor, rules=desk.rules, now=desk.now, merges=merge
                )
                _audit(session, desk, actor.id, file, len(opened), len(plan.rejected))
        rejected = _write_rejected(desk, file, plan) if plan.rejected else None
    show_answer(
        _as_json(plan, opened, rejected), _lines(plan, opened, rejected, apply=apply), as_json=as_json
    )


def _audit(session: Any, desk: Office, actor: str, file: Path, opened: int, rejected: int) -> None:
    from app import audit

    audit.record(
        session, at=desk.now, actor_kind="hub", actor=actor, action="cli.tickets.import",
        target=f"list:{file.name}", detail={"opened": opened, "rejected": rejected},
    )  # fmt: skip


def _write_rejected(desk: Office, file: Path, plan: "ListPlan") -> Path:
    """Beside other refused rows in the data dir, mode 0600: they hold telephone numbers."""
    from app.api.exchange.folders import free_name, place
    from app.clock import SHANGHAI
    from app.directory.rejects import harmless

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["行号", *plan.headers, "没登记的原因"])
    for row in plan.rejected:
        cells = [harmless(row.cells.get(name, "")) for name in plan.headers]
        writer.writerow([row.line, *cells, row.reason])
    folder = desk.data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = f"{desk.now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
    return place(free_name(folder, f"{file.stem}-没登记-{stamp}.csv"), text.getvalue().encode("utf-8-sig"))


def _lines(plan: "ListPlan", opened: "list[Ticket]", rejected: Path | None, *, apply: bool) -> list[str]:
    lines = [
        f"会登记 {len(plan.good)} 行，其中很像已有诉求的 {len(plan.alike)} 行；不登记 {len(plan.rejected)} 行。"
    ]
    lines += [f"  第 {row.line} 行 {row.enterprise}：{row.warning}" for row in plan.good if row.warning][
        :SHOWN
    ]
    lines += [f"  第 {row.line} 行不登记：{row.reason}" for row in plan.rejected[:SHOWN]]
    if rejected is not None:
        lines.append(f"不登记的行连同原因写在 {rejected}（含电话，仅本人可读）")
    if not apply:
        return [*lines, "只看，没有登记；确认后加 --apply，像的要并案再加 --merge。"]
    merged = sum(ticket.duplicate_of_id is not None for ticket in opened)
    return [*lines, f"登记了 {len(opened)} 件，其中并案 {merged} 件：{'、'.join(t.number for t in opened)}"]


def _as_json(plan: "ListPlan", opened: "list[Ticket]", rejected: Path | None) -> dict[str, Any]:
    return {
        "good": [{"line": row.line, "enterprise": row.enterprise, "like": row.like} for row in plan.good],
        "rejected": [{"line": row.line, "reason": row.reason} for row in plan.rejected],
        "rejected_file": str(rejected) if rejected else "",
        "opened": [
            {"number": ticket.number, "is_merged": ticket.duplicate_of_id is not None} for ticket in opened
        ],
    }
