"""Writing a request down for somebody at the telephone or the window (C2)."""

from collections.abc import Sequence

from starlette.responses import Response

from app.directory import lookup
from app.directory.models import Enterprise
from app.errors import AppError
from app.panel import intake, ticket_actions
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.panel.intake import Entry
from app.tickets.models import Ticket
from handbook.entry import Decision

NEAR = 3
SURE, LOOK = "sure", "look"


def show(call: Call) -> Response:
    """An empty form; `enterprise` in the address fills in whose it is."""
    entry = Entry(enterprise=call.query("enterprise"), channel=call.query("channel"))
    found = intake.candidates(call.session, entry)
    return _page(call, entry, found=found, looked=bool(entry.enterprise))


def near_entries(deps: PanelDeps, form: Form) -> tuple[tuple[str, str], ...]:
    """Id and title of what the handbook says that is close: it goes onto the ticket for the officer (B6, C17)."""
    content = form.text("content")
    if len(content) < intake.SHORTEST or form.text("do") == LOOK:
        return ()
    found = deps.search.search(content[:200], staff=True)
    if found.decision not in (Decision.ANSWER, Decision.CHOOSE):
        return ()
    return tuple((candidate.entry.id, candidate.entry.title) for candidate in found.candidates[:NEAR])


def register(call: Call) -> Response:
    """Open the ticket, once it is clear whose it is and that it is not there already."""
    entry = entry_from(call.form)
    profile = call.deps.rules(call.session).profile
    found = intake.candidates(call.session, entry)
    call.target = "intake"
    call.detail = {"opened": "", "channel": entry.channel}
    if call.form.text("do") == LOOK:
        return _page(call, entry, found=found, looked=True)
    if not entry.is_unlisted and entry.enterprise:
        if len(found) != 1:
            return _page(call, entry, found=found, looked=True, status=422)
        entry = intake.with_enterprise(entry, found[0])
    wrong = dict(intake.faults(entry, profile))
    known = intake.known_already(call.session, entry)
    if known is not None:
        wrong["external_number"] = f"这个编号已经登记过，单号 {known.number}"
    if wrong:
        return _page(call, entry, found=found, faults=wrong, status=422)
    same = intake.twins(call.session, entry)
    if same and call.form.text("do") != SURE:
        return _page(call, entry, found=found, twins=same, near=call.prepared)
    ticket = intake.open_entry(
        call.session,
        entry,
        by=ticket_actions.actor_of(call.user),
        near=call.prepared,
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"ticket:{ticket.number}"
    call.detail = {"opened": ticket.number, "channel": entry.channel}
    return call.go(f"/admin/tickets/{ticket.number}", done="registered")


def show_refusal(call: Call, error: AppError) -> Response:
    """The form with everything that was typed."""
    return _page(call, entry_from(call.form), fault=error.message, status=error.status_code)


def entry_from(form: Form) -> Entry:
    """What was typed; a chosen enterprise counts only while the name beside it was not changed."""
    name, chosen = form.text("enterprise"), form.text("enterprise_id")
    number, _, known_as = chosen.partition(":")
    is_same = known_as == name or not form.text("looked_for") or form.text("looked_for") == name
    return Entry(
        content=form.text("content"),
        channel=form.text("channel"),
        external_number=form.text("external_number"),
        enterprise=name,
        enterprise_id=int(number) if number.isdecimal() and len(number) < 10 and is_same else None,
        is_unlisted=form.text("unlisted") == "yes",
        contact_name=form.text("contact_name"),
        contact_phone=form.text("contact_phone"),
        category=form.text("category"),
        kind=form.text("kind"),
        is_about_officer=form.text("about_officer") == "yes",
    )


def _page(
    call: Call,
    entry: Entry,
    *,
    found: Sequence[Enterprise] = (),
    looked: bool = False,
    twins: Sequence[Ticket] = (),
    near: Sequence[tuple[str, str]] = (),
    faults: dict[str, str] | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    profile = call.deps.rules(call.session).profile
    return call.page(
        "intake.html",
        status=status,
        entry=entry,
        found=[(row, lookup.officer_of(call.session, row.id or 0)) for row in found],
        looked=looked,
        twins=twins,
        near=near,
        faults=faults or {},
        fault=fault or ("有几处要改，见下面标红的地方" if faults else ""),
        channels=intake.channels(profile),
        categories=profile.categories,
        kinds=profile.kinds,
    )
