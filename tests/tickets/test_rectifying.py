"""The problem list (BH 2(3)2, C12): evidence, signature of the head of unit, spot checks, and no closing before."""

from dataclasses import replace
from datetime import date

import pytest

from app.errors import AppError, Conflict, Forbidden, NotFound
from app.tickets import problems, rectifying, spotchecks
from app.tickets.evidence import KeptFile, keep_file
from app.tickets.lifecycle import Action
from app.tickets.problems import ProblemStatus
from app.tickets.values import Incomplete

PHOTO = b"\xff\xd8\xff" + b"0" * 20


@pytest.fixture
def binhai(make_desk):
    return make_desk("binhai")


def call(desk, act, *words, by, **more):
    with desk.database.transaction() as session:
        return act(session, *words, by=by, rules=desk.rules, now=desk.now, **more)


def listed(desk, cast, title: str = "窗口一次性告知不到位", **more):
    values = {"department": "住建委", "owner_name": "孙科长"} | more
    return call(desk, rectifying.list_problem, title, by=cast.hub, **values)


def signed(desk, cast, title: str = "窗口一次性告知不到位", **more):
    item = listed(desk, cast, title, **more)
    call(desk, rectifying.add_evidence, item.id, note="已重排窗口", by=cast.li)
    call(desk, rectifying.submit, item.id, by=cast.li)
    return call(desk, rectifying.sign, item.id, head="钱主任", post="主任", by=cast.li)


def test_from_the_list_to_the_signature(binhai, cast) -> None:
    item = listed(binhai, cast)
    assert (item.status, item.due_on) == (ProblemStatus.OPEN, date(2026, 12, 4)), (
        "ten working days by the profile"
    )
    assert "【问题清单】第 1 项 已列入问题清单" in binhai.last_push("o-li")[1]
    with pytest.raises(Conflict, match="还没有整改佐证"):
        call(binhai, rectifying.submit, item.id, by=cast.li)
    photo = KeptFile("整改后.jpg", "ab.jpg", "image/jpeg", "c" * 64)
    call(binhai, rectifying.add_evidence, item.id, file=photo, by=cast.li)
    with pytest.raises(Conflict, match="整改中"):
        call(binhai, rectifying.sign, item.id, head="钱主任", post="主任", by=cast.li)
    call(binhai, rectifying.submit, item.id, by=cast.li)
    with pytest.raises(Conflict, match="主要负责同志，不能是责任人"):
        call(binhai, rectifying.sign, item.id, head="孙科长", post="科长", by=cast.li)
    with pytest.raises(Incomplete, match="姓名和职务"):
        call(binhai, rectifying.sign, item.id, head="钱主任", post="", by=cast.li)
    done = call(binhai, rectifying.sign, item.id, head="钱主任", post="主任", by=cast.li)
    assert (done.status, done.signed_by) == (ProblemStatus.SIGNED, "钱主任")
    with binhai.database.reading() as session:
        kinds = [event.kind for event in problems.history(session, item.id)]
        assert kinds == ["listed", "evidence", "submitted", "signed"]
        assert [row.name for row in problems.evidence_of(session, item.id)] == ["整改后.jpg"]


def test_a_ticket_on_the_list_is_not_settled_before_the_signature(binhai, cast) -> None:
    """部门主要负责同志签字后报区营商环境办: 办结 waits for it, and so does everything that follows 办结."""
    ticket = binhai.open()
    item = listed(binhai, cast, ticket_number=ticket.number)
    with pytest.raises(Conflict, match="第 1 项整改中，主要负责同志签字后才能办结"):
        binhai.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    call(binhai, rectifying.add_evidence, item.id, note="已整改", by=cast.li)
    call(binhai, rectifying.submit, item.id, by=cast.li)
    with pytest.raises(Conflict, match="待签字"):
        binhai.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    call(binhai, rectifying.sign, item.id, head="钱主任", post="主任", by=cast.li)
    assert binhai.do(ticket, Action.RESOLVE, cast.wang, note="好了").status == "resolved"


def test_categories_of_the_profile_must_be_listed_first(binhai, cast) -> None:
    ticket = binhai.open(category="营商环境问题")
    with pytest.raises(Conflict, match="要列入问题清单"):
        binhai.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    assert binhai.do(ticket, Action.WITHDRAW, cast.boss).status == "withdrawn", (
        "never held against the enterprise"
    )
    assert (
        binhai.do(binhai.open(category="业务咨询"), Action.RESOLVE, cast.wang, note="好了").status
        == "resolved"
    )


def test_rungs_of_the_profile_must_be_listed_first(binhai, cast) -> None:
    """A profile may name rungs, too."""
    rule = replace(binhai.rules.profile.rectification, steps=("circular",))
    binhai.rules = replace(binhai.rules, profile=replace(binhai.rules.profile, rectification=rule))
    ticket = binhai.open()
    binhai.do(ticket, Action.RAISE, cast.hub, note="x", target="circular")
    with pytest.raises(Conflict, match="要列入问题清单"):
        binhai.do(ticket, Action.RESOLVE, cast.hub, note="好了")


def test_other_districts_keep_no_list(desk, cast) -> None:
    with pytest.raises(Conflict, match="本区没有启用问题清单"):
        listed(desk, cast)
    ticket = desk.open(category="营商环境问题")
    assert desk.do(ticket, Action.RESOLVE, cast.wang, note="好了").status == "resolved"


def test_only_the_own_department_and_only_the_hub_lists(binhai, cast) -> None:
    item = listed(binhai, cast)
    for actor in (cast.zhou, cast.wang, cast.boss):
        with pytest.raises(Forbidden):
            call(binhai, rectifying.add_evidence, item.id, note="x", by=actor)
    with pytest.raises(Forbidden, match="由中枢办理"):
        call(binhai, rectifying.list_problem, "x", department="住建委", owner_name="孙", by=cast.li)
    with pytest.raises(Forbidden, match="由中枢办理"):
        call(binhai, rectifying.send_back, item.id, "x", by=cast.li)


def test_a_wrong_listing_is_refused_with_what_to_do(binhai, cast) -> None:
    ticket = binhai.open()
    binhai.do(ticket, Action.RESOLVE, cast.wang, note="好了")
    for words, more in (
        ("没有「文旅局」", {"department": "文旅局"}),
        ("责任人", {"owner_name": " "}),
        ("工作日", {"due_on": date(2026, 11, 21)}),
        ("已经办结", {"ticket_number": ticket.number}),
        ("没有 20260101-0009", {"ticket_number": "20260101-0009"}),
    ):
        with pytest.raises(AppError, match=words):
            listed(binhai, cast, **more)
    with pytest.raises(NotFound, match="第 9 项"):
        call(binhai, rectifying.submit, 9, by=cast.li)


def test_sent_back_needs_new_evidence(binhai, cast) -> None:
    item = signed(binhai, cast)
    back = call(binhai, rectifying.send_back, item.id, "照片看不清", by=cast.hub)
    assert (back.status, back.signed_by) == (ProblemStatus.OPEN, "")
    assert "退回整改：照片看不清" in binhai.last_push("o-li")[1]
    with pytest.raises(Conflict, match="还没有整改佐证"):
        call(binhai, rectifying.submit, item.id, by=cast.li)


def test_a_spot_check_can_be_drawn_again_and_settles(binhai, cast) -> None:
    """A fifth of what is signed, by seed; passed is off the list, failed goes back and is marked for referral."""
    items = [signed(binhai, cast, f"问题{n}") for n in range(10)]
    listed(binhai, cast, "还没整改的")
    check = call(binhai, spotchecks.draw_spot_check, "11月抽查", seed=7, by=cast.hub)
    assert (check.drawn_from, check.size) == (10, 2)
    again = call(binhai, spotchecks.draw_spot_check, "复查", seed=7, by=cast.hub)
    with binhai.database.reading() as session:
        rows = [(row.id, item.id) for row, item in spotchecks.drawn(session, check)]
        assert [item.id for _, item in spotchecks.drawn(session, again)] == [item for _, item in rows]
    (good, first), (bad, second) = rows
    assert {first, second} < {item.id for item in items}
    call(binhai, spotchecks.record_check, good, "passed", "现场看过", by=cast.hub)
    with pytest.raises(Conflict, match="已由中枢值班查过：合格"):
        call(binhai, spotchecks.record_check, good, "failed", "x", by=cast.hub)
    with pytest.raises(Incomplete, match="哪里没有整改到位"):
        call(binhai, spotchecks.record_check, bad, "failed", " ", by=cast.hub)
    call(binhai, spotchecks.record_check, bad, "failed", "材料仍要交两遍", by=cast.hub)
    with binhai.database.reading() as session:
        assert problems.find(session, first).status == ProblemStatus.VERIFIED
        failed = problems.find(session, second)
        assert (failed.status, failed.failed_checks) == (ProblemStatus.OPEN, 1)
        assert "移送区纪委监委" in problems.history(session, second)[-1].note
    with pytest.raises(Conflict, match="已有名为"):
        call(binhai, spotchecks.draw_spot_check, "复查", seed=8, by=cast.hub)


def test_one_of_two_who_sign_at_once_is_told(binhai, cast) -> None:
    """Compare-and-set: the second sees who did what."""
    item = listed(binhai, cast)
    call(binhai, rectifying.add_evidence, item.id, note="已整改", by=cast.li)
    with binhai.database.transaction() as session:
        stale = problems.find(session, item.id)
        session.expunge(stale)
    call(binhai, rectifying.submit, item.id, by=cast.li)
    with binhai.database.transaction() as session, pytest.raises(Conflict, match=r"李专员 .* 报请签字"):
        mine = session.merge(stale, load=False)
        problems.move(session, mine, frozenset({ProblemStatus.OPEN}), ProblemStatus.SUBMITTED)


def test_the_department_is_reminded_on_the_day_and_once_after(binhai, cast) -> None:
    item = listed(binhai, cast)

    def remind(moment: str) -> int:
        binhai.at(moment)
        with binhai.database.transaction() as session:
            return rectifying.remind_due(session, binhai.rules, binhai.now)

    assert remind("2026-12-03 10:00") == 0
    assert remind("2026-12-04 08:00") == remind("2026-12-04 10:00") == remind("2026-12-04 15:00") == 0
    assert remind("2026-12-07 10:00") == remind("2026-12-08 10:00") == 1
    texts = [text for _, text in binhai.pushed("o-li")]
    assert [("今天是整改时限" in text, "已超期" in text) for text in texts[1:]] == [
        (True, False),
        (False, True),
    ]
    assert item.id == 1


def test_files_are_judged_by_their_bytes(tmp_path) -> None:
    kept = keep_file(tmp_path, "../整改\n后.jpg", PHOTO)
    assert kept.name == "整改后.jpg"
    stored = tmp_path / "uploads" / kept.path
    assert (stored.read_bytes(), stored.stat().st_mode & 0o777) == (PHOTO, 0o600)
    assert keep_file(tmp_path, "说明.docx", b"PK\x03\x04rest").path.endswith(".docx")
    for name, content in (
        ("a.jpg", b""),
        ("a.jpg", b"<html>"),
        ("a.exe", b"PK\x03\x04"),
        ("a.jpg", b"x" * 21_000_000),
    ):
        with pytest.raises(Incomplete):
            keep_file(tmp_path, name, content)
