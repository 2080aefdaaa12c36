"""The officer repeated on the enterprise is who serves it, whoever changed that (A3): lists are narrowed by it."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import Session, col, select, update

from app.db import Database
from app.directory import assigning, correcting, handover, serving
from app.directory.changes import Author
from app.directory.models import Assignment, Enterprise, Officer
from app.directory.undoing import apply_undo, plan_undo
from app.districts.loader import load_profile
from app.errors import AppError
from app.migrations import runner
from app.searching.models import Gram
from app.tickets import indexing

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HEAD = ["统一社会信用代码", "名称", "类型", "片区", "经营状态", "为企服务人员"]
LAYERS = load_profile("ninghe").routing
STATUSES = ("正常", "停业", "注销", "迁出")
STAFF = ("W1", "W2", "W3")
PLACES = ("lt", "qb", "")


def imported(office: Any, credit_code: Any, chooser: random.Random) -> None:
    """A list with new, moved, gone and newly served enterprises."""
    rows = [
        [
            credit_code(n),
            f"第{n}厂",
            "企业",
            chooser.choice(PLACES),
            chooser.choice(STATUSES),
            chooser.choice((*STAFF, "")),
        ]
        for n in chooser.sample(range(1, 13), 5)
    ]
    office.take("enterprises", [HEAD, *rows], full=chooser.random() < 0.2)


def undone(session: Session, office: Any, _chooser: random.Random) -> None:
    apply_undo(session, plan_undo(session).run_id, actor="cli", now=office.now)


def assigned(session: Session, office: Any, chooser: random.Random) -> None:
    enterprise = chooser.choice(session.exec(select(Enterprise)).all())
    officer = chooser.choice(session.exec(select(Officer)).all())
    assigning.assign(
        session,
        enterprise.id or 0,
        officer.id or 0,
        expected_officer_id=enterprise.officer_id,
        reason="测试",
        actor_kind="cli",
        actor="cli",
        now=office.now,
    )


def corrected(session: Session, office: Any, chooser: random.Random) -> None:
    enterprise = chooser.choice(session.exec(select(Enterprise)).all())
    values = chooser.choice(
        ({"status": chooser.choice(STATUSES)}, {"area_code": chooser.choice(("lt", "qb"))})
    )
    correcting.change_enterprise(
        session,
        enterprise.id or 0,
        values,
        layers=LAYERS,
        reason="测试",
        actor_kind="cli",
        actor="cli",
        now=office.now,
    )


def handed_over(session: Session, office: Any, chooser: random.Random) -> None:
    leaving, taking = chooser.sample(session.exec(select(Officer)).all(), 2)
    handover.hand_over_enterprises(session, leaving, taking, Author("cli", office.now))
    if chooser.random() < 0.2:
        handover.retire(session, leaving, taking, office.now)


ACTS = (undone, assigned, corrected, handed_over)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_writer_it_is_the_running_assignment(office: Any, credit_code: Any, seed: int) -> None:
    chooser = random.Random(seed)
    office.settle()
    imported(office, credit_code, chooser)
    for _ in range(25):
        try:
            if chooser.random() < 0.25:
                imported(office, credit_code, chooser)
            else:
                with office.db.transaction() as session:
                    chooser.choice(ACTS)(session, office, chooser)
        except AppError:
            pass  # refused: nothing may have changed
        with office.db.reading() as session:
            assert serving.drift(session) == 0
    with office.db.reading() as session:
        assert session.exec(select(Assignment)).first() is not None


def test_drift_is_counted_and_repaired(office: Any, credit_code: Any) -> None:
    office.settle()
    rows = [[credit_code(n), f"第{n}厂", "企业", "lt", "", ""] for n in (1, 2, 3)]
    office.take("enterprises", [HEAD, *rows])
    with office.db.transaction() as session:
        past_the_door = update(Enterprise).where(col(Enterprise.credit_code) == credit_code(1))
        session.connection().execute(past_the_door.values(officer_id=None))
        assert serving.drift(session) == 1
        assert serving.repair(session) == 1
        assert serving.drift(session) == 0
    assert office.enterprise(1).officer_id == office.officer("W1").id


def test_an_import_sends_changed_names_through_the_index_again(office: Any, credit_code: Any) -> None:
    """And an undone one leaves nothing of what it had added there."""
    office.settle()
    row = [credit_code(1), "第1厂", "企业", "lt", "", ""]
    office.take("enterprises", [HEAD, row])
    with office.db.transaction() as session:
        assert indexing.take_in(session, office.now) == 1
    office.take("enterprises", [HEAD, [credit_code(1), "第1厂", "企业", "lt", "停业", ""]])
    assert office.enterprise(1).indexed_at is not None
    office.take(
        "enterprises",
        [HEAD, [credit_code(1), "改名厂", *row[2:]], [credit_code(2), "新来的店", "企业", "lt", "", ""]],
    )
    assert office.enterprise(1).indexed_at is None
    with office.db.transaction() as session:
        assert indexing.take_in(session, office.now) == 2
        apply_undo(session, plan_undo(session).run_id, actor="cli", now=office.now)
        ids = set(session.exec(select(Gram.row_id)).all())
        assert ids == set(session.exec(select(Enterprise.id)).all())


def test_an_older_database_is_filled_in(tmp_path: Path) -> None:
    """The migration takes the officer over from the running assignment; ended ones do not count."""
    db = Database(f"sqlite:///{tmp_path}/old.db")
    config = Config()
    config.set_main_option("script_location", str(runner.HERE))
    with db.write_engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.commit()
    with db.transaction() as session:
        session.add_all([Officer(id=n, staff_no=f"W{n}", name=f"示例{n}") for n in (1, 2)])
        session.flush()
        for number in (1, 2):
            session.add(
                Enterprise(id=number, credit_code=f"X{number}", name="测试", kind="企业", updated_at=NOW)
            )
        session.flush()
        session.add(Assignment(enterprise_id=1, officer_id=1, since=NOW, until=NOW))
        session.add(Assignment(enterprise_id=1, officer_id=2, since=NOW))
        session.add(Assignment(enterprise_id=2, officer_id=1, since=NOW, until=NOW))
    runner.upgrade(db)
    with db.reading() as session:
        assert session.exec(select(Enterprise.officer_id).order_by(col(Enterprise.id))).all() == [2, None]
        assert serving.drift(session) == 0
    db.close()
