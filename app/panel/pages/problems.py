"""The problem list (问题清单): items with owner and day, evidence, sign-off, spot checks (BH 2(3)2, C12)."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import col, select
from starlette.responses import FileResponse, Response

from app.directory.models import Department
from app.errors import AppError, NotFound
from app.panel import holders, ticket_actions
from app.panel.calls import Call, whole_number
from app.panel.roles import DISPATCHERS
from app.tickets import problems, rectifying, spotchecks
from app.tickets.evidence import UPLOADS, keep_file
from app.tickets.models import Ticket
from app.tickets.problem_models import ProblemEvidence, ProblemItem, SpotCheck
from app.tickets.problems import ProblemStatus
from app.tickets.values import Incomplete

PATH = "/admin/problems"
TONES = {"open": "wait", "submitted": "go", "signed": "done", "verified": "gone"}
TYPED = ("title", "department", "owner_name", "due_on", "measures", "source", "ticket_number")


def show_list(call: Call) -> Response:
    """The list by status, the earliest deadline first, and the form for a new item."""
    return _list_page(call)


def create(call: Call) -> Response:
    """列入清单."""
    form = call.form
    item = rectifying.list_problem(
        call.session,
        form.text("title"),
        department=form.text("department"),
        owner_name=form.text("owner_name"),
        due_on=form.day("due_on"),
        measures=form.text("measures"),
        source=form.text("source"),
        ticket_number=form.text("ticket_number"),
        **_by(call),
    )
    call.target = f"problem:{item.id}"
    return call.go(f"{PATH}/{item.id}", done="saved")


def refuse_create(call: Call, error: AppError) -> Response:
    """The form again with what was typed."""
    return _list_page(call, fault=error.message, status=error.status_code)


def show(call: Call) -> Response:
    """One item: what is wrong, what was handed in, who signed, what comes next."""
    return _item_page(call)


def act(call: Call) -> Response:
    """The next step of an item."""
    item, name = _item(call), call.part("step")
    if name not in STEPS:
        raise NotFound("没有这一步")
    STEPS[name](call, item.id or 0)
    call.target = f"problem:{item.id}"
    call.detail = {"step": name}
    return call.go(f"{PATH}/{item.id}", done="saved")


def refuse_act(call: Call, error: AppError) -> Response:
    """The item again, with the reason."""
    return _item_page(call, fault=error.message, status=error.status_code)


def show_evidence(call: Call) -> Response:
    """One file that was handed in, to be saved."""
    item = _item(call)
    row = call.session.get(ProblemEvidence, whole_number(call.part("evidence_id")) or 0)
    if row is None or row.item_id != item.id or not row.path or call.deps.data_dir is None:
        raise NotFound("没有这份材料")
    folder = (call.deps.data_dir / UPLOADS).resolve()
    path = (folder / row.path).resolve()
    if path.parent != folder or not path.is_file():
        raise NotFound("没有这份材料")
    return FileResponse(path, media_type="application/octet-stream", filename=row.name)


def draw(call: Call) -> Response:
    """明察暗访: draw signed items by seed."""
    seed = call.form.number("seed")
    if seed is None:
        raise Incomplete("请写随机种子", field="seed")
    check = spotchecks.draw_spot_check(
        call.session, call.form.text("check_name")[:64], seed=seed, size=call.form.number("size"), **_by(call)
    )
    call.target = f"spot_check:{check.id}"
    call.detail = {"seed": seed, "size": check.size}
    return call.go(PATH, done="saved")


def record(call: Call) -> Response:
    """What somebody saw there."""
    number = whole_number(call.part("check_item_id")) or 0
    outcome, note = call.form.text("outcome"), call.form.text("note")
    item = spotchecks.record_check(call.session, number, outcome, note, **_by(call))
    call.target = f"problem:{item.id}"
    call.detail = {"outcome": outcome}
    return call.go(PATH, done="saved")


def _by(call: Call) -> dict[str, Any]:
    rules = call.deps.rules(call.session)
    return {"by": ticket_actions.actor_of(call.user), "rules": rules, "now": call.now}


def _hand_in(call: Call, number: int) -> None:
    sent, folder = call.form.file, call.deps.data_dir
    file = keep_file(folder, sent.name, sent.content) if sent and folder else None
    rectifying.add_evidence(call.session, number, note=call.form.text("note"), file=file, **_by(call))


def _submit(call: Call, number: int) -> None:
    rectifying.submit(call.session, number, **_by(call))


def _sign(call: Call, number: int) -> None:
    head, post = call.form.text("head"), call.form.text("post")
    rectifying.sign(call.session, number, head=head, post=post, **_by(call))


def _send_back(call: Call, number: int) -> None:
    rectifying.send_back(call.session, number, call.form.text("reason"), **_by(call))


STEPS: Mapping[str, Callable[[Call, int], None]] = {
    "evidence": _hand_in,
    "submit": _submit,
    "sign": _sign,
    "return": _send_back,
}


def _item(call: Call) -> ProblemItem:
    return problems.find(call.session, whole_number(call.part("item_id")) or 0)


def _list_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    rule = call.deps.rules(call.session).profile.rectification
    wanted = call.query("status") if call.query("status") in set(ProblemStatus) else ""
    everything = problems.listed(call.session)
    rows = [(item, unit) for item, unit in everything if wanted in ("", item.status)]
    names = [("", "全部"), *((one.value, problems.STATUS_NAMES[one]) for one in ProblemStatus)]
    tabs = [
        (f"{PATH}?status={key}", name, sum(key in ("", item.status) for item, _ in everything), key == wanted)
        for key, name in names
    ]
    checks = call.session.exec(select(SpotCheck).order_by(col(SpotCheck.id).desc()).limit(5)).all()
    return call.page(
        "problems.html",
        status=status,
        rule=rule,
        rows=rows,
        tabs=tabs,
        is_overdue=lambda item: problems.is_overdue(item, call.now),
        status_names=problems.STATUS_NAMES,
        tones=TONES,
        checks=[(check, spotchecks.drawn(call.session, check)) for check in checks],
        outcomes=spotchecks.OUTCOMES,
        departments=holders.department_choices(call.session),
        typed={name: call.form.text(name) for name in TYPED} | {"ticket_number": _ticket_number(call)},
        fault=fault,
        may_write=call.role in DISPATCHERS and rule is not None,
    )


def _ticket_number(call: Call) -> str:
    return call.form.text("ticket_number") or call.query("ticket")


def _item_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    item = _item(call)
    ticket = call.session.get(Ticket, item.ticket_id) if item.ticket_id else None
    unit = call.session.get(Department, item.department_id)
    return call.page(
        "problem.html",
        status=status,
        item=item,
        unit=unit.name if unit else "",
        ticket=ticket,
        evidence=problems.evidence_of(call.session, item.id or 0),
        history=problems.history(call.session, item.id or 0),
        event_names=problems.EVENT_NAMES,
        status_name=problems.STATUS_NAMES[ProblemStatus(item.status)],
        tone=TONES[item.status],
        overdue=problems.is_overdue(item, call.now),
        typed={name: call.form.text(name) for name in ("note", "head", "post", "reason")},
        fault=fault,
        may_write=call.role in DISPATCHERS,
    )
