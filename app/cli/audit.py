"""`qiying audit`: verify and export the trail of who did what."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

audit_app = typer.Typer(no_args_is_help=True)


@audit_app.command("verify")
def verify(
    known: Annotated[
        str, typer.Option("--known", help="以前另外记下的「行数:校验值」，用来发现整体改写")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False,
) -> None:
    """核对操作记录有没有被改、删、插、调换；有问题时说出第一处，退出码 1。"""
    import json

    from app.db import Database  # SQLAlchemy is not needed for --help
    from app.migrations import runner
    from app.trail.verify import verify as walk

    anchor = _anchor(known)
    db = Database(Settings.load().resolved_database_url)
    try:
        runner.demand_newest(db)
        with db.reading() as session:
            verdict = walk(session, known=anchor)
    finally:
        db.close()
    if as_json:
        print(json.dumps(verdict.__dict__, ensure_ascii=False))
    elif verdict.fault:
        where = f"（编号 {verdict.row_id}）" if verdict.row_id is not None else ""
        print(f"操作记录有问题：第 {verdict.rows + 1} 行{where}：{verdict.fault}")
        print("请保留现场，不要再操作数据库，从备份核对，并报告信息安全负责人")
    else:
        print(f"操作记录完整，共 {verdict.rows} 行。请把这个值记在别处，下次用 --known 核对：")
        print(f"{verdict.rows}:{verdict.hash}")
    raise typer.Exit(1 if verdict.fault else 0)


@audit_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个 CSV 文件（不覆盖）")],
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="从哪天起")] = None,
) -> None:
    """导出操作记录（CSV，可直接用表格软件打开）；导出本身也会记一笔。"""
    import getpass

    from app import audit
    from app.clock import SHANGHAI, real_now
    from app.db import Database
    from app.migrations import runner
    from app.trail.export import export as write

    db = Database(Settings.load().resolved_database_url)
    try:
        runner.demand_newest(db)
        with db.transaction() as session:
            count = write(session, file, since=since.replace(tzinfo=SHANGHAI) if since else None)
            audit.record(
                session,
                at=real_now(),
                actor_kind="cli",
                actor=getpass.getuser(),
                action="audit.export",
                target=file.name,
                detail={"rows": count},
            )
    finally:
        db.close()
    print(f"已导出 {count} 行到 {file}（仅本人可读）")


def _anchor(text: str) -> tuple[int, str] | None:
    from app.errors import AppError

    if not text:
        return None
    rows, _, hash_ = text.strip().partition(":")
    if not rows.isdigit() or len(hash_) != 64:
        raise AppError("--known 要写成「行数:校验值」，就是上次 qiying audit verify 最后一行的内容")
    return int(rows), hash_
