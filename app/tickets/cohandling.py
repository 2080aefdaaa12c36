"""协办: departments that work on a ticket beside its holder (DL 二(四)3, C3)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from app.directory.models import Coordinator, Department
from app.districts.profile import HolderKind
from app.errors import Conflict
from app.tickets.changes import Case, Change
from app.tickets.finding import find_department
from app.tickets.models import CoHandler, Ticket

# Built once: every look at a ticket asks it.
_DEPARTMENTS = (
    select(Department)
    .join(CoHandler, col(CoHandler.department_id) == col(Department.id))
    .where(col(CoHandler.ticket_id) == bindparam("ticket_id"), col(CoHandler.until).is_(None))
    .order_by(col(CoHandler.id))
)
_NAMES = _DEPARTMENTS.with_only_columns(col(Department.name))


def department_ids(session: Session, ticket_id: int) -> set[int]:
    """Departments that work on it now, the holder not among them."""
    statement = select(CoHandler.department_id).where(
        col(CoHandler.ticket_id) == ticket_id, col(CoHandler.until).is_(None)
    )
    return set(session.exec(statement))


def departments(session: Session, ticket_id: int) -> list[Department]:
    """The same as rows, for people to read."""
    return list(session.scalars(_DEPARTMENTS, {"ticket_id": ticket_id}))


def names(session: Session, ticket_id: int) -> str:
    """Their names as a sentence has them, "" while nobody helps."""
    return "、".join(session.connection().execute(_NAMES, {"ticket_id": ticket_id}).scalars())


def openids(session: Session, ticket: Ticket) -> set[str]:
    """Whom a message to the co-handlers reaches."""
    ids = department_ids(session, ticket.id) if ticket.id is not None else set()
    if not ids:
        return set()
    statement = select(Coordinator.openid).where(
        col(Coordinator.department_id).in_(ids), col(Coordinator.is_active)
    )
    return {openid for openid in session.exec(statement) if openid}


def join(session: Session, ticket_id: int, ids: Collection[int], now: datetime) -> None:
    """Let these departments work on it, each once."""
    for department_id in sorted(set(ids) - department_ids(session, ticket_id)):
        session.add(CoHandler(ticket_id=ticket_id, department_id=department_id, since=now))
    session.flush()


def engage(case: Case) -> Change:
    """协办 <部门>: another department works on it too; the holder stays."""
    department = find_department(case)
    if case.ticket.holder_kind == HolderKind.DEPARTMENT and case.ticket.department_id == department.id:
        raise Conflict(f"现在就由{department.name}主办", field="department")
    if department.id in department_ids(case.session, case.ticket_id):
        raise Conflict(f"{department.name}已经在协办", field="department")
    change = Change(data={"department_id": department.id})
    change.then.append(lambda: join(case.session, case.ticket_id, [department.id or 0], case.now))
    return change


def leave(case: Case) -> Change:
    """退回 by a co-handler: not its business; holder and ticket stay as they are."""
    case.needed_note("退回 {} 不属本单位职责")
    coordinator = case.session.get(Coordinator, int(case.actor.id))
    department_id = coordinator.department_id if coordinator else None
    change = Change(data={"department_id": department_id})
    change.then.append(lambda: end(case.session, case.ticket_id, department_id, case.now))
    return change


def end(session: Session, ticket_id: int, department_id: int | None, now: datetime) -> None:
    """This department no longer works beside the holder."""
    session.connection().execute(
        update(CoHandler)
        .where(
            col(CoHandler.ticket_id) == ticket_id,
            col(CoHandler.department_id) == department_id,
            col(CoHandler.until).is_(None),
        )
        .values(until=now)
    )
