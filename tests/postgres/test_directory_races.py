"""Import, transfer and assignment at one moment, on both databases: one wins, the others are told (A3, A4)."""

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

from sqlmodel import col, select
from stdnum.cn import uscc

from app.db import Database
from app.directory import assigning, handover, undoing
from app.directory.changes import Author
from app.directory.importing import apply_import, plan_import
from app.directory.models import Assignment, Enterprise, Officer
from app.directory.plan import Plan
from app.directory.sheets import read_sheet
from app.districts.loader import load_profile
from app.errors import Conflict

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LAYERS = load_profile("ninghe").routing
BODY = "91120221MA{:07d}"


def code(number: int) -> str:
    body = BODY.format(number)
    return body + uscc.calc_check_digit(body)


def free_numbers(database: Database) -> None:
    """The cast was given its numbers by hand, which PostgreSQL's sequence does not know."""
    if not database.is_sqlite:
        with database.transaction() as session:
            session.connection().exec_driver_sql("SELECT setval('enterprise_id_seq', 100)")


def planned(database: Database, folder: Path, rows: list[list[str]]) -> Plan:
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["统一社会信用代码", "名称", "类型", "片区", "为企服务人员"], *rows])
    with database.reading() as session:
        return plan_import(session, "enterprises", read_sheet(path))


def imported(database: Database, plan: Plan) -> int:
    with database.transaction() as session:
        done = apply_import(session, "enterprises", plan, layers=LAYERS, actor="cli", source="f", now=NOW)
        return done.run_id


def open_assignments(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        statement = (
            select(Enterprise.credit_code, Officer.staff_no)
            .join(Assignment, col(Assignment.enterprise_id) == col(Enterprise.id))
            .join(Officer, col(Officer.id) == col(Assignment.officer_id))
            .where(col(Assignment.until).is_(None), col(Enterprise.name).like("第%"))
        )
        return sorted(session.exec(statement).all())


def together(acts: list[Callable[[], object]]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except Conflict as conflict:
            return conflict.message

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_import_transfer_and_assignment_at_once(database: Database, tmp_path: Path) -> None:
    """Every enterprise keeps exactly one open assignment, and nobody is overruled without being told."""
    with database.reading() as session:
        first, second = session.exec(select(Officer).order_by(col(Officer.id))).all()[:2]
    free_numbers(database)
    names = [f"第{n}厂" for n in range(30)]
    fresh = [[code(n), names[n], "企业", "一片区", first.staff_no] for n in range(30)]
    imported(database, planned(database, tmp_path, fresh))
    plan = planned(database, tmp_path, [[*row[:4], second.staff_no] for row in fresh])

    def transfer() -> int:
        with database.transaction() as session:
            pair = handover.two_officers(session, first.id or 0, second.id or 0)
            return handover.hand_over_enterprises(session, *pair, Author("hub:1", NOW))

    def assign() -> str:
        with database.transaction() as session:
            number = session.exec(select(Enterprise.id).where(col(Enterprise.credit_code) == code(0))).one()
            return assigning.assign(
                session,
                number or 0,
                second.id or 0,
                expected_officer_id=first.id,
                reason="熟悉",
                actor_kind="user",
                actor="1",
                now=NOW,
            ).name

    outcomes = together([lambda: imported(database, plan), transfer, assign])
    assert len(open_assignments(database)) == 30
    assert {staff for _, staff in open_assignments(database)} == {second.staff_no}
    told = [item for item in outcomes if isinstance(item, str) and "刚被" in item]
    was_first = outcomes[1] == 31  # the transfer: thirty of the list and one of the cast
    assert len(told) == (2 if was_first else 1), outcomes


def test_undo_is_the_same_on_both(database: Database, tmp_path: Path) -> None:
    free_numbers(database)
    rows = [[code(n), f"第{n}厂", "企业", "一片区", ""] for n in range(5)]
    run = imported(database, planned(database, tmp_path, rows))
    with database.transaction() as session:
        undoing.apply_undo(session, run, actor="cli", now=NOW)
    with database.reading() as session:
        left = session.exec(select(Enterprise.name).where(col(Enterprise.name).like("第%"))).all()
    assert left == []
