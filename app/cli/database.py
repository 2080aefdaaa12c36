"""`qiying db`: migrations, backup, restore, integrity."""

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

db_app = typer.Typer(no_args_is_help=True)


@db_app.command("upgrade")
def upgrade() -> None:
    """升级到最新表结构，补上缺的索引（可重复执行）。"""
    from app.db import Database  # SQLAlchemy is not needed for --help
    from app.errors import AppError
    from app.migrations import runner, schema

    db = Database(Settings.load().resolved_database_url)
    before, after = runner.upgrade(db)
    for name in schema.add_indexes(db):
        print(f"补上索引 {name}")
    faults = schema.faults(db)
    if faults:
        raise AppError("\n".join(faults))
    print(f"表结构已是最新：{after}" if before == after else f"已升级：{before or '空库'} → {after}")


@db_app.command("backup")
def backup(file: Annotated[Path, typer.Argument(help="备份写到哪个文件")]) -> None:
    """备份（服务不用停）；写完自检，不覆盖旧文件。"""
    from app import keyvalue
    from app.alarms.service import LAST_BACKUP
    from app.backup import backup as write_backup
    from app.clock import real_now
    from app.db import Database

    db = Database(Settings.load().resolved_database_url)
    size = write_backup(db, file)
    with db.transaction() as session:
        keyvalue.write(session, LAST_BACKUP, real_now().isoformat())
    print(f"已备份到 {file}（{size / 1e6:.1f} MB，已自检）")


@db_app.command("restore")
def restore(file: Annotated[Path, typer.Argument(help="备份文件")]) -> None:
    """从备份恢复到空库（先停机），随后升级到最新表结构。"""
    from app.backup import restore as bring_back
    from app.db import Database
    from app.migrations import runner

    url = Settings.load().resolved_database_url
    bring_back(url, file)
    _before, after = runner.upgrade(Database(url))
    print(f"已恢复，表结构 {after}")


@db_app.command("move")
def move(url: Annotated[str, typer.Argument(help="目标库，如 postgresql+psycopg://用户@主机/库名")]) -> None:
    """把现有数据搬到另一个空库（先停机），逐行核对后才生效；原库不动。"""
    from app.cli.lock import only_one_process
    from app.db import Database
    from app.moving import move as carry_over

    settings = Settings.load()
    with only_one_process(settings):
        source, target = Database(settings.resolved_database_url), Database(url)
        counts = carry_over(source, target, lambda table, rows: print(f"  {table}: {rows} 行"))
    print(f"已搬完并逐行核对：{len(counts)} 张表，{sum(counts.values())} 行。")
    print("下一步：把 QIYING_DATABASE_URL 改成目标库，再启动 serve 与 worker。附件仍在数据目录里，不用搬。")


@db_app.command("check")
def check(as_json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False) -> None:
    """检查：能否连上、版本、表和列是否齐全、SQLite 完整性、操作记录。"""
    import json

    from app.db import Database
    from app.integrity import examine

    faults = examine(Database(Settings.load().resolved_database_url))
    if as_json:
        print(json.dumps({"ok": not faults, "faults": faults}, ensure_ascii=False))
    else:
        print("数据库正常" if not faults else "\n".join(faults))
    raise typer.Exit(1 if faults else 0)
