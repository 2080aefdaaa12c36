"""The list of whom somebody must look at, in a district too large to work it out while the page waits (A1, E1)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from app.directory import overview
from app.directory.models import CoverageRecord, Enterprise
from app.duties import keep_coverage

PATH = "/admin/areas/coverage"


@pytest.fixture
def large(office, monkeypatch):
    """The demo's district, as if it were large, with its report kept an hour ago."""
    monkeypatch.setattr(overview, "AT_ONCE", 10)
    keep_coverage(office.db, office.rules.profile, office.clock.now() - timedelta(hours=1))
    return office


def record(office) -> CoverageRecord | None:
    with office.db.reading() as session:
        return session.get(CoverageRecord, overview.ONLY)


def cards(page: str) -> str:
    """Everything below the heading."""
    return page[page.index('<section class="card"') :]


def serve(session: Session, name: str) -> None:
    row = session.exec(select(Enterprise).where(col(Enterprise.name).contains(name))).one()
    row.name = row.name.replace("测试", "改名")
    session.add(row)


def test_a_small_district_is_worked_out_at_once_and_nothing_is_kept(office):
    keep_coverage(office.db, office.rules.profile, office.clock.now())
    assert record(office) is None
    page = office.user("hub").get(PATH).text
    assert "没有服务人员 5 户" in page and "截至" not in page


def test_what_was_kept_is_shown_with_its_moment_and_equals_what_is(large):
    fresh = large.user("hub")
    kept = fresh.get(PATH).text
    assert re.search(r"截至 11月20日 09:3\d，后台每 10 分钟重算一次。", kept)
    with large.db.transaction() as session:
        overview.keep(session, None, large.clock.now())
    now = fresh.get(PATH).text
    assert cards(kept) == cards(now) and "测试57号" in now


def test_opening_it_does_not_read_the_directory(large):
    statements = []
    event.listen(large.db.read_engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    large.user("hub").get(PATH)
    assert statements and not [text for text in statements if "enterprise.address" in text]


def test_nobody_is_named_in_what_is_kept(large):
    """A corrected name is right at once, and what was erased is nowhere else."""
    found = record(large)
    assert "测试" not in str(found.content) and re.search(r"9[0-9A-Z]{17}", str(found.content))
    large.change(lambda session: serve(session, "测试57号"))
    page = large.user("hub").get(PATH).text
    assert "改名57号" in page and "测试57号" not in page


def test_an_enterprise_that_is_gone_is_left_out(large):
    with large.db.reading() as session:
        code = session.exec(
            select(Enterprise.credit_code).where(col(Enterprise.name).contains("测试57号"))
        ).one()
        names = overview.items(session, [overview.Listing(2, ((code, "甲"), ("91120221MISSING000", "乙")))])
    assert [[item.why for item in rows] for rows in names] == [["甲"]]


def test_what_an_earlier_version_kept_is_not_trusted(large):
    def forget_a_field(session: Session) -> None:
        row = session.get(CoverageRecord, overview.ONLY)
        row.content = {name: value for name, value in row.content.items() if name != "leaderless"}
        session.add(row)

    large.change(forget_a_field)
    page = large.user("hub").get(PATH).text
    assert "截至" not in page and "没有服务人员 5 户" in page


def test_the_worker_keeps_it_anew_and_drops_it_when_the_district_is_small_again(large, monkeypatch):
    before = record(large).made_at
    keep_coverage(large.db, large.rules.profile, large.clock.now())
    assert record(large).made_at > before
    monkeypatch.setattr(overview, "AT_ONCE", 10_000)
    keep_coverage(large.db, large.rules.profile, large.clock.now())
    assert record(large) is None


@pytest.mark.parametrize("user", ["leader", "department", "editor"])
def test_it_is_of_the_whole_district_and_so_only_for_those_who_see_it_all(large, user):
    large.user(user).get(PATH, status=403)
