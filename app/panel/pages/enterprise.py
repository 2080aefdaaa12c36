"""One enterprise: its file, who serves it, the log of contacts, and the sheet to hand over on paper."""

from starlette.responses import Response

from app.directory import assigning
from app.directory.models import Enterprise
from app.errors import AppError
from app.panel import enterprise_file, holders, outbox_rows
from app.panel.calls import Call
from app.panel.enterprise_rows import PATH
from app.panel.roles import CASE_WORKERS, DISPATCHERS
from app.panel.scope import area_codes
from app.tickets import contacting
from app.tickets.contacting import IN_PERSON
from app.tickets.values import Incomplete

LONGEST_NOTE = 900  # the writer's name is put behind it
TYPED = ("target", "reason", "channel", "note")
LINE_NAMES = {
    "ticket": "诉求", "visit": "联系", "rating": "评价", "officer": "服务人员", "status": "状态", "push": "通知",
}  # fmt: skip


def show(call: Call) -> Response:
    """The file (一企一档)."""
    return _page(call, _enterprise(call))


def show_refusal(call: Call, error: AppError) -> Response:
    """The file again with what was typed."""
    return _page(call, _enterprise(call), fault=error.message, status=error.status_code)


def reveal(call: Call) -> Response:
    """Show the contact's name and number once; the audit row is the price."""
    enterprise = _enterprise(call)
    call.target = _target(enterprise)
    call.detail = {"shown": "contact"}
    return _page(call, enterprise, is_revealed=True)


def assign(call: Call) -> Response:
    """Give the enterprise to an officer, if it is still served as its reader saw it."""
    enterprise = _enterprise(call)
    call.target = _target(enterprise)
    chosen = holders.chosen_officer(
        call.session, call.form.text("target"), area_codes(call.session, call.user)
    )
    officer = assigning.assign(
        call.session,
        enterprise.id or 0,
        chosen.id or 0,
        expected_officer_id=call.form.number("seen"),
        reason=call.form.text("reason"),
        actor_kind="user",
        actor=call.user.username,
        now=call.now,
    )
    call.detail = {"officer": officer.staff_no, "reason": call.form.text("reason")[:200]}
    return call.go(_path(enterprise), done="assigned")


def log_contact(call: Call) -> Response:
    """Write down a visit, a call or an online contact that took place (A11)."""
    enterprise = _enterprise(call)
    call.target = _target(enterprise)
    kind = next((kind for kind in IN_PERSON if kind.value == call.form.text("channel")), None)
    note = call.form.text("note")
    if kind is None or not note:
        raise Incomplete("请选择怎么联系的，并写一句了解到什么")
    if len(note) > LONGEST_NOTE:
        raise Incomplete(f"最多写 {LONGEST_NOTE} 字，现在是 {len(note)} 字，请删减", field="note")
    contacting.log_contact(
        call.session,
        enterprise.id or 0,
        kind,
        note=f"{note}（{call.user.name or call.user.username} 登记）",
        now=call.now,
    )
    call.detail = {"channel": kind.value}
    return call.go(_path(enterprise), done="contacted")


def show_sheet(call: Call) -> Response:
    """为企服务工作单 to print and leave with the enterprise (C15); names and numbers masked."""
    return _sheet(call, _enterprise(call))


def reveal_sheet(call: Call) -> Response:
    """The same with the contact's name and number; audited."""
    enterprise = _enterprise(call)
    call.target = _target(enterprise)
    call.detail = {"shown": "contact", "on": "sheet"}
    return _sheet(call, enterprise, is_revealed=True)


def _enterprise(call: Call) -> Enterprise:
    codes = area_codes(call.session, call.user)
    return enterprise_file.find_enterprise(call.session, call.part("code"), codes)


def _page(
    call: Call, enterprise: Enterprise, *, fault: str = "", status: int = 200, is_revealed: bool = False
) -> Response:
    session = call.session
    today = call.today
    codes = area_codes(session, call.user)
    words = call.query("find")
    return call.page(
        "enterprise.html",
        status=status,
        file=enterprise_file.gather(session, enterprise, today),
        titles=today.rules.profile.titles,
        groups=holders.officer_groups(session, codes, words) if call.role in CASE_WORKERS else [],
        channels=[(kind.value, kind.value) for kind in IN_PERSON],
        cap=today.rules.profile.feedback.contacts_per_month,
        find=words,
        fault=fault,
        typed={name: call.form.text(name) for name in TYPED},
        is_revealed=is_revealed,
        may_act=call.role in CASE_WORKERS,
        may_register=call.role in DISPATCHERS,
        line_names=LINE_NAMES,
        names=outbox_rows,
    )


def _sheet(call: Call, enterprise: Enterprise, *, is_revealed: bool = False) -> Response:
    today = call.today
    return call.page(
        "enterprise_sheet.html",
        file=enterprise_file.gather(call.session, enterprise, today),
        profile=today.rules.profile,
        today=today.day,
        is_revealed=is_revealed,
        may_reveal=call.role in CASE_WORKERS,
    )


def _path(enterprise: Enterprise) -> str:
    return f"{PATH}/{enterprise.credit_code}"


def _target(enterprise: Enterprise) -> str:
    return f"enterprise:{enterprise.credit_code}"
