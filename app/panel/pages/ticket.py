"""One ticket: what was asked, who has it, the clocks, the timeline, the pushes, and the forms to act."""

from typing import Any

from starlette.responses import Response

from app.cases.candidates import is_candidate
from app.errors import AppError, Conflict, Forbidden
from app.panel import holders, outbox_rows, ticket_actions, ticket_detail, ticket_fields, ticket_rows
from app.panel.attachments import attachment_response
from app.panel.calls import Call, whole_number
from app.panel.contacts import contact_of
from app.panel.roles import CASE_READERS, DISPATCHERS, HANDBOOK_READERS, TICKET_WORKERS
from app.panel.scope import area_codes
from app.panel.ticket_actions import ActionForm
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.performing import NOTE_LENGTH
from app.tickets.values import RESULT_NAMES, Incomplete


def show(call: Call) -> Response:
    """The page."""
    return _page(call, _ticket(call))


def act(call: Call) -> Response:
    """Do what the form says, if the ticket is still as its reader saw it."""
    ticket = _ticket(call)
    call.target = f"ticket:{ticket.number}"
    form = _form(call, ticket)
    arguments = ticket_fields.arguments(form, call.form)
    if form.action is Action.DISPATCH:
        codes = area_codes(call.session, call.user)
        holders.refuse_wrong_target(call.session, ticket, arguments.target, codes)
    version = call.form.number("version")
    if version is None:
        raise Conflict("这个页面放得太久了，请看过最新情况再提交")
    note, before = _whole_note(call), _state(ticket)
    assert ticket.id is not None  # noqa: S101 - it came from the table
    service.perform(
        call.session,
        ticket.id,
        form.action,
        ticket_actions.actor_of(call.user),
        note=note,
        target=arguments.target,
        days=arguments.days,
        details=arguments.details,
        expected_version=version,
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.detail = {"action": form.action.value, "before": before, "after": _state(ticket)}
    return call.go(f"/admin/tickets/{ticket.number}", done=form.action.value)


def _whole_note(call: Call) -> str:
    """The words, which are kept whole or not at all: nothing that was pasted loses its end unseen."""
    note = call.form.text("note")
    if len(note) > NOTE_LENGTH:
        raise Incomplete(f"最多写 {NOTE_LENGTH} 字，现在是 {len(note)} 字：请删减，或分两次写", field="note")
    return note


def show_refusal(call: Call, error: AppError) -> Response:
    """The page as it is now, with the reason and everything that was typed."""
    ticket = _ticket(call)
    version = call.form.number("version")
    meanwhile = ticket_detail.happened_since(
        call.session, ticket, version if version is not None else ticket.version
    )
    return _page(
        call,
        ticket,
        status=error.status_code,
        fault=error.message,
        meanwhile=meanwhile,
        chosen=call.part("action"),
        typed={name: call.form.text(name) for name in ticket_fields.TYPED},
        members=call.form.every("members"),
    )


def reveal(call: Call) -> Response:
    """Show the caller's name and phone once; the audit row is the price."""
    ticket = _ticket(call)
    call.target = f"ticket:{ticket.number}"
    call.detail = {"shown": "contact"}
    return _page(call, ticket, revealed=contact_of(call.session, ticket))


def show_sheet(call: Call) -> Response:
    """为企服务工作单 to print, names and numbers masked (C15)."""
    return _sheet(call, _ticket(call))


def reveal_sheet(call: Call) -> Response:
    """The same with the caller's name and phone, for the officer who goes there; audited."""
    ticket = _ticket(call)
    call.target = f"ticket:{ticket.number}"
    call.detail = {"shown": "contact", "on": "sheet"}
    return _sheet(call, ticket, revealed=contact_of(call.session, ticket))


def show_attachment(call: Call) -> Response:
    """One picture or file that belongs to the ticket."""
    number = whole_number(call.part("attachment_id"))
    return attachment_response(call.session, _ticket(call), number, call.deps.data_dir)


def _ticket(call: Call) -> Ticket:
    return ticket_detail.find_ticket(call.session, call.part("number"), area_codes(call.session, call.user))


def _page(
    call: Call,
    ticket: Ticket,
    *,
    status: int = 200,
    fault: str = "",
    meanwhile: Any = (),
    chosen: str = "",
    typed: dict[str, str] | None = None,
    members: list[str] | None = None,
    revealed: tuple[str, str] | None = None,
) -> Response:
    session = call.session
    today = call.today
    forms = ticket_actions.forms_for(session, ticket, call.user, call.now)
    words = call.query("find")
    choices = ticket_fields.choices_for(session, ticket, forms, today)
    may_dispatch = any(form.action is Action.DISPATCH for form in forms)
    codes = area_codes(session, call.user)
    groups = holders.holder_groups(session, ticket, codes, words) if may_dispatch else []
    blank = dict.fromkeys(ticket_fields.TYPED, "")
    return call.page(
        "ticket.html",
        status=status,
        detail=ticket_detail.gather(session, ticket, today),
        forms=ticket_actions.grouped(forms),
        groups=groups,
        choices=choices,
        out_choices=[(row.id, row.destination) for row in choices.out],
        others=ticket_rows.of_enterprise(session, ticket, today, codes),
        result_names=RESULT_NAMES,
        extension=today.rules.profile.extension,
        find=words,
        fault=fault,
        meanwhile=meanwhile,
        chosen=chosen or ("dispatch" if words else call.query("open")),
        typed=typed or {**blank, "target": holders.only_choice(groups) if words else ""},
        members=members or [],
        revealed=revealed,
        may_reveal=call.role in TICKET_WORKERS,
        may_retry=call.role in DISPATCHERS,
        may_open_file=call.may(CASE_READERS, "/admin/enterprises"),
        may_read_handbook=call.may(HANDBOOK_READERS, "/admin/handbook") and call.deps.desk is not None,
        may_tell=_may_tell(call, ticket),
        names=outbox_rows,
        is_new=call.query("done") == "registered",
    )


def _may_tell(call: Call, ticket: Ticket) -> bool:
    """Whether the reader can make a typical case of it here (B4, E5)."""
    may_write = call.may(DISPATCHERS, "/admin/cases") and call.deps.desk is not None
    return may_write and is_candidate(call.session, ticket)


def _sheet(call: Call, ticket: Ticket, *, revealed: tuple[str, str] | None = None) -> Response:
    today = call.today
    return call.page(
        "sheet.html",
        detail=ticket_detail.gather(call.session, ticket, today),
        profile=today.rules.profile,
        revealed=revealed,
        may_reveal=call.role in TICKET_WORKERS,
    )


def _form(call: Call, ticket: Ticket) -> ActionForm:
    """The form of the address, if this user may take the act and its words are there."""
    form = ticket_actions.BY_ACTION.get(call.part("action"))
    if form is None or form.action not in ticket_actions.permitted(call.session, ticket, call.user, call.now):
        raise Forbidden("您的账号不能对这张单子做这件事")
    if form.is_note_needed and not call.form.text("note"):
        raise Incomplete(f"请填写：{form.note_label}", field="note")
    return form


def _state(ticket: Ticket) -> dict[str, Any]:
    return {
        "status": ticket.status,
        "step": ticket.step,
        "holder": ticket.holder_kind,
        "officer": ticket.officer_id,
        "department": ticket.department_id,
        "due_on": ticket.due_on.isoformat(),
    }
