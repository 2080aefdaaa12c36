"""The first screen."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from app.alarms.service import Alarm
from app.editing import privacy
from app.panel import figures, ticket_rows, trends
from app.panel.calls import Call
from app.panel.conditions import Today
from app.panel.figures import Figure
from app.panel.pages.system import alarms_of
from app.panel.roles import (
    CASE_READERS,
    HANDBOOK_READERS,
    OUTBOX_READERS,
    SYSTEM_READERS,
    TICKET_READERS,
)
from app.panel.scope import area_codes
from app.panel.ticket_rows import TicketRow
from app.panel.trends import Trend

FIRST = 6
IN_HAND = 20
OF_THE_HUB = ("dispatch", "no-officer")


def show(call: Call) -> Response:
    """Late, due today, stuck, waiting for dispatch; asked most, asked and not answered; how it goes (E1–E3).

    An area leader's figures count the own areas only; an editor's are about the handbook.
    """
    session = call.session
    today = call.today
    codes = area_codes(session, call.user)
    reads_cases = call.may(TICKET_READERS, "/admin/tickets")
    reads_everybody = call.may(CASE_READERS, "/admin/enterprises")
    reads_handbook = call.may(HANDBOOK_READERS, "/admin/answers")
    queue = "/admin/queue" if call.may(OUTBOX_READERS, "/admin/queue") else ""
    counts = figures.ticket_counts(session, today, codes) if reads_cases else {}
    stuck = figures.stuck_figures(counts) if reads_cases else []
    urgent = figures.ticket_figures(counts, queue=queue) if reads_cases else []
    if not reads_everybody:
        urgent, stuck = _of_a_department(urgent), [_within_tickets(one) for one in _of_a_department(stuck)]
    if call.may(SYSTEM_READERS, "/admin/outbox"):
        stuck += figures.outbox_figures(session)
    if reads_everybody:
        stuck.append(figures.coverage_figure(session, codes))
    return call.page(
        "home.html",
        today=today,
        tickets=urgent,
        stuck=stuck,
        late=ticket_rows.first(session, "late", today, codes=codes, limit=FIRST) if reads_everybody else [],
        due=ticket_rows.first(session, "today", today, codes=codes, limit=FIRST) if reads_everybody else [],
        live=[] if reads_everybody or not reads_cases else _in_hand(call, today, codes),
        reads_cases=reads_cases,
        reads_handbook=reads_handbook,
        asked=figures.asked_most(session, call.now) if reads_handbook else [],
        in_vain=figures.asked_in_vain(session, call.now) if reads_handbook else [],
        title_of=lambda entry_id: _title(call, entry_id),
        readable=privacy.redacted,
        days=figures.DAYS,
        alarms=_alarms(call),
        trends=_trends(call, today, codes),
    )


def _alarms(call: Call) -> list[Alarm]:
    """What the hub and administrators must see before anything else: next year's holidays, a stuck outbox, a disk."""
    if not call.may(SYSTEM_READERS, "/admin/system"):
        return []
    return alarms_of(call, call.deps.facts() if call.deps.facts else None)


def _in_hand(call: Call, today: Today, codes: frozenset[str] | None) -> Sequence[TicketRow]:
    """A department has few tickets: all that it works on, the first to fall due in front."""
    return ticket_rows.first(call.session, "live", today, codes=codes, limit=IN_HAND)


def _of_a_department(found: list[Figure]) -> list[Figure]:
    """Without what the hub alone settles: who a request goes to."""
    return [figure for figure in found if figure.key not in OF_THE_HUB]


def _within_tickets(figure: Figure) -> Figure:
    """The supervision page is not for a department; the list of its own tickets shows the same rows."""
    is_elsewhere = figure.link == "/admin/supervision"
    return replace(figure, link="/admin/tickets?status=supervised") if is_elsewhere else figure


def _trends(call: Call, today: Today, codes: frozenset[str] | None) -> list[Trend]:
    """The charts this role has the rows to."""
    found = []
    if call.may(HANDBOOK_READERS, "/admin/answers"):
        found.append(trends.self_service(call.session, today))
    if call.may(CASE_READERS, "/admin/tickets"):
        found.append(trends.on_time(call.session, today, codes))
        found.append(trends.satisfaction(call.session, today, codes))
        found.append(trends.arrivals(call.session, today, codes))
    return found


def _title(call: Call, entry_id: str) -> str:
    entry = call.deps.search.entry(entry_id)
    return entry.title if entry else entry_id
