"""`qiying directory coverage`, `changes`, `history`: what the directory looks like, on screen, JSON or XLSX."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.office import office

if TYPE_CHECKING:  # SQLAlchemy and openpyxl are not needed for --help
    from sqlmodel import Session

    from app.directory.changes import LedgerLine
    from app.directory.coverage import CoverageReport, Item
    from app.districts.profile import Profile

SHOWN = 10
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", help="写成 XLSX 文件", show_default=False)]


def register(group: typer.Typer) -> None:
    """Add these commands to the group."""
    group.command("coverage")(coverage)
    group.command("changes")(changes)
    group.command("history")(history)


def coverage(as_json: AsJson = False, xlsx: Xlsx = None) -> None:
    """覆盖情况：谁没有服务人员、谁对得上两处、片区不明、谁服务的户数太多。"""
    from app.directory.coverage import coverage_report
    from app.directory.workbook import write_book

    with _reading() as (session, profile, _now):
        report = coverage_report(session, profile.coverage, asks_leader=profile.names_leaders)
    if xlsx is not None:
        write_book(xlsx, _sheets(report))
    if as_json:
        print(json.dumps(_as_json(report, profile), ensure_ascii=False))
        return
    _show(report, profile)
    if xlsx is not None:
        print(f"名单写在 {xlsx}（仅本人可读）")


def changes(
    month: Annotated[str, typer.Option(help="哪个月，如 2026-11；不填为本月", show_default=False)] = "",
    area: Annotated[str, typer.Option(help="片区名称或编码，含下级；不填为全区", show_default=False)] = "",
    as_json: AsJson = False,
    xlsx: Xlsx = None,
) -> None:
    """经营主体增减台账：新增、变更、迁入、迁出、注销、恢复；全区的 XLSX 每个一级片区一张表。"""
    from app.clock import local_date
    from app.directory import changes as book
    from app.directory.workbook import write_book

    with _reading() as (session, _profile, now):
        month = month or local_date(now).isoformat()[:7]
        since, before = book.month_bounds(month)
        codes = book.subtree(session, area) if area else None
        lines = book.ledger(session, since, before, codes)
        sheets = {f"{month} {area or '全区'}": lines}
        if xlsx is not None and not area:
            sheets |= book.by_first_level(session, since, before)
    if xlsx is not None:
        write_book(xlsx, {title: (LEDGER_HEADERS, map(_ledger_row, rows)) for title, rows in sheets.items()})
    if as_json:
        rows = [asdict(item) for item in lines]
        data = {"month": month, "area": area or None, "counts": book.counts(lines), "rows": rows}
        print(json.dumps(data, ensure_ascii=False, default=str))
        return
    found = book.counts(lines)
    print(f"{month} {area or '全区'}：" + ("，".join(f"{k} {v}" for k, v in found.items()) or "没有变化"))
    for item in lines[:SHOWN]:
        print("  " + " ".join(str(cell) for cell in _ledger_row(item) if cell))
    if len(lines) > SHOWN:
        print(f"  ……另有 {len(lines) - SHOWN} 条，全部见 --xlsx 文件")
    if xlsx is not None:
        print(f"台账写在 {xlsx}（仅本人可读）")


def history(
    code: Annotated[str, typer.Argument(help="统一社会信用代码", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """一家经营主体的经营状态是怎么变过来的。"""
    from app.clock import SHANGHAI
    from app.directory.changes import status_history

    with _reading() as (session, _profile, _now):
        rows = [
            {
                "at": row.at.astimezone(SHANGHAI).isoformat(timespec="minutes"),
                "from": row.before.get("status"),
                "to": row.after["status"],
                "by": row.actor,
                "reason": row.reason,
            }
            for row in status_history(session, code)
        ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(
            f"{row['at']} {row['from'] or '（新增）'} → {row['to']}（{row['by']}，{row['reason'] or '无说明'}）"
        )
    if not rows:
        print("没有记录。")


LEDGER_HEADERS = ("时间", "变化", "统一社会信用代码", "名称", "片区", "原片区", "变更项", "来源")


def _ledger_row(item: "LedgerLine") -> tuple[str, ...]:
    from app.clock import SHANGHAI
    from app.directory.columns import header_of

    when = item.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    fields = "、".join(header_of("enterprises", name) for name in item.fields)
    former = item.from_area if item.from_area != item.area else ""
    return when, item.what, item.key, item.label, item.area, former, fields, item.actor


ITEM_HEADERS = ("统一社会信用代码", "名称", "片区", "说明")


def _sheets(report: "CoverageReport") -> "dict[str, tuple[Sequence[str], Iterator[Sequence[str | int]]]]":
    from app.directory.coverage import by_area_rows

    areas = ((row.code, row.name, row.total, row.assigned, row.officers) for row in by_area_rows(report))
    crowded = ((person.staff_no, person.name, load) for person, load in report.crowded)
    missing = (
        *(("片区", name) for name in report.missing_areas),
        *(("部门", name) for name in report.missing_departments),
    )
    lists = {
        "没有服务人员": report.unassigned,
        "同处多人": report.several_officers,
        "可能属两个片区": report.two_areas,
        "片区不明": report.unknown_area,
        **({"没有区领导": report.leaderless} if report.leaderless else {}),
    }
    return {
        "分片区": (("编码", "片区", "应服务户数", "已有服务人员", "服务人员数"), areas),
        **{title: (ITEM_HEADERS, _rows(items)) for title, items in lists.items()},
        "户数过多": (("工号", "姓名", "户数"), crowded),
        "名册里缺的": (("类别", "名称"), iter(missing)),
    }


def _rows(items: "list[Item]") -> "Iterator[Sequence[str | int]]":
    return ((item.credit_code, item.name, item.area, item.why) for item in items)


def _as_json(report: "CoverageReport", profile: "Profile") -> dict[str, object]:
    names = ("unassigned", "several_officers", "two_areas", "unknown_area", "leaderless")
    return {
        "base": list(profile.coverage.statuses),
        "clause": profile.coverage.clause,
        "total": report.total,
        "assigned": report.assigned,
        "excluded": dict(report.excluded),
        "areas": [asdict(line) for line in report.areas.values()],
        **{name: [asdict(item) for item in getattr(report, name)] for name in names},
        "most_per_officer": profile.coverage.most_per_officer,
        "crowded": [{"staff_no": person.staff_no, "load": load} for person, load in report.crowded],
        "missing_areas": report.missing_areas,
        "missing_departments": report.missing_departments,
    }


def _show(report: "CoverageReport", profile: "Profile") -> None:
    from app.directory.coverage import by_area_rows

    rule = profile.coverage
    print(f"应服务 {report.total} 户（{'、'.join(rule.statuses)}；{rule.clause}）")
    print(f"已有服务人员 {report.assigned} 户，{report.share:.1%}")
    for status, count in report.excluded.items():
        print(f"  不计入：{status} {count} 户")
    for row in by_area_rows(report):
        print(f"  {row.name}：{row.assigned}/{row.total} 户，服务人员 {row.officers} 人")
    _show_items("没有服务人员", report.unassigned)
    _show_items("可能属两个片区", report.two_areas)
    _show_items("片区不明", report.unknown_area)
    _show_items("没有包联领导，片区也没有包保领导", report.leaderless)
    if report.crowded:
        print(f"服务超过 {rule.most_per_officer} 户的服务人员 {len(report.crowded)} 位")
    for person, load in report.crowded[:SHOWN]:
        print(f"  {person.staff_no} {person.name}：{load} 户")
    for label, names in (("片区", report.missing_areas), ("部门", report.missing_departments)):
        if names:
            print(f"文件列出而名册里没有的{label}：{'、'.join(names)}")


def _show_items(label: str, items: "list[Item]") -> None:
    if not items:
        return
    print(f"{label} {len(items)} 户")
    for item in items[:SHOWN]:
        print(f"  {item.credit_code} {item.name}（{item.area or '—'}）：{item.why}")
    if len(items) > SHOWN:
        print(f"  ……另有 {len(items) - SHOWN} 户，全部见 --xlsx 文件")


@contextmanager
def _reading() -> "Iterator[tuple[Session, Profile, datetime]]":
    with office() as desk, desk.db.reading() as session:
        rules, now = desk.rules, desk.now
        yield session, rules.profile, now
