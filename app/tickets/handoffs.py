"""Requests handed out to other systems (C16): outside number kept, result brought back, open here meanwhile.

`perform(…, Action.HAND_OFF, target=destination, note=why, details={"outside_number": …})`;
`perform(…, Action.HAND_BACK, note=result, details={"handoff_id": …})`, the id only where several are out.
"""

from sqlmodel import Session, col, select

from app.errors import Conflict, NotFound
from app.tickets.changes import Case, Change
from app.tickets.models import Handoff
from app.tickets.values import Incomplete

NUMBER_LENGTH = 64


def handoffs_of(session: Session, ticket_id: int) -> list[Handoff]:
    """Every time the ticket was handed out, oldest first."""
    statement = select(Handoff).where(col(Handoff.ticket_id) == ticket_id)
    return list(session.exec(statement.order_by(col(Handoff.id))))


def out_now(session: Session, ticket_id: int) -> list[Handoff]:
    """Those whose result has not come back."""
    return [row for row in handoffs_of(session, ticket_id) if row.returned_at is None]


def refuse_while_out(case: Case) -> None:
    """A ticket is not settled here while somebody else still works on it."""
    out = out_now(case.session, case.ticket_id)
    if out:
        names = "、".join(row.destination for row in out)
        raise Conflict(f"已转{names}办理，结果还没有回来；先登记转出结果再办结")


def hand_off(case: Case) -> Change:
    """转出: another system works on it; the holder keeps it open and follows."""
    known = case.rules.profile.handoffs.destinations
    if case.target not in known:
        raise Incomplete(f"请选择转到哪里：{'、'.join(known)}", field="destination")
    if any(row.destination == case.target for row in out_now(case.session, case.ticket_id)):
        raise Conflict(f"已经转到{case.target}，等结果回来", field="destination")
    row = Handoff(
        ticket_id=case.ticket_id,
        destination=case.target,
        outside_number=str(case.details.get("outside_number", ""))[:NUMBER_LENGTH],
        note=case.note[:1000],
        sent_at=case.now,
        sent_by=case.actor.name,
    )
    change = Change(
        values={"accepted_at": case.ticket.accepted_at or case.now},
        data={"destination": row.destination, "outside_number": row.outside_number},
    )
    change.then.append(lambda: case.session.add(row))
    return change


def hand_back(case: Case) -> Change:
    """转出回办: what the other system found; whoever holds the ticket goes on from there."""
    result = case.needed_note("转出回办 {} 12345 已协调供电公司增容")
    row = _meant(case)
    change = Change(data={"destination": row.destination, "outside_number": row.outside_number})

    def settle() -> None:
        row.returned_at, row.returned_by, row.result = case.now, case.actor.name, result
        case.session.add(row)
        case.session.flush()

    change.then.append(settle)
    return change


def _meant(case: Case) -> Handoff:
    out = out_now(case.session, case.ticket_id)
    wanted = case.details.get("handoff_id")
    named = [row for row in out if case.target and row.destination == case.target]
    meant = [row for row in named or out if wanted is None or row.id == wanted]
    if not meant:
        raise NotFound("没有还在外面办理的转出")
    if len(meant) > 1:
        raise Incomplete(
            f"转出了不止一处，请指明是哪一处：{'、'.join(row.destination for row in meant)}",
            field="handoff_id",
        )
    return meant[0]
