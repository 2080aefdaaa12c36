"""`qiying calendar`: the yearly holiday notice and the district's own days, a dry run first."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.office import AsJson, By, day_of, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.tickets.calendar_entry import Consequences

calendar_app = typer.Typer(no_args_is_help=True)

WEEKDAYS = "一二三四五六日"
SHOWN = 20


@calendar_app.command("import")
def import_notice(
    file: Annotated[
        Path, typer.Argument(help="放假通知：JSON、每行一天的表，或通知原文（UTF-8）", show_default=False)
    ],
    by: Annotated[str, typer.Option("--by", help="录入人姓名；不写只看差异，不保存")] = "",
    source: Annotated[str, typer.Option(help="通知的出处，例如网址")] = "",
    as_json: AsJson = False,
) -> None:
    """录入下一年的放假安排：先看差异；写明录入人后保存，等另一人用 confirm 复核才生效。"""
    from app.tickets import calendar_entry
    from app.workdays.notice import read_notice

    notice = read_notice(_text_of(file))
    number = None
    with office() as desk:
        with desk.db.reading() as session:
            found = calendar_entry.preview_notice(session, notice, rules=desk.rules)
        if by:
            with desk.db.transaction() as session:
                row = calendar_entry.propose_notice(
                    session, notice, source=source or file.name, by=hub_person(by), now=desk.now
                )
                number = row.id
    _show_import(found, applied=False, number=number, as_json=as_json)


@calendar_app.command("pending")
def pending_notices(as_json: AsJson = False) -> None:
    """等另一人复核的放假安排。"""
    from app.clock import local_text
    from app.workdays import pending

    with office() as desk, desk.db.reading() as session:
        rows = pending.waiting(session)
    data = [{"number": row.id, "year": row.year, "source": row.source, "by": row.entered_by} for row in rows]
    lines = [
        f"第 {row.id} 号 {row.year} 年 {len(row.days)} 天，{row.entered_by} {local_text(row.entered_at)} 录入（{row.source}）"
        for row in rows
    ]
    show_answer(data, lines or ["没有等复核的放假安排。"], as_json=as_json)


@calendar_app.command("confirm")
def confirm_notice(
    number: Annotated[int, typer.Argument(help="待复核的编号", show_default=False)],
    by: By,
    as_json: AsJson = False,
) -> None:
    """复核放假安排（不能是录入人）：生效，并重算在办诉求的时限，换了日期的各通知一次。"""
    from app.tickets import calendar_entry

    with office() as desk, desk.db.transaction() as session:
        found = calendar_entry.confirm_notice(
            session, number, by=hub_person(by), rules=desk.rules, now=desk.now
        )
    _show_import(found, applied=True, number=number, as_json=as_json)


@calendar_app.command("discard")
def discard_notice(
    number: Annotated[int, typer.Argument(help="待复核的编号", show_default=False)], by: By
) -> None:
    """作废一份录错的放假安排，什么也不改。"""
    from app.tickets import calendar_entry

    with office() as desk, desk.db.transaction() as session:
        calendar_entry.discard_notice(session, number, by=hub_person(by), now=desk.now)
    print(f"第 {number} 号已作废。")


@calendar_app.command("show")
def show(
    year: Annotated[int, typer.Argument(help="哪一年", show_default=False)], as_json: AsJson = False
) -> None:
    """这一年里和平常周末不同的日子，以及从哪里来。"""
    from app.workdays.entering import days_of_year
    from app.workdays.store import load_calendar

    with office() as desk, desk.db.reading() as session:
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
    by: By,
    reason: Annotated[str, typer.Option(help="原因，如 大雪停工")] = "",
) -> None:
    """本区自己规定某一天休或班，并重算在办诉求的时限。"""
    from app.errors import AppError
    from app.tickets import calendar_entry

    kinds = {"休": False, "班": True, "撤": None}
    if kind not in kinds:
        raise AppError("第二个参数应是 休、班 或 撤")
    with office() as desk, desk.db.transaction() as session:
        moved = calendar_entry.override_day(
            session,
            day_of(day),
            kinds[kind],
            reason=reason,
            by=hub_person(by),
            rules=desk.rules,
            now=desk.now,
        )
    print(f"已记下。重算了 {len(moved)} 件在办诉求，{sum(item.is_moved for item in moved)} 件换了日期。")


def _show_import(found: "Consequences", *, applied: bool, number: int | None, as_json: bool) -> None:
    diff, moved = found.diff, [item for item in found.recounts if item.is_moved]
    if as_json:
        data = {
            "year": diff.year,
            "applied": applied,
            "pending": number,
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
    print(_what_next(applied, number))


def _what_next(applied: bool, number: int | None) -> str:
    if applied:
        return "已生效。"
    if number is None:
        return "只看差异，没有保存；确认无误后加 --by 录入人姓名。"
    return f"已保存为第 {number} 号，还没有生效。请另一位同事核对后运行：qiying calendar confirm {number} --by 姓名"


def _text_of(file: Path) -> str:
    from app.errors import AppError

    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.read_bytes().decode("gb18030", errors="replace")
    except OSError as error:
        raise AppError(f"读不了 {file}：{error.strerror}") from None
