"""转出跟踪 (C16): what is with another system, when it was last chased, and the result brought back."""

from sqlmodel import col, select
from starlette.responses import Response

from app.errors import AppError, NotFound
from app.panel import ticket_actions
from app.panel.calls import Call, whole_number
from app.panel.roles import DISPATCHERS
from app.tickets import chasing, service
from app.tickets.lifecycle import Action
from app.tickets.models import Handoff, Ticket
from app.tickets.values import Incomplete

PATH = "/admin/handoffs"
SHOWN_BACK = 20


def show(call: Call) -> Response:
    """What is out, the longest first, and what came back lately."""
    return _page(call)


def chase(call: Call) -> Response:
    """催办: somebody asked there; what was said is kept and the clock starts anew."""
    row = chasing.note_chased(
        call.session,
        _row(call).id or 0,
        ticket_actions.actor_of(call.user),
        note=call.form.text("note"),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.detail = {"destination": row.destination, "count": row.chased_count}
    return call.go(PATH, done="chased")


def bring_back(call: Call) -> Response:
    """转出回办: the result of the other system; the request goes on here."""
    row = _row(call)
    if not call.form.text("result"):
        raise Incomplete("请写那边办的结果", field="result")
    service.perform(
        call.session,
        row.ticket_id,
        Action.HAND_BACK,
        ticket_actions.actor_of(call.user),
        note=call.form.text("result"),
        details={"handoff_id": row.id},
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.detail = {"destination": row.destination}
    return call.go(PATH, done="hand_back")


def refuse(call: Call, error: AppError) -> Response:
    """The page again with the reason and what was typed."""
    return _page(call, fault=error.message, status=error.status_code)


def _row(call: Call) -> Handoff:
    row = call.session.get(Handoff, whole_number(call.part("handoff_id")) or 0)
    if row is None:
        raise NotFound("没有这次转出")
    call.target = f"ticket:{call.session.get_one(Ticket, row.ticket_id).number}"
    return row


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    rules = call.deps.rules(call.session)
    known = rules.profile.handoffs.destinations
    destination = call.query("to") if call.query("to") in known else ""
    back = (
        select(Handoff, Ticket)
        .join(Ticket, col(Ticket.id) == col(Handoff.ticket_id))
        .where(col(Handoff.returned_at).is_not(None))
        .order_by(col(Handoff.returned_at).desc())
        .limit(SHOWN_BACK)
    )
    return call.page(
        "handoffs.html",
        status=status,
        fault=fault,
        out=chasing.out_everywhere(call.session, destination=destination, rules=rules, now=call.now),
        back=list(call.session.exec(back).all()),
        destinations=known,
        destination=destination,
        chase_days=rules.profile.handoffs.chase_working_days,
        typed=str(call.request.path_params.get("handoff_id", "")) if fault else "",
        note=call.form.text("note"),
        result=call.form.text("result"),
        may_write=call.role in DISPATCHERS,
    )
