"""An officer leaves or changes area: enterprises and stand-ins go to another one, the binding ends.

Only the directory's part: `app.tickets.transferring` also moves the tickets and is what callers use.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.directory import changes, enterprises
from app.directory.changes import Author
from app.directory.locking import lock_directory
from app.directory.models import Assignment, Enterprise, Invitation, Officer
from app.directory.placing import Held, Placement
from app.errors import Conflict, NotFound

RULE = "整体移交"


def two_officers(session: Session, from_id: int, to_id: int) -> tuple[Officer, Officer]:
    """Who gives and who takes; NotFound, or Conflict where the second cannot take."""
    leaving, taking = session.get(Officer, from_id), session.get(Officer, to_id)
    if leaving is None or taking is None:
        raise NotFound("没有这位服务人员")
    if leaving.id == taking.id:
        raise Conflict("不能移交给自己", field="target")
    if not taking.is_active:
        raise Conflict(f"{taking.name}已离岗，请移交给在岗的人", field="target")
    return leaving, taking


def hand_over_enterprises(session: Session, leaving: Officer, taking: Officer, by: Author) -> int:
    """Every enterprise of the one is served by the other from now on; how many."""
    lock_directory(session)
    statement = (
        select(Assignment, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Assignment.enterprise_id))
        .where(col(Assignment.officer_id) == leaving.id, col(Assignment.until).is_(None))
    )
    running = session.exec(statement.execution_options(populate_existing=True)).all()
    given = {
        held.enterprise_id: Placement(
            Held(held.id or 0, held.officer_id, held.rule),
            taking.id,
            RULE,
            why_ended=f"移交给{taking.name}",
        )
        for held, _ in running
    }
    enterprises.place(session, given, by.at)
    changes.write(session, [_line(by, enterprise, leaving, taking) for _, enterprise in running])
    return len(running)


def _line(by: Author, enterprise: Enterprise, leaving: Officer, taking: Officer) -> dict[str, Any]:
    area = enterprise.area_code or ""
    return changes.line(
        by,
        changes.ENTERPRISES,
        enterprise.credit_code,
        enterprise.name,
        changes.ASSIGNED,
        before={"officer": leaving.staff_no},
        after={"officer": taking.staff_no},
        area=area,
        from_area=area,
    )


def retire(session: Session, leaving: Officer, taking: Officer, now: datetime) -> None:
    """Nobody can act or be told as this officer any more: unbound, codes void, no stand-in for anybody."""
    officers = session.connection()
    officers.execute(
        update(Officer)
        .where(col(Officer.stand_in_id) == leaving.id, col(Officer.id) != taking.id)
        .values(stand_in_id=taking.id)
    )
    officers.execute(
        update(Officer)
        .where(col(Officer.stand_in_id) == leaving.id, col(Officer.id) == taking.id)
        .values(stand_in_id=None)
    )
    officers.execute(
        update(Invitation)
        .where(col(Invitation.officer_id) == leaving.id, col(Invitation.used_at).is_(None))
        .values(used_at=now)
    )
    leaving.is_active, leaving.openid, leaving.bound_at, leaving.stand_in_id = False, None, None, None
    session.add(leaving)
    session.flush()
