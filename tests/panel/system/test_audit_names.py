"""The audit trail says who and what its numbers are, to those who may know (E3, reliability §4.2 case 14)."""

import csv
import io

import pytest

from app.audit import record
from app.clock import real_now
from app.panel.audit_names import reference
from app.panel.roles import CASE_READERS, OVERSEERS, Role, may_open


def test_the_trail_names_people_and_departments_and_keeps_numbers_of_whom_nobody_knows(office):
    """On screen and in the file: 王服务 rather than 6; the rows themselves are not touched, nor the chain of them."""
    officer, enterprise = office.officer("NH0001"), office.enterprise(3)
    with office.db.transaction() as session:
        for detail in (
            {"before": {"officer": officer.id}, "after": {"officer": 999_999}},
            {"from": officer.id},
        ):
            record(
                session, at=real_now(), actor_kind="user", actor="hub", action="directory.assign",
                target=f"enterprise:{enterprise.id}", detail=detail,
            )  # fmt: skip
    auditor = office.user("auditor")
    assert "directory.assign" in auditor.page("/admin/audit?actor=中枢值班")
    assert "没有符合条件" in auditor.page("/admin/audit?actor=某某")
    page = auditor.page("/admin/audit?action=directory.assign")
    assert f"服务人员={officer.name}（{officer.staff_no}）" in page
    assert "服务人员=999999" in page
    assert f"企业 {enterprise.name}" in page
    answer = auditor.post("/admin/audit/export", 200, action="directory.assign")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["对象"] for row in rows] == [f"enterprise:{enterprise.id}"] * 2
    assert rows[0]["对什么"] == f"企业 {enterprise.name}"
    assert rows[1]["详情"] == f"从 {officer.name}（{officer.staff_no}）"
    assert f'"from": {officer.id}' in rows[1]["细节"]


def test_whoever_reads_the_trail_may_open_the_files_it_names():
    """So no name has to be hidden there: an administrator whose duties are apart does not open the trail at all."""
    assert OVERSEERS <= CASE_READERS
    assert not may_open(Role.ADMIN, OVERSEERS, "/admin/audit", separates_duties=True)


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("officer", 6, ("officer", "6")), ("officer", "S6", ("staff", "S6")), ("to", 6, ("officer", "6")),
        ("from", "2026-11-20", None), ("department", 2, ("department", "2")), ("area", "NH01", ("area", "NH01")),
        ("target", "officer:6", ("officer", "6")), ("target", "x:6", None), ("days", 6, None), ("officer", None, None), ("leaves", True, None), ("to", True, None),
    ],
)  # fmt: skip
def test_a_number_is_a_person_only_where_one_is_meant(key, value, meant):
    assert reference(key, value) == meant
