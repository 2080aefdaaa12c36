"""SIGKILL before every single statement of a message, an import and an upgrade (reliability tests 3 and 13).

A forked process does the work and kills itself at the n-th statement; then the same is done again, as the
platform's repeat, the person at the desk or the administrator would. The long form tries every n.
"""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import event
from sqlmodel import SQLModel, func, select

from app.backup import backup, restore
from app.conversations.models import InboxMessage
from app.db import Database
from app.directory.importing import apply_import, plan_import
from app.directory.models import Enterprise, ImportRun
from app.directory.sheets import read_sheet
from app.districts.loader import load_profile
from app.followers.models import Follower
from app.integrity import examine
from app.migrations import runner
from app.outbox.models import OutboxMessage
from app.tickets.models import Ticket, TicketEvent
from handbook.service import HandbookService

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TABLES: tuple[type[SQLModel], ...] = (InboxMessage, Follower, Ticket, TicketEvent, OutboxMessage)
ENDED_BY_US = -signal.SIGKILL


def let_go(database: Database) -> None:
    """No connection may be shared with a forked process."""
    database.write_engine.dispose()
    database.read_engine.dispose()


def counts(database: Database, tables: tuple[type[SQLModel], ...] = TABLES) -> list[int]:
    with database.reading() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def moments(is_chaos: bool, last: int, quick: int = 9) -> list[int]:
    """Every moment, or some spread over the whole with both ends."""
    if is_chaos or last <= quick:
        return list(range(1, last + 1))
    return sorted({1 + round(step * (last - 1) / (quick - 1)) for step in range(quick)})


def statements(database: Database, act: Callable[[], object]) -> int:
    """How many statements and commits something takes."""
    seen = [0]

    def count(*_: object, **__: object) -> None:
        seen[0] += 1

    for name in ("before_cursor_execute", "commit"):
        event.listen(database.write_engine, name, count)
    act()
    for name in ("before_cursor_execute", "commit"):
        event.remove(database.write_engine, name, count)
    return seen[0]


def test_a_message_is_handled_whole_or_not_at_all(
    database: Database,
    front_desk: Any,
    in_child: Callable[..., Any],
    dies_at: Callable[..., None],
    is_chaos: bool,
) -> None:
    """Whatever moment the process dies at, after the repeat there is one ticket, one inbox row, one set of news."""
    desk = front_desk.conversations(database)
    first = front_desk.message("oFirst", 0, "厂门口修路货车进不来")
    last = statements(database, lambda: desk.receive(first))
    one = counts(database)
    assert one[2] == 1
    for number in moments(is_chaos, last):
        incoming = front_desk.message(f"o{number}", 0, "厂门口修路货车进不来")
        before = counts(database)
        let_go(database)

        def handle(incoming: Any = incoming, number: int = number) -> str:
            own = Database(database.url)
            dies_at(own, number)
            return str(front_desk.conversations(own).receive(incoming))

        status, _ = in_child(handle)
        assert status == ENDED_BY_US, number
        assert counts(database) == before, f"half a message after {number} of {last}"
        reply = front_desk.conversations(database).receive(incoming)
        assert "单号" in reply
        assert counts(database) == [was + more for was, more in zip(before, one, strict=True)], number
        assert front_desk.conversations(database).receive(incoming) == reply


def test_an_import_is_whole_or_not_there(
    database: Database,
    tmp_path: Path,
    in_child: Callable[..., Any],
    dies_at: Callable[..., None],
    is_chaos: bool,
) -> None:
    path = tmp_path / "list.csv"
    codes = ("91120221MA0000001G", "91120221MA0000002K", "92120221MA0000003K")
    lines = [f"{code},测试{number}号公司,企业,," for number, code in enumerate(codes)]
    path.write_text("\n".join(["统一社会信用代码,名称,类型,片区,为企服务人员", *lines]), "utf-8")
    layers = load_profile("ninghe").routing

    def bring_in(own: Database) -> None:
        with own.transaction() as session:
            plan = plan_import(session, "enterprises", read_sheet(path))
            apply_import(session, "enterprises", plan, layers=layers, actor="cli", source="f", now=NOW)

    for number in moments(is_chaos, 12, quick=4):
        let_go(database)

        def killed(number: int = number) -> None:
            own = Database(database.url)
            dies_at(own, number)
            bring_in(own)

        status, _ = in_child(killed)
        assert status == ENDED_BY_US
        assert counts(database, (Enterprise, ImportRun)) == [0, 0]
    bring_in(database)
    assert counts(database, (Enterprise, ImportRun)) == [3, 1]


def upgrade_to(database: Database, revision: str) -> None:
    with database.write_engine.connect() as connection:
        command.upgrade(runner._config(connection), revision)
        connection.commit()


def fill(database: Database, rows: int) -> dict[str, int]:
    """Rows in every table of the schema as it is, whatever the models say today; how many per table."""
    tables = sa.MetaData()
    tables.reflect(database.write_engine)
    made: dict[str, int] = {}
    with database.write_engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            for number in range(1, rows + 1):
                connection.execute(sa.insert(table).values(values(table, number)))
            made[table.name] = rows
    return made


def values(table: sa.Table, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys and column.nullable:
            continue
        row[column.name] = value(column, number)
    return row


def value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Float):
        return number
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 11, 20, 2, 0, number % 60)
    if isinstance(kind, sa.Date):
        return date(2026, 1, 1 + number % 28)
    if isinstance(kind, sa.JSON) or type(kind).__name__ in ("JSON", "JSONB"):
        return {}
    return f"{column.name[:6]}{number}"[: getattr(kind, "length", None) or 40]


def left(database: Database, expected: dict[str, int]) -> dict[str, int]:
    with database.write_engine.connect() as connection:
        return {
            name: connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()  # noqa: S608
            for name in expected
        }


def test_an_upgrade_cut_short_is_finished_by_the_next_one(
    fresh_url: str, in_child: Callable[..., Any], dies_at: Callable[..., None], is_chaos: bool
) -> None:
    """A released database with rows in every table: killed anywhere, nothing is lost and the head is reached."""
    database = Database(fresh_url)
    if database.is_sqlite:
        Path(str(database.write_engine.url.database)).touch(mode=0o600)
    upgrade_to(database, "0001")
    expected = fill(database, 2000 if is_chaos else 20)
    for number in (*range(1, 400, 7 if is_chaos else 67),):
        let_go(database)

        def killed(number: int = number) -> None:
            own = Database(fresh_url)
            dies_at(own, number)
            runner.upgrade(own)

        status, _ = in_child(killed)
        assert status in (ENDED_BY_US, 0)
        assert left(database, expected) == expected, f"rows lost at statement {number}"
        if status == 0:
            break
    before, after = runner.upgrade(database)
    assert after == runner.head()
    assert left(database, expected) == expected
    assert runner.differences(database) == []
    print(f"from {before} to {after}, {sum(expected.values())} rows in {len(expected)} tables")
    database.close()


def test_processes_that_start_together_upgrade_once(cluster: Any) -> None:
    """Web and worker processes of one PostgreSQL come up at the same moment after an upgrade."""
    url = cluster.new_database()
    databases = [Database(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(runner.upgrade, databases))
    assert {after for _, after in outcomes} == {runner.head()}
    assert runner.differences(databases[0]) == []
    for database in databases:
        database.close()
    cluster.drop(url)


@pytest.mark.parametrize("after_ms", [0, 3, 12])
def test_a_backup_cut_short_leaves_no_half_copy(
    tmp_path: Path, in_child: Callable[..., Any], after_ms: int
) -> None:
    database = Database(f"sqlite:///{tmp_path}/live.db")
    runner.upgrade(database)
    with database.transaction() as session:
        session.add_all(
            Follower(openid=f"o{n}", first_seen_at=NOW, last_seen_at=NOW, scene="x" * 60) for n in range(3000)
        )
    target = tmp_path / "copy.db"
    database.close()

    def killed() -> None:
        threading.Timer(after_ms / 1000, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
        backup(Database(database.url), target)
        threading.Event().wait()

    assert in_child(killed)[0] == ENDED_BY_US
    if target.exists():
        assert examine(Database(f"sqlite:///{target}")) == []
        target.unlink()
    backup(database, target)
    restore(f"sqlite:///{tmp_path}/back.db", target)
    assert counts(Database(f"sqlite:///{tmp_path}/back.db"), (Follower,)) == [3000]


def test_an_index_cut_short_is_built_again(
    tmp_path: Path, small_handbook: Callable[..., Any], in_child: Callable[..., Any], is_chaos: bool
) -> None:
    """SIGKILL at the n-th file that is opened, moved or removed while the stored word lists and vectors are replaced."""
    import sys

    sources = small_handbook(tmp_path)
    whole = HandbookService(sources)
    whole.join_encoder()
    answer = whole.search("货车营运证怎么办理第3种").best
    assert answer is not None
    file = sources.kb_dir / "permit" / "matter0.md"
    for number in range(2, 200, 3 if is_chaos else 90):
        file.write_text(file.read_text("utf-8").replace("不收费", f"不收费{number}", 1), "utf-8")

        def killed(number: int = number) -> None:
            seen = 0

            def count(name: str, arguments: tuple[Any, ...]) -> None:
                nonlocal seen
                is_ours = name in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") and str(
                    sources.index_dir
                ) in str(arguments[0])
                seen += is_ours
                if is_ours and seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count)
            service = HandbookService(sources)
            service.join_encoder()

        status, _ = in_child(killed)
        assert status in (ENDED_BY_US, 0)
        again = HandbookService(sources)
        again.join_encoder()
        found = again.search("货车营运证怎么办理第3种").best
        assert found is not None and found.entry.id == answer.entry.id and not again.problems
        if status == 0:
            break
