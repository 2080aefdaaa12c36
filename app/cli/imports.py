"""`qiying import`: rosters, a dry-run diff first."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # SQLAlchemy and openpyxl are not needed for --help
    from app.db import Database
    from app.directory.plan import Change, Plan

import_app = typer.Typer(no_args_is_help=True)

LABELS = {
    "added": "新增",
    "changed": "变更",
    "moved": "迁移（片区或网格变了）",
    "deregistered": "注销或不再列入",
    "unchanged": "不变",
    "rejected": "未采用",
}
SHOWN = 10

File = Annotated[
    Path, typer.Argument(help="CSV（UTF-8 或 GB18030）或 XLSX，第一行是表头", show_default=False)
]
Apply = Annotated[bool, typer.Option("--apply", help="写入；不加只看差异")]
Full = Annotated[bool, typer.Option("--full", help="这份名单是全量：没列出的视为注销或停用")]
Yes = Annotated[bool, typer.Option("--yes", help="注销超过 5% 时不再询问")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]


@import_app.command("enterprises")
def enterprises(
    file: File, apply: Apply = False, full: Full = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """经营主体名单（每月增减）。"""
    _run("enterprises", file, apply=apply, full=full, yes=yes, as_json=as_json)


@import_app.command("officers")
def officers(
    file: File, apply: Apply = False, full: Full = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """为企服务人员名册。"""
    _run("officers", file, apply=apply, full=full, yes=yes, as_json=as_json)


@import_app.command("departments")
def departments(
    file: File, apply: Apply = False, full: Full = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """部门与协调专员名册。"""
    _run("departments", file, apply=apply, full=full, yes=yes, as_json=as_json)


@import_app.command("areas")
def areas(
    file: File, apply: Apply = False, full: Full = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """片区、网格、楼宇名册。"""
    _run("areas", file, apply=apply, full=full, yes=yes, as_json=as_json)


def _run(kind: str, file: Path, *, apply: bool, full: bool, yes: bool, as_json: bool) -> None:
    """Plan; show; then plan again and carry it out in one transaction, so that nothing changed in between."""
    from app.clock import Clock
    from app.db import Database
    from app.directory.importing import apply_import, plan_import, write_rejected
    from app.directory.sheets import read_sheet
    from app.settings import Settings

    settings = Settings.load()
    sheet = read_sheet(file)
    db = Database(settings.resolved_database_url)
    now = Clock.starting_at(settings.now).now()
    try:
        _demand_tables(db)
        with db.reading() as session:
            plan = plan_import(session, kind, sheet, full=full)
        rejected = (
            write_rejected(plan, sheet.headers, file, settings.data_dir, now) if plan.rejected else None
        )
        if not as_json:
            _show(kind, plan, rejected)
        if apply:
            _confirm(plan, yes=yes)
            with db.transaction() as session:
                plan = plan_import(session, kind, sheet, full=full)
                apply_import(session, kind, plan, actor="cli", source=file.name, now=now)
    finally:
        db.close()
    if as_json:
        print(json.dumps(_as_json(plan, rejected, applied=apply), ensure_ascii=False))
    else:
        print("已写入。" if apply else "只看差异，没有写入；确认无误后加 --apply。")


def _demand_tables(db: "Database") -> None:
    from sqlalchemy import inspect

    from app.errors import AppError

    if not inspect(db.read_engine).has_table("enterprise"):
        raise AppError("数据库还是空的：先运行 qiying db upgrade")


def _confirm(plan: "Plan", *, yes: bool) -> None:
    from app.directory.plan import Action

    if yes or not plan.deregisters_too_many():
        return
    gone = len(plan.of(Action.DEREGISTERED))
    question = f"要注销 {gone} 户，超过现有 {plan.existing_count} 户的 5%。确定写入吗？"
    typer.confirm(question, abort=True)


def _show(kind: str, plan: "Plan", rejected: Path | None) -> None:
    counts = plan.counts()
    print("，".join(f"{LABELS[name]} {count}" for name, count in counts.items()))
    for name in ("added", "changed", "moved", "deregistered"):
        _show_changes(kind, LABELS[name], [change for change in plan.changes if change.action == name])
    for row in plan.rejected[:SHOWN]:
        print(f"  第 {row.line} 行未采用：{row.reason}")
    if rejected is not None:
        print(f"未采用的行连同原因写在 {rejected}（含电话，仅本人可读）")
    if plan.ignored_headers:
        print(f"没有用到的列：{'、'.join(plan.ignored_headers)}")


def _show_changes(kind: str, label: str, changes: Iterable["Change"]) -> None:
    from app.directory.columns import header_of

    listed = list(changes)
    for change in listed[:SHOWN]:
        where = f"第 {change.line} 行 " if change.line else ""
        names = [] if label == LABELS["added"] else [header_of(kind, name) for name in change.fields]
        detail = f"（{'、'.join(names)}）" if names else ""
        print(f"  {label}：{where}{change.label}{detail}")
    if len(listed) > SHOWN:
        print(f"  {label}：……另有 {len(listed) - SHOWN} 条")


def _as_json(plan: "Plan", rejected: Path | None, *, applied: bool) -> dict[str, object]:
    return {
        "applied": applied,
        "counts": plan.counts(),
        "changes": [
            {
                "action": change.action.value,
                "key": change.key,
                "line": change.line,
                "fields": sorted(change.fields),
            }
            for change in plan.changes
            if change.action != "unchanged"
        ],
        "rejected": [{"line": row.line, "reason": row.reason} for row in plan.rejected],
        "rejected_file": str(rejected) if rejected else None,
        "ignored_headers": list(plan.ignored_headers),
    }
