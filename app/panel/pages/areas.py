"""The tree of areas with coverage, one area's page, the notice to hang up, and the ledger of changes."""

from datetime import timedelta

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.clock import local_date
from app.directory import changes, overview, scenes
from app.directory.columns import header_of
from app.directory.lookup import is_away
from app.directory.models import Area, Officer
from app.directory.qr import qr
from app.errors import AppError, NotFound
from app.panel import area_rows, ticket_rows
from app.panel.area_rows import AreaNode
from app.panel.calls import Call
from app.panel.paging import page_of
from app.panel.roles import OUTBOX_READERS
from app.panel.scope import area_codes, subtree
from app.panel.ticket_filters import Filters
from app.panel.treemap import HEIGHT, WIDTH

PATH = "/admin/areas"
CHANGES = "/admin/changes"


def show_list(call: Call) -> Response:
    """The tree: how many enterprises, how many without an officer."""
    today = call.today
    top = area_rows.tree(call.session, today, area_codes(call.session, call.user))
    return call.page(
        "areas.html",
        nodes=list(area_rows.walk(top)),
        tiles=area_rows.tiles(top),
        size=(WIDTH, HEIGHT),
        total=sum(node.total for node in top),
        unserved=sum(node.unserved for node in top),
        rule=today.rules.profile.coverage,
        may_check=call.role in OUTBOX_READERS,
    )


def show_coverage(call: Call) -> Response:
    """Whom somebody must look at: without an officer, between two areas, in none; officers with too many."""
    profile = call.deps.rules(call.session).profile
    report, made_at = overview.current(call.session, profile)
    lists = [
        ("unassigned", "没有服务人员", report.unassigned),
        ("two-areas", "可能属两个片区", report.two_areas),
        ("unknown-area", "片区不明", report.unknown_area),
    ]
    if profile.names_leaders:
        lists.append(("leaderless", "没有包联领导，片区也没有包保领导", report.leaderless))
    named = overview.items(call.session, [listing for _, _, listing in lists])
    return call.page(
        "coverage.html",
        report=report,
        lists=[(key, title, of.count, rows) for (key, title, of), rows in zip(lists, named, strict=True)],
        crowded=overview.crowded(call.session, report),
        rule=profile.coverage,
        titles=profile.titles,
        shown=overview.SHOWN,
        made_at=made_at,
        minutes=overview.EVERY // timedelta(minutes=1),
    )


def show(call: Call) -> Response:
    """One area: facts, parts, officers."""
    node, place = _node(call)
    crumbs = [(PATH, "片区"), *((f"{PATH}/{area.code}", area.name) for area in place)]
    filters = Filters(area=node.area.code)
    today = call.today
    return call.page(
        "area.html",
        node=node,
        crumbs=crumbs,
        officers=_officers(call.session, node.area.code),
        live=ticket_rows.count(call.session, filters, today, area_codes(call.session, call.user)),
    )


def show_notice(call: Call) -> Response:
    """The notice that hangs in the area (A7): who serves it, how to reach them, a code that carries the area."""
    node, place = _node(call)
    profile = call.deps.rules(call.session).profile
    today = local_date(call.now)
    officers = [
        (officer, is_away(officer, today)) for officer in _officers(call.session, *_codes_below(node))
    ]
    address, scans_into_chat = scenes.code_address(call.session, call.deps.public_url, node.area.code)
    return call.page(
        "area_notice.html",
        node=node,
        place=place,
        officers=officers,
        profile=profile,
        today=today,
        code=qr(address) if address else None,
        scans_into_chat=scans_into_chat,
    )


def show_changes(call: Call) -> Response:
    """增减台账 (A4): what became of the enterprises of an area in a month."""
    codes = area_codes(call.session, call.user)
    areas = area_rows.choices(call.session, codes)
    area = call.query("area") if call.query("area") in dict(areas) else ""
    month = call.query("month") or local_date(call.now).isoformat()[:7]
    try:
        since, before = changes.month_bounds(month)
    except AppError:
        month = local_date(call.now).isoformat()[:7]
        since, before = changes.month_bounds(month)
    wanted = changes.subtree(call.session, area) if area else codes
    lines = changes.ledger(call.session, since, before, wanted)
    query = {"month": month, "area": area}
    page = page_of(lines, number=call.query_number("page"), path=CHANGES, query=query)
    return call.page(
        "changes.html",
        page=page,
        counts=changes.counts(lines),
        areas=areas,
        area=area,
        month=month,
        header_of=lambda name: header_of("enterprises", name),
    )


def _node(call: Call) -> tuple[AreaNode, list[Area]]:
    """The area with its counts and those above it; NotFound outside a confined user's own."""
    codes, code = area_codes(call.session, call.user), call.part("code")
    below = subtree(call.session, code)
    for node in area_rows.tree(call.session, call.today, below if codes is None else below & codes):
        if node.area.code == code:
            return node, _above(call.session, node.area)
    raise NotFound("没有这个片区，或者不在您的片区。")


def _above(session: Session, area: Area) -> list[Area]:
    found: list[Area] = []
    parent = session.get(Area, area.parent_code) if area.parent_code else None
    while parent is not None and parent not in found:
        found.insert(0, parent)
        parent = session.get(Area, parent.parent_code) if parent.parent_code else None
    return found


def _codes_below(node: AreaNode) -> list[str]:
    return [part.area.code for part in area_rows.walk([node])]


def _officers(session: Session, *codes: str) -> list[Officer]:
    statement = select(Officer).where(col(Officer.is_active), col(Officer.area_code).in_(codes))
    return list(session.exec(statement.order_by(col(Officer.area_code), col(Officer.staff_no))))
