"""Joint meetings: what waits on the table, and what was decided (C7)."""

from sqlalchemy import func, select
from sqlmodel import col
from starlette.responses import Response

from app.directory.models import Department
from app.panel import ticket_rows
from app.panel.calls import Call
from app.panel.paging import paged
from app.panel.roles import DISPATCHERS
from app.tickets import meetings
from app.tickets.models import MeetingItem, Ticket

PATH = "/admin/meetings"
DECIDED = "decided"


def show(call: Call) -> Response:
    """The table of the next meeting, or the decisions; `show=decided`."""
    session = call.session
    today = call.today
    is_decided = call.query("show") == DECIDED
    waiting = meetings.waiting_items(session)
    done = session.scalar(
        select(func.count()).select_from(MeetingItem).where(col(MeetingItem.decided_at).is_not(None))
    )
    return call.page(
        "meetings.html",
        tabs=[
            (PATH, "等议定", len(waiting), not is_decided),
            (f"{PATH}?show={DECIDED}", "已议定", done or 0, is_decided),
        ],
        is_decided=is_decided,
        waiting=[
            (item, ticket, ticket_rows.time_left(ticket, today.rules, today.now)) for item, ticket in waiting
        ],
        page=_decided(call) if is_decided else None,
        status_of=lambda ticket: ticket_rows.status_badge(ticket),
        may_decide=call.role in DISPATCHERS,
        today=today,
    )


def _decided(call: Call) -> object:
    statement = (
        select(MeetingItem, Ticket, col(Department.name))
        .join(Ticket, col(Ticket.id) == col(MeetingItem.ticket_id))
        .outerjoin(Department, col(Department.id) == col(MeetingItem.lead_department_id))
        .where(col(MeetingItem.decided_at).is_not(None))
        .order_by(col(MeetingItem.decided_at).desc(), col(MeetingItem.id).desc())
    )
    return paged(
        call.session, statement, number=call.query_number("page"), path=PATH, query={"show": DECIDED}
    )
