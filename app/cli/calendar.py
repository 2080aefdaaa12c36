"""`qiying calendar`: the yearly holiday notice and the district's own days, a dry run first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.db import Database
    from app.tickets.calendar_entry import Consequences
    from app.tickets.values import Rules

calendar_app = typer.Typer(no_args_is_help=True)

WEEKDAYS = "一二三四五六日"
SHOWN = 20
Apply = Annotated[bool, typer.Option("--apply", help="写入；不加只看差异")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]


@calendar_app.command("import")
def import_notice(
    file: Annotated[
        Path, typer.Argument(help="放假通知：JSON、每行一天的表，或通知原文（UTF-8）", show_default=False)
    ],
    apply: Apply = False,
    source: Annotated[str, typer.Option(help="通知的出处，例如网址")] = "",
    as_json: AsJson = False,
) -> None:
    """导入下一年的放假安排，并重算在办诉求的时限。"""
    from app.tickets import calendar_entry
    from app.tickets.values import SYSTEM
    from app.workdays.notice import read_notice

    notice = read_notice(_text_of(file))
    with _desk() as (db, rules, now):
        with db.reading() as session:
            found = calendar_entry.preview_notice(session, notice, rules=rules)
        if apply:
            with db.transaction() as session:
                found = calendar_entry.import_notice(
                    session, notice, source=source or file.name, by=SYSTEM, rules=rules, now=now
                )
    _show_import(found, applied=apply, as_json=as_json)


@calendar_app.command("show")
def show(
    year: Annotated[int, typer.Argument(help="哪一年", show_default=False)], as_json: AsJson = False
) -> None:
    """这一年里和平常周末不同的日子，以及从哪里来。"""
    from app.workdays.entering import days_of_year
    from app.workdays.store import load_calendar

    with _desk() as (db, _rules, _now), db.reading() as session:
        calendar = load_calendar(session)
        days = days_of_year(session, calendar, year)
    is_published = calendar.is_published(year)
    if as_json:
        rows = [{"date": day.isoformat(), "worked": worked, "source": why} for day, worked, why in days]
        print(json.dumps({"year": year, "published": is_published, "days": rows}, ensure_ascii=False))
        return
    print(f"{year} 年" + ("" if is_published else "（放假安排还没有录入，按暂定规则）"))
    for day, worked, why in days:
        print(f"{day} 周{WEEKDAYS[day.weekday()]} {'上班' if worked else '放假'} {why}".rstrip())


@calendar_app.command("day")
def one_day(
    day: Annotated[str, typer.Argument(help="哪一天，如 2026-12-07", show_default=False)],
    kind: Annotated[str, typer.Argument(help="休、班，或 撤（撤销本区的规定）", show_default=False)],
    reason: Annotated[str, typer.Option(help="原因，如 大雪停工")] = "",
) -> None:
    """本区自己规定某一天休或班，并重算在办诉求的时限。"""
    from app.errors import AppError
    from app.tickets import calendar_entry
    from app.tickets.values import SYSTEM

    kinds = {"休": False, "班": True, "撤": None}
    if kind not in kinds:
        raise AppError("第二个参数应是 休、班 或 撤")
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise AppError("日期应写成 2026-12-07") from None
    with _desk() as (db, rules, now), db.transaction() as session:
        moved = calendar_entry.override_day(
            session, when, kinds[kind], reason=reason, by=SYSTEM, rules=rules, now=now
        )
    print(f"已记下。重算了 {len(moved)} 件在办诉求，{sum(item.is_moved for item in moved)} 件换了日期。")


def _show_import(found: "Consequences", *, applied: bool, as_json: bool) -> None:
    diff, moved = found.diff, [item for item in found.recounts if item.is_moved]
    if as_json:
        data = {
            "year": diff.year,
            "applied": applied,
            "added": [day.isoformat() for day in diff.added],
            "changed": [day.isoformat() for day in diff.changed],
            "removed": [day.isoformat() for day in diff.removed],
            "unchanged": diff.unchanged,
            "recounted": len(found.recounts),
            "moved": [
                {"number": item.number, "was": item.was.isoformat(), "due_on": item.due_on.isoformat()}
                for item in moved
            ],
        }
        print(json.dumps(data, ensure_ascii=False))
        return
    print(
        f"{diff.year} 年：新增 {len(diff.added)} 天，改 {len(diff.changed)} 天，"
        f"去掉 {len(diff.removed)} 天，不变 {diff.unchanged} 天"
    )
    for day, worked in sorted({**diff.added, **diff.changed}.items()):
        print(f"  {day} 周{WEEKDAYS[day.weekday()]} {'上班' if worked else '放假'}")
    print(f"在办诉求重算 {len(found.recounts)} 件，{len(moved)} 件换了日期")
    for item in moved[:SHOWN]:
        print(f"  {item.number} {item.was} → {item.due_on}")
    if len(moved) > SHOWN:
        print(f"  还有 {len(moved) - SHOWN} 件")
    print("已写入。" if applied else "只看差异，没有写入；确认无误后加 --apply。")


def _text_of(file: Path) -> str:
    from app.errors import AppError

    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.read_bytes().decode("gb18030", errors="replace")
    except OSError as error:
        raise AppError(f"读不了 {file}：{error.strerror}") from None


@contextmanager
def _desk() -> "Iterator[tuple[Database, Rules, datetime]]":
    """The database, the district's rules with the calendar as it stands, and the business moment."""
    from sqlalchemy import inspect

    from app.clock import Clock
    from app.db import Database
    from app.districts.loader import load_profile
    from app.errors import AppError
    from app.settings import Settings, signing_key
    from app.tickets.values import Rules
    from app.workdays.store import load_calendar

    settings = Settings.load()
    db = Database(settings.resolved_database_url)
    try:
        if not inspect(db.read_engine).has_table("workday"):
            raise AppError("数据库还是空的：先运行 qiying db upgrade")
        with db.reading() as session:
            calendar = load_calendar(session)
        rules = Rules(load_profile(settings.district), calendar, signing_key(settings))
        yield db, rules, Clock.starting_at(settings.now).now()
    finally:
        db.close()
