"""The list of tickets, the hub's queue, saved filters, and dispatching many at once."""

from dataclasses import replace
from urllib.parse import urlencode

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.directory.models import Area
from app.errors import AppError, Forbidden
from app.panel import holders, people_rows, saved_filters, ticket_actions, ticket_rows
from app.panel.calls import Call, Form, day_of, whole_number
from app.panel.conditions import CONDITIONS, Today
from app.panel.roles import CASE_WORKERS, DISPATCHERS, TICKET_WORKERS
from app.panel.scope import OfDepartment, area_codes
from app.panel.ticket_detail import find_ticket
from app.panel.ticket_filters import BY_NAMES, QUALITY_NAMES, SORTS, Filters, sort_of
from app.tickets import service
from app.tickets.channels import every_channel
from app.tickets.lifecycle import Action
from app.tickets.values import Incomplete

PATH = "/admin/tickets"
STATUS_CHOICES = (
    ("要紧的", ("live", "late", "today", "dispatch")),
    ("卡住的", ("unaccepted", "no-officer", "supervised", "passed-around", "meeting", "outside", "untold", "green")),
    ("按状态", ("pending", "working", "waiting", "finished", "resolved", "closed", "withdrawn", "all")),
)  # fmt: skip
OVER = frozenset({"resolved", "closed", "withdrawn", "finished", "untold"})
FILTER_FIELDS = (
    "status", "area", "q", "channel", "category", "department", "by", "since", "until", "quality", "sort",
)  # fmt: skip
MOST_AT_ONCE = 50


def show_list(call: Call) -> Response:
    """Filters that can be kept, search by number, name or words, order; boxes for those who dispatch."""
    return _list_page(call, {name: call.query(name) for name in FILTER_FIELDS})


def _list_page(call: Call, asked: dict[str, str], *, fault: str = "", status: int = 200) -> Response:
    session = call.session
    codes = area_codes(session, call.user)
    areas = area_choices(session, codes)
    filters = filters_from(asked, areas)
    today = call.today
    page = ticket_rows.find(session, filters, today, codes=codes, number=call.query_number("page"))
    profile = today.rules.profile
    return call.page(
        "tickets.html",
        status=status,
        fault=fault,
        page=page,
        elsewhere=None if page.total else _elsewhere(call, filters, today, codes),
        filters=filters,
        areas=areas,
        choices=[(title, [(key, CONDITIONS[key][0]) for key in keys]) for title, keys in STATUS_CHOICES],
        sorts=SORTS,
        sort=sort_of(filters),
        channels=every_channel(profile),
        categories=profile.categories,
        departments=[] if isinstance(codes, OfDepartment) else people_rows.department_names(session),
        by_names=BY_NAMES,
        quality_names=QUALITY_NAMES,
        saved=_saved(call, filters),
        may_pick=call.role in TICKET_WORKERS,
        may_dispatch=call.role in CASE_WORKERS and filters.condition not in OVER,
        may_register=call.role in DISPATCHERS,
    )


def _elsewhere(
    call: Call, filters: Filters, today: Today, codes: frozenset[str] | None
) -> tuple[str, str] | None:
    """Words that nothing in hand contains may be those of an old request: where that is, and how many there are, in
    words."""
    if not filters.words or filters.condition == "all":
        return None
    everywhere = replace(filters, condition="all")
    total, is_cut = ticket_rows.how_many(call.session, everywhere, today, codes)
    amount = f"超过 {total} 件" if is_cut else f"有 {total} 件"
    return (f"{PATH}?{urlencode(everywhere.query)}", amount) if total else None


def show_queue(call: Call) -> Response:
    """What waits for the hub to find somebody: the oldest first, one tap away from the dispatch form."""
    session = call.session
    today = call.today
    page = ticket_rows.find(
        session,
        Filters("dispatch"),
        today,
        codes=area_codes(session, call.user),
        number=call.query_number("page"),
        path="/admin/queue",
    )
    return call.page("queue.html", page=page, may_pick=call.role in CASE_WORKERS)


def keep_filter(call: Call) -> Response:
    """Save the list on screen under a name of the user's own."""
    areas = area_choices(call.session, area_codes(call.session, call.user))
    filters = filters_from({name: call.form.text(name) for name in FILTER_FIELDS}, areas)
    row = saved_filters.save(call.session, call.user, call.form.text("filter_name"), filters.query, call.now)
    call.target = f"filter:{row.name}"
    return call.go(f"{saved_filters.link(row, PATH)}&done=filter-saved")


def refuse_filter(call: Call, error: AppError) -> Response:
    """The list that was to be kept, with the name as it was typed."""
    asked = {name: call.form.text(name) for name in FILTER_FIELDS}
    return _list_page(call, asked, fault=error.message, status=error.status_code)


def drop_filter(call: Call) -> Response:
    """Forget one of the user's own."""
    name = saved_filters.forget(call.session, call.user, whole_number(call.part("filter_id")))
    call.target = f"filter:{name}"
    return call.go(PATH, done="filter-dropped")


def show_bulk(call: Call) -> Response:
    """The tickets that were ticked, and to whom they should go."""
    return _bulk_page(call, call.queries("number"), find=call.query("find"))


def dispatch_bulk(call: Call) -> Response:
    """Dispatch each of them; one that changed meanwhile or may not go there is left out, with the reason."""
    picked = _picked(call.form)
    target, codes = call.form.text("target"), area_codes(call.session, call.user)
    call.target = f"tickets:{len(picked)}"
    if not picked:
        raise Incomplete("还没有选中工单")
    if not target:
        raise Incomplete("请选择分派给谁", field="target")
    refused: list[tuple[str, str]] = []
    for number, version in picked.items():
        try:
            _dispatch(call, number, version, target, codes)
        except AppError as error:
            refused.append((number, error.message))
    sent = [number for number in picked if number not in dict(refused)]
    call.detail = {"target": target, "sent": sent, "refused": [number for number, _ in refused]}
    if not refused:
        return call.go("/admin/queue" if call.role in DISPATCHERS else PATH, done="dispatch")
    return _bulk_page(call, [], refused=refused, sent=len(sent))


def refuse_bulk(call: Call, error: AppError) -> Response:
    """The page again with what was chosen."""
    return _bulk_page(call, list(_picked(call.form)), fault=error.message, status=error.status_code)


def filters_from(values: dict[str, str], areas: list[tuple[str, str]]) -> Filters:
    """Filters from raw text; whatever makes no sense is left out. Words alone search everything."""
    words = values["q"][:100]
    wanted = values["status"] or ("all" if words else "live")
    return Filters(
        condition=wanted if wanted in CONDITIONS else "live",
        area=values["area"] if values["area"] in dict(areas) else "",
        words=words,
        channel=values["channel"],
        category=values["category"],
        department=whole_number(values["department"]),
        by=values["by"] if values["by"] in BY_NAMES else "opened",
        since=day_of(values["since"]),
        until=day_of(values["until"]),
        quality=values["quality"] if values["quality"] in QUALITY_NAMES else "",
        sort=values["sort"] if values["sort"] in SORTS else "",
    )


def area_choices(session: Session, codes: frozenset[str] | None) -> list[tuple[str, str]]:
    """First-level areas (code, name) to choose from; a confined user gets what lies in the own area."""
    statement = select(Area).where(col(Area.is_active)).order_by(col(Area.code))
    rows = session.exec(statement).all()
    if codes is None:
        return [(row.code, row.name) for row in rows if row.parent_code is None]
    return [(row.code, row.name) for row in rows if row.code in codes]


def _saved(call: Call, filters: Filters) -> list[tuple[str, str, str, bool]]:
    current = {name: value for name, value in filters.query.items() if value}
    return [
        (row.name, saved_filters.link(row, PATH), f"{PATH}/filters/{row.id}/drop", row.query == current)
        for row in saved_filters.saved_of(call.session, call.user)
    ]


def _picked(form: Form) -> dict[str, int]:
    """Ticket numbers with the version their reader saw."""
    found: dict[str, int] = {}
    for value in form.every("number")[:MOST_AT_ONCE]:
        number, _, version = value.partition(":")
        seen = whole_number(version)
        if seen is not None:
            found[number] = seen
    return found


def _dispatch(call: Call, number: str, version: int, target: str, codes: frozenset[str] | None) -> None:
    ticket = find_ticket(call.session, number, codes)
    if Action.DISPATCH not in ticket_actions.permitted(call.session, ticket, call.user, call.now):
        raise Forbidden("您的账号不能分派这张单子")
    holders.refuse_wrong_target(call.session, ticket, target, codes)
    service.perform(
        call.session,
        ticket.id or 0,
        Action.DISPATCH,
        ticket_actions.actor_of(call.user),
        note=call.form.text("note"),
        target=target,
        expected_version=version,
        rules=call.deps.rules(call.session),
        now=call.now,
    )


def _bulk_page(
    call: Call,
    numbers: list[str],
    *,
    find: str = "",
    fault: str = "",
    status: int = 200,
    refused: list[tuple[str, str]] | None = None,
    sent: int = 0,
) -> Response:
    session = call.session
    codes = area_codes(session, call.user)
    today = call.today
    groups = holders.all_groups(session, codes, find)
    only = holders.only_choice(groups) if find else ""
    return call.page(
        "bulk_dispatch.html",
        status=status,
        rows=ticket_rows.by_numbers(session, numbers[:MOST_AT_ONCE], today, codes),
        groups=groups,
        find=find,
        fault=fault,
        refused=refused or [],
        sent=sent,
        typed={"target": call.form.text("target") or only, "note": call.form.text("note")},
    )
