"""What the commands of the service desk share: the database, the district's rules, the moment, and who acts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.db import Database
    from app.tickets.values import Actor, Rules

AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]
By = Annotated[str, typer.Option("--by", help="谁在办（姓名），记入留痕", show_default=False)]


@dataclass(frozen=True)
class Office:
    """An open desk; `data_dir` is where uploads go."""

    db: "Database"
    rules: "Rules"
    now: datetime
    data_dir: Path


@contextmanager
def office() -> Iterator[Office]:
    """Open the desk; a database without tables is an error that says what to do."""
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
        yield Office(db, rules, Clock.starting_at(settings.now).now(), settings.data_dir)
    finally:
        db.close()


def hub_person(name: str) -> "Actor":
    """Somebody of the hub at the command line; without a name nothing is done."""
    from app.errors import AppError
    from app.tickets.values import Actor, ActorKind

    if not name.strip():
        raise AppError("请写明是谁在办：--by 姓名")
    return Actor(ActorKind.HUB, f"cli:{name.strip()}"[:64], name.strip()[:64])


def day_of(text: str) -> date:
    """`2026-12-07` as a day."""
    from app.errors import AppError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AppError(f"日期应写成 2026-12-07，现在是 {text}") from None


def show(data: Any, lines: list[str], *, as_json: bool) -> None:
    """One answer in one of two shapes."""
    print(json.dumps(data, ensure_ascii=False, default=str) if as_json else "\n".join(lines))
