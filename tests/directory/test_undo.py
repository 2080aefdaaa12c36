"""The last import can be taken back, unless somebody worked with its rows since (mission A4)."""

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.directory import assigning, correcting
from app.directory.binding import bind_contact
from app.directory.models import Area, Assignment, Enterprise, ImportRun, Officer
from app.directory.undoing import apply_undo, plan_undo
from app.districts.loader import load_profile
from app.errors import Conflict, NotFound

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "经营状态", "联系电话"]


@pytest.fixture
def ready(office, credit_code):
    """Three enterprises of 芦台街道, where W1 is the only officer."""
    office.settle()
    rows = [[credit_code(n), f"第{n}厂", "企业", "lt", "", "13900001111"] for n in (1, 2, 3)]
    office.take("enterprises", [HEAD, *rows])
    return office


def undo(office) -> None:
    with office.db.transaction() as session:
        apply_undo(session, plan_undo(session).run_id, actor="cli", now=office.now)


def everything(office) -> list[tuple[object, ...]]:
    with office.db.reading() as session:
        rows = session.exec(select(Enterprise).order_by(col(Enterprise.credit_code))).all()
        return [(row.credit_code, row.name, row.area_code, row.status, row.contact_phone) for row in rows]


def test_undo_restores_every_kind_of_change(ready, credit_code) -> None:
    before = everything(ready)
    ready.take(
        "enterprises",
        [
            HEAD,
            [credit_code(1), "改名厂", "企业", "", "", "13700000000"],
            [credit_code(2), "第2厂", "企业", "qb", "", ""],
            [credit_code(3), "第3厂", "企业", "", "注销", ""],
            [credit_code(9), "新厂", "企业", "lt", "", ""],
        ],
    )
    assert ready.served_by(3) == "" and ready.served_by(9) == "W1 片区"
    undo(ready)
    assert everything(ready) == before
    assert [ready.served_by(n) for n in (1, 2, 3)] == ["W1 片区"] * 3
    with ready.db.reading() as session:
        assert session.exec(select(AuditRow.action)).all()[-1] == "import_undo"
        assert session.exec(select(ImportRun)).all()[-1].undone_by == "cli"


def test_undo_twice_takes_back_the_one_before(ready, credit_code) -> None:
    """Reassigned by an undone import and back again is no reason to refuse the next undo."""
    ready.take("enterprises", [HEAD, [credit_code(1), "第1厂", "企业", "", "迁出", ""]])
    undo(ready)
    undo(ready)
    assert everything(ready) == []
    assert ready.count(Assignment) == 0


def test_full_list_undone_brings_the_absent_back(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, [credit_code(1), "第1厂", "企业", "", "", ""]], full=True)
    assert ready.enterprise(2).status == "注销"
    undo(ready)
    assert (ready.enterprise(2).status, ready.served_by(2)) == ("正常", "W1 片区")


def by_hand(ready, session, credit_code) -> None:
    correcting.change_enterprise(
        session,
        ready.enterprise(2).id,
        {"name": "手工改名厂"},
        layers=load_profile("ninghe").routing,
        reason="来函",
        actor_kind="user",
        actor="1",
        now=ready.now,
    )


def by_assigning(ready, session, credit_code) -> None:
    assigning.assign(
        session,
        ready.enterprise(2).id,
        ready.officer("W2").id,
        expected_officer_id=ready.officer("W1").id,
        reason="熟悉情况",
        actor_kind="user",
        actor="1",
        now=ready.now,
    )


def by_binding(ready, session, credit_code) -> None:
    bind_contact(session, "o1", ready.enterprise(2).id, ready.now)


def by_silent_write(ready, session, credit_code) -> None:
    row = session.exec(select(Officer).where(Officer.staff_no == "W1")).one()
    row.duty = "改过"
    session.add(row)


@pytest.mark.parametrize("touch", [by_hand, by_assigning, by_binding])
def test_undo_is_refused_and_names_the_row_touched_since(ready, credit_code, touch) -> None:
    before = everything(ready)
    with ready.db.transaction() as session:
        touch(ready, session, credit_code)
    with pytest.raises(Conflict) as refused, ready.db.transaction() as session:
        apply_undo(session, plan_undo(session).run_id, actor="cli", now=ready.now)
    assert "厂" in refused.value.message and "1 行" in refused.value.message
    assert len(everything(ready)) == len(before)


def test_small_rosters_are_undone_too(office) -> None:
    office.settle()
    office.take("officers", [["工号", "姓名", "职责"], ["W1", "王服务", "新职责"], ["W8", "新来的", ""]])
    undo(office)
    assert office.officer("W1").duty == "" and not office.officer("W8").is_active
    office.take("officers", [["工号", "姓名"], ["W8", "新来的"]])
    undo(office)
    assert not office.officer("W8").is_active, "it was switched off before"
    office.take("areas", [["编码", "名称", "类型"], ["lt", "芦台街道", "一级片区"]], full=True)
    undo(office)
    with office.db.reading() as session:
        assert all(session.exec(select(Area.is_active)).all())


def test_row_of_a_small_roster_changed_by_hand_stops_the_undo(office) -> None:
    office.settle()
    office.take("officers", [["工号", "姓名", "职责"], ["W1", "王服务", "新职责"]])
    with office.db.transaction() as session:
        by_silent_write(office, session, None)
    with pytest.raises(Conflict, match="王服务"), office.db.reading() as session:
        plan_undo(session)


def test_nothing_to_undo(office) -> None:
    with pytest.raises(NotFound), office.db.reading() as session:
        plan_undo(session)


def test_an_import_that_changed_nothing_is_passed_over(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, [credit_code(1), "第1厂", "企业", "lt", "", ""]])
    undo(ready)
    assert everything(ready) == []


def test_another_import_in_between_stops_the_undo(ready, credit_code) -> None:
    with ready.db.reading() as session:
        seen = plan_undo(session).run_id
    ready.take("enterprises", [HEAD, [credit_code(7), "第7厂", "企业", "lt", "", ""]])
    with pytest.raises(Conflict, match="又有一次导入"), ready.db.transaction() as session:
        apply_undo(session, seen, actor="cli", now=ready.now)
