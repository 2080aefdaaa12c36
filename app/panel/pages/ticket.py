"""One ticket: what was asked, who has it, the clock, the timeline, the pushes, and the forms to act."""

from typing import Any

from sqlmodel import col, select
from starlette.responses import Response

from app.directory.models import Contact, Officer
from app.errors import AppError, Conflict, Forbidden
from app.panel import holders, outbox_rows, ticket_actions, ticket_detail
from app.panel.calls import Call, whole_number
from app.panel.conditions import Today
from app.panel.roles import Role
from app.panel.scope import area_codes
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket
from app.tickets.values import RESULT_NAMES, Incomplete

TYPED = ("note", "target", "days", "result_kind", "step")


def show(call: Call) -> Response:
    """The page."""
    return _page(call, _ticket(call))


def act(call: Call) -> Response:
    """Do what the form says, if the ticket is still as its reader saw it."""
    ticket = _ticket(call)
    call.target = f"ticket:{ticket.number}"
    action = _action(call, ticket)
    version = call.form.number("version")
    if version is None:
        raise Conflict("这个页面放得太久了，请看过最新情况再提交")
    before = _state(ticket)
    assert ticket.id is not None  # noqa: S101 - it came from the table
    service.perform(
        call.session,
        ticket.id,
        action,
        ticket_actions.actor_of(call.user),
        note=call.form.text("note"),
        target=_target(call, action),
        days=call.form.number("days") if action is Action.EXTEND else None,
        expected_version=version,
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.detail = {"action": action.value, "before": before, "after": _state(ticket)}
    return call.go(f"/admin/tickets/{ticket.number}", done=action.value)


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
        typed={name: call.form.text(name) for name in TYPED},
    )


def reveal(call: Call) -> Response:
    """Show the caller's name and phone once; the audit row is the price."""
    ticket = _ticket(call)
    call.target = f"ticket:{ticket.number}"
    call.detail = {"shown": "contact"}
    return _page(call, ticket, revealed=_contact(call, ticket))


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
    revealed: tuple[str, str] | None = None,
) -> Response:
    session = call.session
    today = Today(call.now, call.deps.rules(session))
    forms = ticket_actions.forms_for(session, ticket, call.user, call.now)
    words = call.query("find")
    may_dispatch = any(form.action is Action.DISPATCH for form in forms)
    codes = area_codes(session, call.user)
    return call.page(
        "ticket.html",
        status=status,
        detail=ticket_detail.gather(session, ticket, today),
        forms=forms,
        groups=holders.holder_groups(session, ticket, codes, words) if may_dispatch else [],
        steps=[step for step in _steps_above(ticket) if step["holder_kind"] != "department"],
        result_names=RESULT_NAMES,
        extension=today.rules.profile.extension,
        find=words,
        fault=fault,
        meanwhile=meanwhile,
        chosen=chosen or ("dispatch" if words else ""),
        typed=typed or dict.fromkeys(TYPED, ""),
        revealed=revealed,
        may_reveal=call.role in (Role.HUB, Role.LEADER, Role.ADMIN),
        may_retry=call.role in (Role.HUB, Role.ADMIN),
        names=outbox_rows,
    )


def _steps_above(ticket: Ticket) -> list[dict[str, Any]]:
    here = next((n for n, step in enumerate(ticket.ladder) if step["key"] == ticket.step), 0)
    return ticket.ladder[here + 1 :]


def _action(call: Call, ticket: Ticket) -> Action:
    """The action of the address, if this user may take it and the form is complete."""
    form = ticket_actions.BY_ACTION.get(call.part("action"))
    if form is None or form.action not in ticket_actions.permitted(call.session, ticket, call.user, call.now):
        raise Forbidden("您的账号不能对这张单子做这件事")
    if form.is_note_needed and not call.form.text("note"):
        raise Incomplete(f"请填写：{form.note_label}")
    if form.extra == "holder" and not call.form.text("target"):
        raise Incomplete("请选择分派给谁")
    if form.action is Action.DISPATCH:
        _refuse_wrong_officer(call, ticket)
    return form.action


def _refuse_wrong_officer(call: Call, ticket: Ticket) -> None:
    codes = area_codes(call.session, call.user)
    kind, _, identity = call.form.text("target").partition(":")
    number = whole_number(identity)
    officer = call.session.get(Officer, number) if kind == "officer" and number is not None else None
    if officer is not None and officer.id == holders.barred_officer_id(call.session, ticket):
        raise Forbidden("这张单子反映的就是这位服务人员，请分派给别人")
    if codes is not None and (officer is None or officer.area_code not in codes):
        raise Forbidden("只能分派给本片区的服务人员；要转部门或其他片区，请找运行中枢")


def _target(call: Call, action: Action) -> str:
    fields = {Action.DISPATCH: "target", Action.RESOLVE: "result_kind", Action.RAISE: "step"}
    return call.form.text(fields[action]) if action in fields else ""


def _state(ticket: Ticket) -> dict[str, Any]:
    return {
        "status": ticket.status,
        "step": ticket.step,
        "holder": ticket.holder_kind,
        "officer": ticket.officer_id,
        "department": ticket.department_id,
        "due_on": ticket.due_on.isoformat(),
    }


def _contact(call: Call, ticket: Ticket) -> tuple[str, str]:
    if ticket.contact_phone or ticket.openid is None:
        return ticket.contact_name, ticket.contact_phone
    statement = select(Contact).where(
        Contact.openid == ticket.openid,
        Contact.enterprise_id == ticket.enterprise_id,
        col(Contact.ended_at).is_(None),
    )
    contact = call.session.exec(statement).first()
    return (contact.name, contact.phone) if contact else (ticket.contact_name, "")
