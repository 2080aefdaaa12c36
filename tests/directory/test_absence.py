"""Away from one day to another: the stand-in serves, and all of it returns after (A3)."""

from datetime import date

import pytest

from app.directory import absence, lookup
from app.errors import AppError

START, END = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture
def ready(office, credit_code):
    office.settle()
    head = ["统一社会信用代码", "名称", "类型", "片区"]
    office.take("enterprises", [head, [credit_code(0), "第0厂", "企业", "lt"]])
    return office


def leave(office, staff_no: str, stand_in: str = "", start: date = START, until: date | None = END):
    with office.db.transaction() as session:
        return absence.set_absence(
            session,
            office.officer(staff_no).id,
            start=start,
            until=until,
            stand_in_id=office.officer(stand_in).id if stand_in else None,
            actor_kind="cli",
            actor="cli",
            now=office.now,
        )


def serving(office, day: date) -> str:
    with office.db.reading() as session:
        officer, _ = lookup.current_officer(session, office.enterprise(0).id, day)
        return officer.staff_no if officer else ""


def test_the_stand_in_serves_during_the_period_only(ready) -> None:
    leave(ready, "W1", "W2")
    days = [date(2026, 11, day) for day in (22, 23, 27, 28)]
    assert [serving(ready, day) for day in days] == ["W1", "W2", "W2", "W1"]
    with ready.db.reading() as session:
        listed = absence.absences(session, date(2026, 11, 20))
        assert [(row.staff_no, row.stand_in) for row in listed] == [("W1", "李服务")]
        assert absence.absences(session, date(2026, 11, 28)) == []


def test_back_earlier(ready) -> None:
    leave(ready, "W1", "W2")
    with ready.db.transaction() as session:
        absence.end_absence(session, ready.officer("W1").id, actor_kind="cli", actor="cli", now=ready.now)
    assert serving(ready, START) == "W1"


@pytest.mark.parametrize(
    ("staff_no", "stand_in", "start", "until", "words"),
    [
        ("W1", "", START, END, "还没有代理人"),
        ("W1", "W1", START, END, "不能是本人"),
        ("W1", "W3", START, END, "也不在岗"),
        ("W1", "W3", START, None, "也不在岗"),
        ("W1", "W2", END, START, "早于"),
        ("W1", "W2", date(2026, 11, 1), date(2026, 11, 2), "已经过去"),
    ],
)
def test_an_absence_without_anybody_there_is_refused(ready, staff_no, stand_in, start, until, words) -> None:
    leave(ready, "W3", "W2", start=date(2026, 11, 26), until=date(2026, 12, 1))
    with pytest.raises(AppError, match=words):
        leave(ready, staff_no, stand_in, start, until)


def test_stand_in_who_is_back_before_may_stand_in(ready) -> None:
    leave(ready, "W3", "W2", start=date(2026, 11, 20), until=date(2026, 11, 22))
    assert leave(ready, "W1", "W3").stand_in == "赵服务"
