"""An officer leaves: enterprises, tickets and duties go over in one action, and the binding ends."""

import pytest
from sqlmodel import col, select

from app.audit import AuditRow
from app.directory.models import Assignment, Officer
from app.errors import Conflict, NotFound
from app.tickets import transferring
from app.tickets.lifecycle import Action


def transfer(desk, cast, from_id: int = 1, to_id: int = 2, *, leaves: bool = True):
    with desk.database.transaction() as session:
        return transferring.transfer_officer(
            session, from_id, to_id, leaves=leaves, by=cast.hub, rules=desk.rules, now=desk.now
        )


def test_everything_goes_over_at_once(desk, cast) -> None:
    held, followed, closed = desk.open("一"), desk.open("二"), desk.open("三")
    desk.do(held, Action.ACCEPT, cast.wang)
    desk.do(followed, Action.SUMMON, cast.wang, target="住建委")
    desk.do(closed, Action.WITHDRAW, cast.boss)
    done = transfer(desk, cast)
    assert (done.enterprises, done.held, done.followed) == (1, 1, 2)
    now_held, now_followed = desk.ticket(held), desk.ticket(followed)
    assert (now_held.officer_id, now_held.first_responder_id) == (2, 2)
    assert (now_followed.department_id, now_followed.first_responder_id) == (1, 2), "the department keeps it"
    assert desk.ticket(closed).first_responder_id == 1, "history stays"
    assert "王服务移交" in " ".join(text for _, text in desk.pushed("o-liu"))
    assert "首问责任由王服务移交给您" in desk.last_push("o-liu")[1]
    assert "刘服务" in desk.last_push("o-boss")[1]
    with desk.database.reading() as session:
        wang = session.get(Officer, 1)
        running = session.exec(select(Assignment).where(col(Assignment.until).is_(None)))
        assert {row.enterprise_id: (row.officer_id, row.rule) for row in running}[1] == (2, "整体移交")
        assert (wang.is_active, wang.openid, wang.stand_in_id) == (False, None, None)
        (row,) = session.exec(select(AuditRow).where(col(AuditRow.action) == "officer.transfer"))
    assert row.detail == {"to": 2, "enterprises": 1, "tickets": 2, "leaves": True}


def test_who_changes_area_stays_bound(desk, cast) -> None:
    transfer(desk, cast, leaves=False)
    with desk.database.reading() as session:
        wang = session.get(Officer, 1)
    assert (wang.is_active, wang.openid) == (True, "o-wang")


def test_new_tickets_go_to_the_new_officer_and_no_stand_in_chain_leads_to_the_old_one(desk, cast) -> None:
    with desk.database.transaction() as session:
        liu = session.get(Officer, 2)
        liu.stand_in_id = 1
        session.add(liu)
    transfer(desk, cast)
    assert desk.open("新").officer_id == 2
    with desk.database.reading() as session:
        assert session.get(Officer, 2).stand_in_id is None


def test_refused_before_anything_is_written(desk, cast) -> None:
    desk.open()
    with desk.database.transaction() as session:
        liu = session.get(Officer, 2)
        liu.is_active = False
        session.add(liu)
    for to_id, error in ((1, Conflict), (2, Conflict), (99, NotFound)):
        with pytest.raises(error):
            transfer(desk, cast, 1, to_id)
    with desk.database.reading() as session:
        assert session.exec(select(Assignment).where(col(Assignment.until).is_not(None))).all() == []
