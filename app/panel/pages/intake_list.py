"""A whole list of requests: uploaded, shown as a dry run, opened with one click; refused rows to download."""

from starlette.responses import Response

from app.errors import AppError
from app.panel import intake, intake_list, ticket_actions, uploads
from app.panel.calls import Call
from app.panel.intake_list import KIND, ListPlan
from app.panel.models import Upload
from app.tickets.values import Incomplete

PATH = "/admin/intake/list"
SHOWN = 200


def show(call: Call) -> Response:
    """The form to send a list."""
    return _form(call)


def send(call: Call) -> Response:
    """Keep the file and show what it would do."""
    profile = call.deps.rules(call.session).profile
    channel = call.form.text("channel")
    if channel not in intake.channels(profile):
        raise Incomplete("请选择来源渠道", field="channel")
    upload = uploads.keep(
        call.session, call.user, KIND, call.form.file, call.now, options={"channel": channel}
    )
    _plan(call, upload)
    call.target = f"list:{upload.id}"
    call.detail = {"rows": "checked"}
    return call.go(f"{PATH}/{upload.id}")


def refuse(call: Call, error: AppError) -> Response:
    """The form again with the reason."""
    return _form(call, fault=error.message, status=error.status_code)


def preview(call: Call) -> Response:
    """The dry run, or what became of the list."""
    upload = uploads.chosen(call, KIND)
    if upload.applied_at is not None:
        return call.page("intake_done.html", upload=upload)
    plan = _plan(call, upload)
    return call.page("intake_plan.html", upload=upload, plan=plan, shown=SHOWN, list_path=PATH)


def apply(call: Call) -> Response:
    """Open the tickets of every good row, once."""
    upload = uploads.chosen(call, KIND)
    uploads.refuse_used(upload)
    plan = _plan(call, upload)
    if not plan.good:
        raise Incomplete("这份名单里没有可以登记的行")
    rejected = [
        [row.line, *(row.cells.get(name, "") for name in plan.headers), row.reason] for row in plan.rejected
    ]
    rules = call.deps.rules(call.session)
    merges = call.form.text("merge") == "yes"
    opened = intake_list.open_all(
        call.session, plan, by=ticket_actions.actor_of(call.user), rules=rules, now=call.now, merges=merges
    )
    numbers = [ticket.number for ticket in opened]
    merged = [ticket.number for ticket in opened if ticket.duplicate_of_id is not None]
    outcome = {
        "opened": numbers,
        "merged": merged,
        "headers": ["行号", *plan.headers, "没登记的原因"],
        "rejected": rejected,
    }
    uploads.settle(call.session, upload, outcome, call.now)
    call.target = f"list:{upload.id}"
    call.detail = {"opened": len(numbers), "merged": len(merged), "rejected": len(rejected)}
    return call.go(f"{PATH}/{upload.id}")


def download_rejected(call: Call) -> Response:
    """The refused rows with the reason in the last column, to mend and send again."""
    upload = uploads.chosen(call, KIND)
    if upload.applied_at is not None:
        headers, rows = upload.outcome["headers"], upload.outcome["rejected"]
    else:
        plan = _plan(call, upload)
        headers = ["行号", *plan.headers, "没登记的原因"]
        rows = [
            [row.line, *(row.cells.get(name, "") for name in plan.headers), row.reason]
            for row in plan.rejected
        ]
    return uploads.table_to_download("没登记的行.xlsx", headers, rows)


def _plan(call: Call, upload: Upload) -> ListPlan:
    sheet = uploads.rows_of(upload)
    channel = str(upload.options.get("channel", ""))
    return intake_list.plan(call.session, sheet, channel=channel, rules=call.deps.rules(call.session))


def _form(call: Call, *, fault: str = "", status: int = 200) -> Response:
    profile = call.deps.rules(call.session).profile
    return call.page(
        "intake_list.html",
        status=status,
        fault=fault,
        channels=intake.channels(profile),
        chosen=call.form.text("channel"),
        columns=[column.header for column in intake_list.COLUMNS],
        most=intake_list.MOST_ROWS,
    )
