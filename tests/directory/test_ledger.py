"""增减台账 per area and month (A4), operating status with history (A5): import and panel write the same lines."""

from datetime import UTC, datetime

import pytest

from app.directory import changes, correcting
from app.directory.undoing import apply_undo, plan_undo
from app.districts.loader import load_profile
from app.errors import AppError

HEAD = ["统一社会信用代码", "名称", "类型", "片区", "经营状态"]
LAYERS = load_profile("ninghe").routing


@pytest.fixture
def ready(office, credit_code):
    """October: four enterprises in 芦台街道."""
    office.settle()
    office.now = datetime(2026, 10, 31, 15, 30, tzinfo=UTC)
    office.take("enterprises", [HEAD, *([credit_code(n), f"第{n}厂", "企业", "lt", ""] for n in range(4))])
    office.now = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    return office


def book(office, month: str, area: str | None = None) -> dict[str, int]:
    with office.db.reading() as session:
        codes = changes.subtree(session, area) if area else None
        return changes.counts(changes.ledger(session, *changes.month_bounds(month), codes))


def correct(office, number: int, **values: str):
    with office.db.transaction() as session:
        return correcting.change_enterprise(
            session,
            office.enterprise(number).id,
            values,
            layers=LAYERS,
            reason="企业来函",
            actor_kind="user",
            actor="1",
            now=office.now,
        )


def test_months_end_at_midnight_in_china(ready) -> None:
    """31 October 15:30 UTC is still October there, 16:30 UTC is November."""
    correct(ready, 0, name="改名厂")
    assert book(ready, "2026-10") == {"新增": 4}
    assert book(ready, "2026-11") == {"变更": 1}


def test_a_move_is_out_here_and_in_there(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, [credit_code(0), "第0厂", "企业", "qb", ""]])
    correct(ready, 1, status="注销")
    correct(ready, 2, area_code="qb")
    assert book(ready, "2026-11", "芦台街道") == {"迁出": 2, "注销": 1}
    assert book(ready, "2026-11", "qb") == {"迁入": 2}
    assert book(ready, "2026-11") == {"迁移": 2, "注销": 1}


def test_undone_import_leaves_no_line(ready, credit_code) -> None:
    ready.take("enterprises", [HEAD, [credit_code(0), "第0厂", "企业", "", "注销"]])
    with ready.db.transaction() as session:
        apply_undo(session, plan_undo(session).run_id, actor="cli", now=ready.now)
    assert book(ready, "2026-11") == {}


def test_status_history_is_whole(ready, credit_code) -> None:
    """A5: 正常 → 停业 → 注销 → back, by list and by hand, each with who and why."""
    ready.take("enterprises", [HEAD, [credit_code(0), "第0厂", "企业", "", "停业"]])
    correct(ready, 0, status="注销")
    assert ready.served_by(0) == ""
    plan = ready.take("enterprises", [HEAD, [credit_code(0), "第0厂", "企业", "", "存续"]])
    assert plan.counts()["reactivated"] == 1
    assert ready.served_by(0) == "W1 片区", "who comes back is assigned again"
    with ready.db.reading() as session:
        rows = changes.status_history(session, credit_code(0))
    assert [row.after["status"] for row in rows] == ["正常", "停业", "注销", "正常"]
    assert (rows[2].actor, rows[2].reason) == ("1", "企业来函")


def test_correcting_by_hand_checks_like_a_roster(ready) -> None:
    for values in (
        {"status": "失踪"},
        {"contact_phone": "不详"},
        {"name": ""},
        {"area_code": "xx"},
        {"id": "1"},
    ):
        with pytest.raises(AppError):
            correct(ready, 0, **values)
    assert correct(ready, 0, name="第0厂") is None


def test_correcting_the_place_assigns_again(ready) -> None:
    ready.take("officers", [["工号", "姓名", "片区", "网格"], ["W4", "钱服务", "qb", "三网格"]])
    correct(ready, 0, area_code="qb", grid="三网格")
    assert ready.served_by(0) == "W4 片区"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "今年", "2026-11-01"])
def test_wrong_month_says_how(month: str) -> None:
    with pytest.raises(AppError, match="2026-11"):
        changes.month_bounds(month)


def test_unknown_area_is_named(office) -> None:
    with office.db.reading() as session, pytest.raises(AppError, match="没有片区"):
        changes.subtree(session, "天上")
