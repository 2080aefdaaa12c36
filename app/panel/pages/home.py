"""The first screen."""

from starlette.responses import Response

from app.panel import figures, ticket_rows
from app.panel.calls import Call
from app.panel.conditions import Today
from app.panel.roles import CASE_READERS, HANDBOOK_READERS, OUTBOX_READERS
from app.panel.scope import area_codes

FIRST = 6


def show(call: Call) -> Response:
    """Late, due today, stuck, waiting for dispatch; asked most, asked and not answered (design §6 Admin)."""
    session, role = call.session, call.role
    today = Today(call.now, call.deps.rules(session))
    codes = area_codes(session, call.user)
    reads_cases, reads_handbook = role in CASE_READERS, role in HANDBOOK_READERS
    queue = "/admin/queue" if role in OUTBOX_READERS else ""
    stuck = figures.stuck_figures(session, today, codes) if reads_cases else []
    if role in OUTBOX_READERS:
        stuck += figures.outbox_figures(session)
    if reads_cases:
        stuck.append(figures.coverage_figure(session, codes))
    return call.page(
        "home.html",
        today=today,
        tickets=figures.ticket_figures(session, today, codes, queue=queue) if reads_cases else [],
        stuck=stuck,
        late=ticket_rows.first(session, "late", today, codes=codes, limit=FIRST) if reads_cases else [],
        due=ticket_rows.first(session, "today", today, codes=codes, limit=FIRST) if reads_cases else [],
        reads_cases=reads_cases,
        reads_handbook=reads_handbook,
        asked=figures.asked_most(session, call.now) if reads_handbook else [],
        in_vain=figures.asked_in_vain(session, call.now) if reads_handbook else [],
        title_of=lambda entry_id: _title(call, entry_id),
        days=figures.DAYS,
    )


def _title(call: Call, entry_id: str) -> str:
    entry = call.deps.search.entry(entry_id)
    return entry.title if entry else entry_id
