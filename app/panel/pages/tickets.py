"""The list of tickets and the hub's queue."""

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.directory.models import Area
from app.panel import ticket_rows
from app.panel.calls import Call
from app.panel.conditions import CONDITIONS, Today
from app.panel.scope import area_codes
from app.panel.ticket_rows import Filters

STATUS_CHOICES = (
    "live", "late", "today", "dispatch", "unaccepted", "no-officer", "supervised", "untold",
    "pending", "working", "waiting", "resolved", "closed", "withdrawn", "all",
)  # fmt: skip


def show_list(call: Call) -> Response:
    """Filter by status and area; search by number, name or words."""
    session = call.session
    codes = area_codes(session, call.user)
    words = call.query("q")
    wanted = call.query("status") or ("all" if words else "live")
    condition = wanted if wanted in CONDITIONS else "live"
    areas = area_choices(session, codes)
    area = call.query("area") if call.query("area") in {code for code, _ in areas} else ""
    filters = Filters(condition, area, words)
    today = Today(call.now, call.deps.rules(session))
    page = ticket_rows.find(session, filters, today, codes=codes, number=call.query_number("page"))
    choices = [(key, CONDITIONS[key][0]) for key in STATUS_CHOICES]
    return call.page("tickets.html", page=page, filters=filters, areas=areas, choices=choices)


def show_queue(call: Call) -> Response:
    """What waits for the hub to find somebody: the oldest first, one tap away from the dispatch form."""
    session = call.session
    today = Today(call.now, call.deps.rules(session))
    page = ticket_rows.find(
        session,
        Filters("dispatch"),
        today,
        codes=area_codes(session, call.user),
        number=call.query_number("page"),
    )
    return call.page("queue.html", page=page)


def area_choices(session: Session, codes: frozenset[str] | None) -> list[tuple[str, str]]:
    """First-level areas (code, name) to choose from; a confined user gets what lies in the own area."""
    statement = select(Area).where(col(Area.is_active)).order_by(col(Area.code))
    rows = session.exec(statement).all()
    if codes is None:
        return [(row.code, row.name) for row in rows if row.parent_code is None]
    return [(row.code, row.name) for row in rows if row.code in codes]
