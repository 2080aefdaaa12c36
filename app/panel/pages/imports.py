"""Rosters on screen (A4): sent, compared, looked at, applied by a button, taken back if it was wrong."""

from typing import Any

from sqlmodel import col, select
from starlette.responses import Response

from app.directory import undoing
from app.directory.importing import apply_import
from app.directory.models import ImportRun
from app.directory.plan import NAMES_BY_ROSTER
from app.directory.undoing import Undo
from app.errors import AppError, Conflict, NotFound
from app.panel import import_plans, uploads
from app.panel.calls import Call
from app.panel.import_plans import KIND, KINDS, Prepared
from app.panel.models import Upload
from app.tickets import roster_news
from app.tickets.values import Incomplete

PATH = "/admin/imports"
RUNS = 10
CHANGED = "看过差异之后名录又有变化，没有写入。请看过新的差异再写入。"


def show(call: Call) -> Response:
    """The form to send a roster, what was imported lately, and how to take the last one back."""
    return _form(call)


def send(call: Call) -> Response:
    """Keep the file and go on to what it would change."""
    roster = call.form.text("roster")
    if roster not in KINDS:
        raise Incomplete("请选择是哪一种名册", field="roster")
    if call.prepared:
        raise Incomplete(str(call.prepared), field="file")
    options = {"roster": roster, "full": call.form.text("full") == "yes"}
    upload = uploads.keep(call.session, call.user, KIND, call.form.file, call.now, options=options)
    call.target = f"roster:{roster}"
    call.detail = {"file": upload.name, "full": options["full"]}
    return call.go(f"{PATH}/{upload.id}")


def refuse(call: Call, error: AppError) -> Response:
    """The form again with the reason."""
    return _form(call, fault=error.message, status=error.status_code)


def preview(call: Call) -> Response:
    """What the file would change, or what became of it."""
    return _preview(call)


def apply(call: Call) -> Response:
    """Write exactly what was looked at; more than one in twenty gone needs a tick."""
    upload = uploads.chosen(call, KIND)
    roster = str(upload.options["roster"])
    call.target = f"roster:{roster}"
    prepared: Prepared = call.prepared
    if upload.applied_at is not None:
        raise Conflict("这份名单已经用过了")
    plan = prepared.plan
    if prepared.upload_id != upload.id or plan is None:
        raise Conflict(prepared.fault or "这个页面放得太久了，请重新打开差异再写入")
    if call.form.text("seal") != import_plans.seal(plan):
        raise Conflict(CHANGED)
    if plan.deregisters_too_many() and call.form.text("sure") != "yes":
        raise Incomplete("要注销的超过现有的 5%：请看过名单，勾选确认后再写入", field="sure")
    applied = apply_import(
        call.session,
        roster,
        plan,
        layers=call.deps.rules(call.session).profile.routing,
        actor=call.user.username,
        actor_kind="user",
        source=upload.name,
        now=call.now,
    )
    roster_news.tell_officers(call.session, applied.run_id, call.now)
    outcome: dict[str, Any] = {
        "counts": plan.counts(),
        "headers": ["行号", *prepared.headers, "未采用原因"],
        "rejected": import_plans.rejected_rows(plan, prepared.headers),
    }
    if applied.outcome is not None:
        outcome |= {"by_rule": dict(applied.outcome.by_rule), "unassigned": applied.outcome.unassigned}
    uploads.settle(call.session, upload, outcome, call.now)
    call.detail = {"file": upload.name, "run": applied.run_id, **plan.counts()}
    return call.go(f"{PATH}/{upload.id}")


def show_refusal(call: Call, error: AppError) -> Response:
    """The difference as it is now, with why nothing was written."""
    return _preview(call, fault=error.message, status=error.status_code)


def download_rejected(call: Call) -> Response:
    """The refused rows with the reason in the last column, to mend and send again."""
    upload = uploads.chosen(call, KIND)
    name = f"{KINDS[str(upload.options['roster'])]}-未采用.xlsx"
    if upload.applied_at is not None:
        return uploads.table_to_download(name, upload.outcome["headers"], upload.outcome["rejected"])
    plan, headers = import_plans.plan_of(call.session, upload)
    rows = import_plans.rejected_rows(plan, headers)
    return uploads.table_to_download(name, ["行号", *headers, "未采用原因"], rows)


def undo(call: Call) -> Response:
    """Take the last import back, if nobody changed its rows since."""
    number = call.form.number("run") or 0
    call.target = f"import:{number}"
    undone = undoing.apply_undo(
        call.session, number, actor=call.user.username, actor_kind="user", now=call.now
    )
    call.detail = {"roster": undone.kind, "file": undone.source}
    return call.go(PATH, done="undone")


def _preview(call: Call, *, fault: str = "", status: int = 200) -> Response:
    upload = uploads.chosen(call, KIND)
    roster = str(upload.options["roster"])
    values = {"upload": upload, "roster_name": KINDS[roster], "names": NAMES_BY_ROSTER[roster]}
    if upload.applied_at is not None:
        return call.page("import_done.html", status=status, fault=fault, **values)
    plan, _ = import_plans.plan_of(call.session, upload)
    return call.page(
        "import_plan.html",
        status=status,
        fault=fault,
        plan=plan,
        counts=plan.counts(),
        groups=import_plans.groups_of(call.session, roster, plan),
        seal=import_plans.seal(plan),
        has_work=next(plan.changing(), None) is not None,
        too_many=plan.deregisters_too_many(),
        shown=import_plans.SHOWN,
        **values,
    )


def _form(call: Call, *, fault: str = "", status: int = 200) -> Response:
    runs = call.session.exec(select(ImportRun).order_by(col(ImportRun.id).desc()).limit(RUNS)).all()
    last, why_not = _undo_of(call)
    return call.page(
        "imports.html",
        status=status,
        fault=fault,
        kinds=KINDS,
        columns={kind: import_plans.columns_of(kind) for kind in KINDS},
        chosen=call.form.text("roster") or call.query("roster"),
        is_full=call.form.text("full") == "yes",
        runs=runs,
        names=NAMES_BY_ROSTER,
        undo=last,
        why_not=why_not,
        waiting=_waiting(call),
    )


def _waiting(call: Call) -> list[Upload]:
    """The user's own files about which nothing was decided yet."""
    statement = select(Upload).where(
        col(Upload.user_id) == call.user.id, col(Upload.kind) == KIND, col(Upload.applied_at).is_(None)
    )
    return list(call.session.exec(statement.order_by(col(Upload.id).desc()).limit(RUNS)))


def _undo_of(call: Call) -> tuple[Undo | None, str]:
    """What could be taken back, else why it cannot."""
    try:
        return undoing.plan_undo(call.session), ""
    except NotFound:
        return None, ""
    except Conflict as error:
        return None, error.message
