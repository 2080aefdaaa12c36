"""Facts of one enterprise corrected by hand (A4, A5): typed, shown as old → new, then written with the reason."""

from collections.abc import Mapping

from starlette.responses import Response

from app.directory import correcting
from app.directory.columns import ENTERPRISE_KINDS, header_of
from app.directory.locking import lock_directory
from app.directory.models import Area, Enterprise
from app.directory.plan import Action, Change, Plan
from app.districts.statuses import STATUSES
from app.errors import AppError, Conflict, Forbidden
from app.panel import area_rows, enterprise_file, import_plans
from app.panel.calls import Call
from app.panel.enterprise_rows import PATH
from app.panel.import_plans import Field
from app.panel.scope import area_codes
from app.tickets.values import Incomplete

ROSTER = "enterprises"
PLACE = "area_code"
FIELDS = (*correcting.FIELDS, PLACE)
PEOPLE = ("legal_representative", "contact_name", "contact_phone")
EMPTY = "无"
CONSEQUENCES = {
    Action.MOVED: "换了片区或网格：按本区规则重新确定服务人员。",
    Action.DEREGISTERED: "不再是服务对象：现在的服务人员会解除。",
    Action.REACTIVATED: "重新成为服务对象：按本区规则确定服务人员。",
}


def show(call: Call) -> Response:
    """The form with the facts as they are; people's names and numbers are not put into it."""
    return _form(call, _enterprise(call))


def check(call: Call) -> Response:
    """What would change, old → new, and what follows from it; nothing is written."""
    enterprise = _enterprise(call)
    call.target = f"enterprise:{enterprise.credit_code}"
    change = _planned(call, enterprise)
    fields = _fields(call, change)
    call.detail = {"changed": [field.header for field in fields]}
    return call.page(
        "enterprise_correct_check.html",
        enterprise=enterprise,
        fields=fields,
        consequence=CONSEQUENCES.get(change.action, ""),
        typed={name: call.form.fields[name] for name in (*FIELDS, "reason") if name in call.form.fields},
        reason=call.form.text("reason"),
        seal=_seal(change),
    )


def apply(call: Call) -> Response:
    """Write exactly what was looked at."""
    lock_directory(call.session)
    enterprise = _enterprise(call)
    call.target = f"enterprise:{enterprise.credit_code}"
    change = _planned(call, enterprise)
    if call.form.text("seal") != _seal(change):
        raise Conflict("看过之后这家企业的信息又有变化，没有写入。请核对后再看一次改动。")
    fields = _fields(call, change)
    reason = call.form.text("reason")
    correcting.change_enterprise(
        call.session,
        enterprise.id or 0,
        _values(call, enterprise),
        layers=call.deps.rules(call.session).profile.routing,
        reason=reason,
        actor_kind="user",
        actor=call.user.username,
        now=call.now,
    )
    call.detail = {
        "reason": reason[:200],
        "before": {field.header: field.was for field in fields},
        "after": {field.header: field.becomes for field in fields},
    }
    return call.go(f"{PATH}/{enterprise.credit_code}", done="corrected")


def show_refusal(call: Call, error: AppError) -> Response:
    """The form again with what was typed."""
    return _form(call, _enterprise(call), fault=error.message, status=error.status_code)


def _enterprise(call: Call) -> Enterprise:
    codes = area_codes(call.session, call.user)
    return enterprise_file.find_enterprise(call.session, call.part("code"), codes)


def _planned(call: Call, enterprise: Enterprise) -> Change:
    values = _values(call, enterprise)
    if not call.form.text("reason"):
        raise Incomplete("请写原因：从哪里知道的，例如企业来电、现场核实", field="reason")
    codes = area_codes(call.session, call.user)
    if codes is not None and values.get(PLACE, enterprise.area_code) not in codes:
        raise Forbidden("只能改到本片区里；要迁到别的片区，请找运行中枢", field="area_code")
    change = correcting.plan_change(call.session, enterprise.id or 0, values)
    if change.action is Action.UNCHANGED:
        raise Incomplete("还没有改动任何一项")
    return change


def _values(call: Call, enterprise: Enterprise) -> dict[str, str]:
    """What the form says differently; of people only what was filled in, where EMPTY clears."""
    found = {}
    for name in FIELDS:
        typed, stored = call.form.text(name), getattr(enterprise, name) or ""
        if name in PEOPLE and typed:
            found[name] = "" if typed == EMPTY else typed
        elif name not in PEOPLE and name in call.form.fields and typed != stored:
            found[name] = typed
    return found


def _fields(call: Call, change: Change) -> list[Field]:
    areas = import_plans.area_names(call.session)
    return [
        Field(
            header_of(ROSTER, name),
            import_plans.shown(name, was, areas),
            import_plans.shown(name, becomes, areas),
        )
        for name, (was, becomes) in change.fields.items()
    ]


def _seal(change: Change) -> str:
    return import_plans.seal(Plan((change,), ()))


def _form(call: Call, enterprise: Enterprise, *, fault: str = "", status: int = 200) -> Response:
    codes = area_codes(call.session, call.user)
    areas = area_rows.choices(call.session, codes)
    if enterprise.area_code and enterprise.area_code not in dict(areas):
        own = call.session.get(Area, enterprise.area_code)
        areas.insert(0, (enterprise.area_code, own.name if own else enterprise.area_code))
    return call.page(
        "enterprise_correct.html",
        status=status,
        fault=fault,
        enterprise=enterprise,
        values=_shown_values(call.form.fields, enterprise),
        reason=call.form.text("reason"),
        areas=areas,
        kinds=[(name, name) for name in ENTERPRISE_KINDS],
        statuses=[(name, name) for name in STATUSES],
        label=lambda name: header_of(ROSTER, name),
        limit=correcting.longest,
        empty=EMPTY,
    )


def _shown_values(typed: Mapping[str, str], enterprise: Enterprise) -> dict[str, str]:
    """What the form's fields hold: as typed, else as stored; of people only as typed."""
    return {
        name: typed.get(name, "" if name in PEOPLE else getattr(enterprise, name) or "") for name in FIELDS
    }
