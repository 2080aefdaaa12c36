"""One officer per enterprise, whoever is faster; the other is told (A3)."""

import threading

import pytest
from sqlmodel import col, select

from app.directory import assigning, handover
from app.directory.changes import Author
from app.directory.importing import apply_import, plan_import
from app.directory.models import Assignment, DirectoryChange, Enterprise, Officer
from app.directory.sheets import read_sheet
from app.districts.loader import load_profile
from app.errors import AppError, Conflict

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "为企服务人员"]
LAYERS = load_profile("ninghe").routing


@pytest.fixture
def ready(office, credit_code):
    office.settle()
    office.take("enterprises", [HEAD, *([credit_code(n), f"第{n}厂", "企业", "lt", ""] for n in range(5))])
    return office


def assign(office, session, number: int, to: str, seen: str, reason: str = "熟悉情况"):
    return assigning.assign(
        session,
        office.enterprise(number).id,
        office.officer(to).id,
        expected_officer_id=office.officer(seen).id if seen else None,
        reason=reason,
        actor_kind="user",
        actor="1",
        now=office.now,
    )


def test_a_person_assigns_with_a_reason(ready) -> None:
    with ready.db.transaction() as session:
        assign(ready, session, 0, "W2", "W1")
    assert ready.served_by(0) == "W2 人工指定"
    with ready.db.reading() as session:
        last = session.exec(select(DirectoryChange)).all()[-1]
        row = session.exec(select(Assignment).where(col(Assignment.rule) == "人工指定")).one()
    assert (last.before, last.after, last.reason) == ({"officer": "W1"}, {"officer": "W2"}, "熟悉情况")
    assert row.reason == "熟悉情况"


@pytest.mark.parametrize(
    ("to", "seen", "reason", "words"),
    [
        ("W2", "W3", "x", "现在由王服务服务"),
        ("W2", "", "x", "现在由王服务服务"),
        ("W1", "W1", "x", "本来就由"),
        ("W2", "W1", "  ", "原因"),
    ],
)
def test_assigning_is_refused_with_what_happened(ready, to, seen, reason, words) -> None:
    with pytest.raises(AppError, match=words), ready.db.transaction() as session:
        assign(ready, session, 0, to, seen, reason)
    assert ready.served_by(0) == "W1 片区"


def test_import_after_a_transfer_is_told(ready, credit_code) -> None:
    """The difference was looked at, then everything of W1 went to W3: nothing is written, the rows are named."""
    path = ready.file([HEAD, [credit_code(0), "第0厂", "企业", "lt", "W2"]])
    with ready.db.reading() as session:
        plan = plan_import(session, "enterprises", read_sheet(path))
    with ready.db.transaction() as session:
        leaving, taking = handover.two_officers(session, ready.officer("W1").id, ready.officer("W3").id)
        moved = handover.hand_over_enterprises(session, leaving, taking, Author("user:1", ready.now))
    assert moved == 5
    with pytest.raises(Conflict, match="第0厂"), ready.db.transaction() as session:
        apply_import(session, "enterprises", plan, layers=LAYERS, actor="cli", source="f.csv", now=ready.now)
    assert ready.served_by(0) == "W3 整体移交"


def test_import_and_assignments_at_the_same_moment(ready, credit_code) -> None:
    """Threads on SQLite: all saw W1 in charge; one wins, the others are told, one assignment is open."""
    path = ready.file([HEAD, [credit_code(0), "第0厂", "企业", "lt", "W2"]])
    with ready.db.reading() as session:
        plan = plan_import(session, "enterprises", read_sheet(path))
    number, seen, to = ready.enterprise(0).id, ready.officer("W1").id, ready.officer("W3").id
    start, told, won = threading.Barrier(4), [], []

    def importing() -> None:
        with ready.db.transaction() as session:
            apply_import(
                session, "enterprises", plan, layers=LAYERS, actor="cli", source="f.csv", now=ready.now
            )

    def assigning_one() -> None:
        with ready.db.transaction() as session:
            assigning.assign(
                session,
                number,
                to,
                expected_officer_id=seen,
                reason="熟悉",
                actor_kind="user",
                actor="1",
                now=ready.now,
            )

    def attempt(act) -> None:
        start.wait()
        try:
            act()
            won.append(act.__name__)
        except Conflict as conflict:
            told.append(conflict.message)

    threads = [
        threading.Thread(target=attempt, args=(act,))
        for act in (importing, assigning_one, assigning_one, assigning_one)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(told) == 3, (won, told)
    with ready.db.reading() as session:
        rows = session.exec(
            select(Officer.staff_no)
            .join(Assignment, col(Assignment.officer_id) == col(Officer.id))
            .join(Enterprise, col(Enterprise.id) == col(Assignment.enterprise_id))
            .where(col(Enterprise.id) == number, col(Assignment.until).is_(None))
        ).all()
    assert rows == (["W2"] if won == ["importing"] else ["W3"])
