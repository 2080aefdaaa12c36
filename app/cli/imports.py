"""`qiying import`: rosters, a dry-run diff first."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # SQLAlchemy and openpyxl are not needed for --help
    from app.db import Database
    from app.directory.enterprises import Outcome
    from app.directory.importing import Applied
    from app.directory.plan import Change, Plan
    from app.districts.rules import RoutingLayer
    from app.settings import Settings

import_app = typer.Typer(no_args_is_help=True)

REJECTED = "rejected"
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
    """Plan; show; carry out in one transaction, which refuses where somebody changed those rows meanwhile."""
    from app.directory.importing import apply_import, plan_import
    from app.directory.rejects import write_rejected
    from app.directory.sheets import read_sheet
    from app.tickets import roster_news

    applied: Applied | None = None
    with _office() as (db, settings, now):
        sheet = read_sheet(file, _progress)
        with db.reading() as session:
            plan = plan_import(session, kind, sheet, full=full, progress=_progress)
        rejected = (
            write_rejected(plan, sheet.headers, file, settings.data_dir, now) if plan.rejected else None
        )
        del sheet
        if not as_json:
            _show(kind, plan, rejected)
        if apply:
            layers = _layers(settings)
            _confirm(plan, yes=yes)
            with db.transaction() as session:
                applied = apply_import(
                    session, kind, plan, layers=layers, actor="cli", source=file.name, now=now
                )
                roster_news.tell_officers(session, applied.run_id, now)
    if as_json:
        print(json.dumps(_as_json(plan, rejected, applied), ensure_ascii=False))
    else:
        _show_applied(applied)


@import_app.command("undo")
def undo(
    apply: Annotated[bool, typer.Option("--apply", help="撤销；不加只看会恢复什么")] = False,
    as_json: AsJson = False,
) -> None:
    """撤销最近一次导入；之后又有人改过的行会拦住并列出来。"""
    from app.clock import SHANGHAI
    from app.directory.undoing import apply_undo, plan_undo

    with _office() as (db, _settings, now):
        with db.reading() as session:
            plan = plan_undo(session)
        if apply:
            with db.transaction() as session:
                apply_undo(session, plan.run_id, actor="cli", now=now)
    if as_json:
        data = {"run": plan.run_id, "kind": plan.kind, "source": plan.source, "applied": apply}
        print(json.dumps(data | {"counts": plan.counts}, ensure_ascii=False))
        return
    print(
        f"最近一次导入：{plan.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}，{plan.source}，{_counts(plan.kind, plan.counts)}"
    )
    print("已撤销，恢复到导入之前。" if apply else "只看，没有撤销；确认后加 --apply。")


def _layers(settings: "Settings") -> "Sequence[RoutingLayer]":
    from app.districts.loader import load_profile

    return load_profile(settings.district).routing


def _progress(what: str, count: int) -> None:
    """On standard error, so that --json stays clean."""
    print(f"{what} {count} 行……", file=sys.stderr, flush=True)


@contextmanager
def _office() -> "Iterator[tuple[Database, Settings, datetime]]":
    from sqlalchemy import inspect

    from app.clock import Clock
    from app.db import Database
    from app.errors import AppError
    from app.settings import Settings

    settings = Settings.load()
    db = Database(settings.resolved_database_url)
    try:
        if not inspect(db.read_engine).has_table("import_run"):
            raise AppError("数据库还没有建好：先运行 qiying db upgrade")
        yield db, settings, Clock.starting_at(settings.now).now()
    finally:
        db.close()


def _confirm(plan: "Plan", *, yes: bool) -> None:
    from app.directory.plan import Action

    if yes or not plan.deregisters_too_many():
        return
    gone = len(plan.of(Action.DEREGISTERED))
    question = f"要注销 {gone} 户，超过现有 {plan.existing_count} 户的 5%。确定写入吗？"
    typer.confirm(question, abort=True, err=True)  # standard output is for the result


def _show_applied(applied: "Applied | None") -> None:
    if applied is None:
        print("只看差异，没有写入；确认无误后加 --apply。")
        return
    if applied.outcome is not None:
        print("服务人员：" + "，".join(_assigned(applied.outcome)))
    print("已写入。要反悔：qiying import undo")


def _assigned(outcome: "Outcome") -> "Iterator[str]":
    yield from (f"按「{rule}」新分派 {count} 户" for rule, count in outcome.by_rule.items())
    yield f"还没有服务人员 {outcome.unassigned} 户"
    if outcome.unassigned:
        yield "名单见 qiying directory coverage"


def _counts(kind: str, counts: dict[str, int]) -> str:
    """In words that fit the roster: only enterprises move."""
    from app.directory.plan import NAMES_BY_ROSTER

    names = {action.value: name for action, name in NAMES_BY_ROSTER[kind].items()} | {REJECTED: "未采用"}
    return "，".join(f"{names[key]} {count}" for key, count in counts.items() if key in names)


def _show(kind: str, plan: "Plan", rejected: Path | None) -> None:
    from app.directory.plan import NAMES_BY_ROSTER, Action

    print(_counts(kind, plan.counts()))
    for action, name in NAMES_BY_ROSTER[kind].items():
        if action is not Action.UNCHANGED:
            _show_changes(kind, name, plan.of(action), with_fields=action is not Action.ADDED)
    for row in plan.rejected[:SHOWN]:
        print(f"  第 {row.line} 行未采用：{row.reason}")
    if rejected is not None:
        print(f"未采用的行连同原因写在 {rejected}（含电话，仅本人可读）")
    if plan.ignored_headers:
        print(f"没有用到的列：{'、'.join(plan.ignored_headers)}")


def _show_changes(kind: str, label: str, changes: Iterable["Change"], *, with_fields: bool) -> None:
    from app.directory.columns import header_of

    listed = list(changes)
    for change in listed[:SHOWN]:
        where = f"第 {change.line} 行 " if change.line else ""
        names = [header_of(kind, name) for name in change.fields] if with_fields else []
        detail = f"（{'、'.join(names)}）" if names else ""
        print(f"  {label}：{where}{change.label}{detail}")
    if len(listed) > SHOWN:
        print(f"  {label}：……另有 {len(listed) - SHOWN} 条")


def _as_json(plan: "Plan", rejected: Path | None, applied: "Applied | None") -> dict[str, object]:
    outcome = applied.outcome if applied else None
    return {
        "applied": applied is not None,
        "run": applied.run_id if applied else None,
        "assigned": dict(outcome.by_rule) if outcome else None,
        "unassigned": outcome.unassigned if outcome else None,
        "counts": plan.counts(),
        "changes": [
            {
                "action": change.action.value,
                "key": change.key,
                "line": change.line,
                "fields": sorted(change.fields),
            }
            for change in plan.changing()
        ],
        "rejected": [{"line": row.line, "reason": row.reason} for row in plan.rejected],
        "rejected_file": str(rejected) if rejected else None,
        "ignored_headers": list(plan.ignored_headers),
    }
