"""并案: the same matter came twice; one ticket survives, the other's person follows it and rates for himself.

`perform(…, Action.MERGE, target=number of the surviving ticket)`. The merged ticket is filed with
`duplicate_of_id`; whatever the survivor's enterprise is told, its person is told too, under his own number.
"""

from sqlalchemy import update
from sqlmodel import Session, col

from app.errors import Conflict, NotFound
from app.tickets import repository
from app.tickets.changes import Case, Change
from app.tickets.events import write_event
from app.tickets.lifecycle import LIVE, Action, Status
from app.tickets.models import Ticket

MERGED = "merged"
PASSED_ON = frozenset({Action.SUPPLEMENT, Action.URGE})


def survivor_of(session: Session, ticket: Ticket) -> Ticket | None:
    """The ticket that this one was merged into."""
    if ticket.duplicate_of_id is None:
        return None
    return session.get(Ticket, ticket.duplicate_of_id, populate_existing=True)


def ticket_to_act_on(session: Session, ticket: Ticket, action: Action) -> Ticket:
    """What the person of a merged ticket adds or urges belongs to the survivor while that is not filed."""
    survivor = survivor_of(session, ticket)
    if survivor is None or action not in PASSED_ON:
        return ticket
    return survivor if survivor.status in LIVE or survivor.status == Status.RESOLVED else ticket


def refuse_early_rating(case: Case) -> None:
    """A merged ticket is rated once its survivor has a result."""
    survivor = survivor_of(case.session, case.ticket)
    if survivor is not None and survivor.status in LIVE:
        raise Conflict(f"{case.ticket.number[-4:]} 还在办理，办结后再评价")


def merge(case: Case) -> Change:
    """并案: filed here, followed there."""
    survivor = _named(case)
    change = Change(
        values={
            "closed_at": case.now,
            "supervised_at": None,
            "duplicate_of_id": survivor.id,
            "result_kind": MERGED,
            "result": f"与 {survivor.number} 是同一件事，并案办理",
        },
        data={"into": survivor.number},
    )
    change.then.append(lambda: _tell_survivor(case, survivor))
    return change


def _tell_survivor(case: Case, survivor: Ticket) -> None:
    """Earlier duplicates of the merged ticket follow the survivor too; its timeline says what joined it."""
    case.session.connection().execute(
        update(Ticket)
        .where(col(Ticket.duplicate_of_id) == case.ticket_id)
        .values(duplicate_of_id=survivor.id)
    )
    data = {"from": case.ticket.number}
    write_event(case.session, survivor, "joined", case.actor, case.now, is_public=False, data=data)


def _named(case: Case) -> Ticket:
    survivor = repository.by_number(case.session, case.target)
    if survivor is None:
        raise NotFound("没有要并入的那张单子，请写完整单号", field="survivor")
    if survivor.id == case.ticket.id:
        raise Conflict("不能并入自己", field="survivor")
    if survivor.duplicate_of_id is not None:
        raise Conflict(f"{survivor.number} 自己已经并案，请并入它所并入的那张", field="survivor")
    if survivor.status not in LIVE:
        raise Conflict(f"{survivor.number} 已经办结，不能并入", field="survivor")
    return survivor
