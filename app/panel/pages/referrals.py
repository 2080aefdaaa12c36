"""移交记录 (NH, C14): buck-passing handed over to those who hold people to account, and what came of it."""

from starlette.responses import Response

from app.errors import AppError
from app.panel import ticket_actions
from app.panel.calls import Call, whole_number
from app.panel.roles import DISPATCHERS
from app.panel.scope import area_codes, tickets_in
from app.tickets import referring

PATH = "/admin/referrals"
TYPED = ("number", "body", "reason")


def show(call: Call) -> Response:
    """The records, the newest first, and the form for one more."""
    return _page(call)


def refer(call: Call) -> Response:
    """移交."""
    form = call.form
    row = referring.refer(
        call.session,
        form.text("number"),
        to=form.text("body"),
        reason=form.text("reason"),
        by=ticket_actions.actor_of(call.user),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"ticket:{form.text('number')}"
    call.detail = {"body": row.body, "times": row.times}
    return call.go(PATH, done="referred")


def note_outcome(call: Call) -> Response:
    """What the other side found."""
    row = referring.note_outcome(
        call.session,
        whole_number(call.part("referral_id")) or 0,
        call.form.text("outcome"),
        by=ticket_actions.actor_of(call.user),
        rules=call.deps.rules(call.session),
        now=call.now,
    )
    call.target = f"referral:{row.id}"
    call.detail = {"body": row.body}
    return call.go(PATH, done="saved")


def refuse(call: Call, error: AppError) -> Response:
    """The page again with what was typed."""
    return _page(call, fault=error.message, status=error.status_code)


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    rule = call.deps.rules(call.session).profile.passing
    codes = area_codes(call.session, call.user)
    typed = {name: call.form.text(name) for name in TYPED}
    return call.page(
        "referrals.html",
        status=status,
        rule=rule,
        bodies=[(name, name) for name in rule.refer_to] if rule else [],
        rows=referring.referred(call.session, tickets_in(codes)),
        typed=typed | {"number": typed["number"] or call.query("ticket")},
        fault=fault,
        may_write=call.role in DISPATCHERS and rule is not None,
    )
