"""The learning loop (B3): what nobody could answer and who should write it, how entries do, the weekly digest."""

from sqlmodel import select
from starlette.responses import Response

from app.clock import local_date
from app.directory import lookup
from app.errors import AppError
from app.panel.calls import Call, whole_number
from app.panel.pages.handbook import desk_of, person_of, topic_categories
from app.panel.pages.trends import tabs
from app.panel.roles import CASE_READERS, EDITORS
from app.tickets import parties
from app.trends import digest, drafting, gaps, usage
from app.trends.models import GapCluster, GapState
from app.trends.usage import WINDOW

PATH, USAGE, DIGEST = "/admin/gaps", "/admin/usage", "/admin/digest"
SHOWN = 100
WORDINGS = 20
STATE_NAMES = {
    GapState.OPEN: ("没人写", "wait"),
    GapState.DRAFTED: ("在写", "go"),
    GapState.SETTLED: ("已有条目", "done"),
    GapState.DISMISSED: ("不用写", "gone"),
}


def show_list(call: Call) -> Response:
    """Clusters by state, the most asked first."""
    wanted = call.query("show")
    state = GapState(wanted) if wanted in set(GapState) else GapState.OPEN
    counts = gaps.counts(call.session, call.now - WINDOW)
    rows = call.session.exec(select(GapCluster)).all()
    shown = sorted(
        (row for row in rows if row.state == state),
        key=lambda row: (-counts.get(row.id or 0, 0), row.id or 0),
    )
    return call.page(
        "gaps.html",
        tabs=tabs(PATH),
        states=[
            (f"{PATH}?show={one.value}", name, sum(row.state == one for row in rows), one is state)
            for one, (name, _) in STATE_NAMES.items()
        ],
        rows=[
            (row, counts.get(row.id or 0, 0), gaps.shrinkage(call.session, row, call.now))
            for row in shown[:SHOWN]
        ],
        days=WINDOW.days,
        ungrouped=0 if shown or state is not GapState.OPEN else len(gaps.unplaced(call.session, call.now)),
    )


def show(call: Call) -> Response:
    """One cluster: how it was asked, what was done, and what to do about it."""
    return _page(call)


def draft(call: Call) -> Response:
    """Put a draft on the desk, out of the cluster's resolved tickets."""
    cluster, desk = _cluster(call), desk_of(call)
    labels = {category.folder: category.label for category in topic_categories(desk.library())}
    folder = call.form.text("folder")
    if folder not in labels:
        raise AppError("请选类目", field="folder")
    sheet = drafting.start_draft(
        call.session, desk, cluster, folder, labels[folder], person_of(call), call.now
    )
    call.detail = {"act": "draft", "entry": sheet.entry_id}
    return call.go(f"/admin/handbook/drafts/{sheet.key}", done="gap-drafted")


def settle(call: Call) -> Response:
    """An entry that answers it exists already: from now on it is watched whether the cluster shrinks."""
    cluster = _cluster(call)
    entry_id = call.form.text("entry")
    if call.deps.search.entry(entry_id) is None:
        raise AppError("没有这个条目：写条目的编号，如 registration/company-setup", field="entry")
    gaps.settle(call.session, cluster, entry_id, call.now)
    call.detail = {"act": "settle", "entry": entry_id}
    return call.go(f"{PATH}/{cluster.id}", done="gap-settled")


def dismiss(call: Call) -> Response:
    """The handbook need not answer this."""
    cluster = _cluster(call)
    gaps.dismiss(call.session, cluster)
    call.detail = {"act": "dismiss"}
    return call.go(PATH, done="gap-dismissed")


def show_refusal(call: Call, error: AppError) -> Response:
    """The cluster with the reason."""
    return _page(call, fault=error.message, status=error.status_code)


def show_usage(call: Call) -> Response:
    """Hits of every entry, those never hit, those that win wrongly."""
    uses = usage.usage(call.session, desk_of(call).library().entries, call.now - WINDOW)
    never, wrong = usage.never_hit(uses), usage.winning_wrongly(uses)
    return call.page(
        "usage.html",
        tabs=tabs(USAGE),
        days=WINDOW.days,
        total=len(uses),
        hit=[use for use in uses if use.hits][:SHOWN],
        never=never,
        wrong=wrong,
        shown=SHOWN,
    )


def show_digest(call: Call) -> Response:
    """This week's digest of every department as its coordinators get it."""
    today = local_date(call.now)
    rows = []
    for one in digest.digests(call.session, desk_of(call).library().entries, call.now):
        department = lookup.find_department(call.session, one.department)
        people = parties.coordinators(call.session, department.id or 0) if department else []
        rows.append((one, digest.text_of(one, today), sum(person.openid is not None for person in people)))
    return call.page("digest.html", tabs=tabs(DIGEST), rows=rows)


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    cluster, desk = _cluster(call), desk_of(call)
    folder = cluster.near.split("/")[0] if cluster.near else ""
    near = call.deps.search.entry(cluster.near) if cluster.near else None
    may_see = call.may(CASE_READERS, "/admin/tickets")
    return call.page(
        "gap.html",
        status=status,
        fault=fault,
        cluster=cluster,
        state=STATE_NAMES[GapState(cluster.state)],
        wordings=gaps.wordings(call.session, cluster, WORDINGS),
        shrinkage=gaps.shrinkage(call.session, cluster, call.now),
        near=near,
        tickets=drafting.resolved_tickets(call.session, cluster),
        may_see_tickets=may_see,
        categories=[(category.folder, category.label) for category in topic_categories(desk.library())],
        folder=call.form.text("folder") or folder,
        may_edit=call.may(EDITORS, PATH),
        is_open=cluster.state == GapState.OPEN,
        is_pending=cluster.state in (GapState.OPEN, GapState.DRAFTED),
    )


def _cluster(call: Call) -> GapCluster:
    cluster = gaps.find(call.session, whole_number(call.part("cluster_id")) or 0)
    call.target = f"gap:{cluster.id}"
    return cluster
