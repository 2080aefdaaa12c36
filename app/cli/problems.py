"""`qiying tickets problem`: the problem list of a rectification (C12)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.office import AsJson, By, day_of, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from sqlmodel import Session

    from app.cli.office import Office
    from app.tickets.problem_models import SpotCheck

problem_app = typer.Typer()
Item = Annotated[int, typer.Argument(help="清单上第几项", show_default=False)]


@problem_app.command("list")
def list_items(
    late: Annotated[bool, typer.Option("--late", help="只看超期的")] = False, as_json: AsJson = False
) -> None:
    """问题清单：责任部门、责任人、时限、到哪一步。"""
    from app.tickets import problems

    with office() as desk, desk.db.reading() as session:
        rows: list[dict[str, Any]] = [
            {
                "item": item.id,
                "title": item.title,
                "department": department.name,
                "owner": item.owner_name,
                "due_on": item.due_on.isoformat(),
                "status": problems.STATUS_NAMES[problems.ProblemStatus(item.status)],
                "is_overdue": problems.is_overdue(item, desk.now),
                "signed_by": item.signed_by,
                "failed_checks": item.failed_checks,
                "evidence": len(problems.evidence_of(session, item.id or 0)),
            }
            for item, department in problems.listed(session)
        ]
    rows = [row for row in rows if row["is_overdue"] or not late]
    show_answer(rows, [_line(row) for row in rows] or ["清单上没有问题。"], as_json=as_json)


@problem_app.command("add")
def add(
    title: Annotated[str, typer.Argument(help="什么问题", show_default=False)],
    department: Annotated[str, typer.Option(help="责任部门", show_default=False)],
    owner: Annotated[str, typer.Option(help="责任人", show_default=False)],
    by: By,
    due: Annotated[str, typer.Option(help="整改时限；不写按区配置")] = "",
    measures: Annotated[str, typer.Option(help="整改举措")] = "",
    source: Annotated[str, typer.Option(help="来源，如 网上问卷")] = "",
    ticket: Annotated[str, typer.Option(help="来自哪张单子（完整单号）")] = "",
) -> None:
    """列入问题清单，责任部门会收到通知。"""
    from app.tickets import rectifying

    with office() as desk, desk.db.transaction() as session:
        item = rectifying.list_problem(
            session,
            title,
            department=department,
            owner_name=owner,
            due_on=day_of(due) if due else None,
            measures=measures,
            source=source,
            ticket_number=ticket,
            by=hub_person(by),
            rules=desk.rules,
            now=desk.now,
        )
    print(f"已列为第 {item.id} 项，{item.due_on} 前整改到位。")


@problem_app.command("evidence")
def evidence(
    item: Item,
    by: By,
    note: Annotated[str, typer.Option(help="整改情况")] = "",
    file: Annotated[Path | None, typer.Option(help="照片、PDF、Word 或 Excel")] = None,
) -> None:
    """上传整改佐证材料。"""
    from app.tickets import rectifying
    from app.tickets.evidence import keep_file

    with office() as desk:
        kept = keep_file(desk.data_dir, file.name, file.read_bytes()) if file else None
        with desk.db.transaction() as session:
            rectifying.add_evidence(
                session, item, note=note, file=kept, by=hub_person(by), rules=desk.rules, now=desk.now
            )
    print(f"第 {item} 项已收到佐证。")


@problem_app.command("submit")
def submit(item: Item, by: By) -> None:
    """报请主要负责同志签字。"""
    from app.tickets import rectifying

    with office() as desk, desk.db.transaction() as session:
        rectifying.submit(session, item, by=hub_person(by), rules=desk.rules, now=desk.now)
    print(f"第 {item} 项待签字。")


@problem_app.command("sign")
def sign(
    item: Item,
    head: Annotated[str, typer.Option(help="签字的主要负责同志", show_default=False)],
    post: Annotated[str, typer.Option(help="职务", show_default=False)],
    by: By,
) -> None:
    """登记主要负责同志签字。"""
    from app.tickets import rectifying

    with office() as desk, desk.db.transaction() as session:
        rectifying.sign(
            session, item, head=head, post=post, by=hub_person(by), rules=desk.rules, now=desk.now
        )
    print(f"第 {item} 项已由{head}（{post}）签字。")


@problem_app.command("return")
def send_back(
    item: Item, by: By, reason: Annotated[str, typer.Option(help="哪里没到位", show_default=False)]
) -> None:
    """退回整改。"""
    from app.tickets import rectifying

    with office() as desk, desk.db.transaction() as session:
        rectifying.send_back(session, item, reason, by=hub_person(by), rules=desk.rules, now=desk.now)
    print(f"第 {item} 项已退回整改。")


@problem_app.command("draw")
def draw(
    name: Annotated[str, typer.Argument(help="抽查的名称，如 11月抽查", show_default=False)],
    seed: Annotated[int, typer.Option(help="抽样种子；同一种子抽到同一批", show_default=False)],
    by: By,
    size: Annotated[int | None, typer.Option(help="抽几项；不写按区配置的比例", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """从已签字的问题里抽查。"""
    from app.tickets import spotchecks

    with office() as desk, desk.db.transaction() as session:
        check = spotchecks.draw_spot_check(
            session, name, seed=seed, size=size, by=hub_person(by), rules=desk.rules, now=desk.now
        )
        data = _drawn(session, check)
    show_answer(data, _check_lines(data), as_json=as_json)


@problem_app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="抽查的名称", show_default=False)],
    item: Item,
    outcome: Annotated[str, typer.Option(help="passed 合格、failed 不合格", show_default=False)],
    by: By,
    note: Annotated[str, typer.Option(help="现场看到什么；不合格必须写")] = "",
    as_json: AsJson = False,
) -> None:
    """登记抽查结果：合格销号，不合格退回并按规定移送。"""
    from app.tickets import spotchecks

    with office() as desk, desk.db.transaction() as session:
        found = spotchecks.by_name(session, name)
        spotchecks.record_check(session, _drawn_id(session, found, item), outcome, note, **_words(desk, by))
        data = _drawn(session, found)
    show_answer(data, _check_lines(data), as_json=as_json)


def _words(desk: "Office", by: str) -> dict[str, Any]:
    return {"by": hub_person(by), "rules": desk.rules, "now": desk.now}


def _drawn_id(session: "Session", check: "SpotCheck", item: int) -> int:
    from app.errors import NotFound
    from app.tickets import spotchecks

    for row, problem in spotchecks.drawn(session, check):
        if problem.id == item:
            return row.id or 0
    raise NotFound(f"「{check.name}」没有抽到第 {item} 项")


def _drawn(session: "Session", check: "SpotCheck") -> dict[str, Any]:
    from app.tickets import spotchecks

    items = [
        {"item": problem.id, "title": problem.title, "outcome": spotchecks.OUTCOMES.get(row.outcome, "")}
        for row, problem in spotchecks.drawn(session, check)
    ]
    return {"name": check.name, "seed": check.seed, "drawn_from": check.drawn_from, "items": items}


def _check_lines(data: dict[str, Any]) -> list[str]:
    head = f"{data['name']}（种子 {data['seed']}）：{data['drawn_from']} 项里抽 {len(data['items'])} 项"
    return [
        head,
        *(f"第 {row['item']} 项 {row['title']} {row['outcome'] or '待查'}" for row in data["items"]),
    ]


def _line(row: dict[str, Any]) -> str:
    late = " 已超期" if row["is_overdue"] else ""
    failed = f" 抽查不合格 {row['failed_checks']} 次" if row["failed_checks"] else ""
    return (
        f"第 {row['item']} 项 {row['status']}{late}{failed} {row['department']} {row['owner']} "
        f"{row['due_on']} {row['title']}"
    )
