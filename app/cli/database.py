"""`qiying db`: migrations and integrity."""

from typing import Annotated

import typer

from app.settings import Settings

db_app = typer.Typer(no_args_is_help=True)


@db_app.command("upgrade")
def upgrade() -> None:
    """升级到最新表结构（可重复执行）。"""
    from app.db import Database  # SQLAlchemy is not needed for --help
    from app.migrations import runner

    db = Database(Settings.load().resolved_database_url)
    before, after = runner.upgrade(db)
    print(f"表结构已是最新：{after}" if before == after else f"已升级：{before or '空库'} → {after}")


@db_app.command("check")
def check(as_json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False) -> None:
    """检查：能否连上、版本、与程序是否一致、SQLite 完整性。"""
    import json

    from app.db import Database
    from app.integrity import examine

    faults = examine(Database(Settings.load().resolved_database_url))
    if as_json:
        print(json.dumps({"ok": not faults, "faults": faults}, ensure_ascii=False))
    else:
        print("数据库正常" if not faults else "\n".join(faults))
    raise typer.Exit(1 if faults else 0)
