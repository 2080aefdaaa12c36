"""Reports (E2–E5, C9): on screen with every figure leading to its rows, and as files for those who ask for files."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from starlette.responses import Response

from app.clock import local_date
from app.directory.models import Enterprise, Officer, Visit
from app.errors import NotFound
from app.panel import report_files, report_view, ticket_rows
from app.panel.calls import Call
from app.panel.paging import page_of
from app.panel.report_view import REPORTS, ROWS, VISITS, Frame
from app.panel.scope import area_codes, enterprises_in, tickets_in
from app.reports import cases, gathering, ledger, measures, special, topics
from app.reports.contacts import visit_key
from app.reports.gathering import GROUPINGS
from app.tickets.contacting import IN_PERSON

WORK_BY = ("area", "grid")
PERFORMANCE_BY = ("officer", "area", "department")
ANY_BY = tuple(GROUPINGS)
TOPIC = "topic"


def show(call: Call) -> Response:
    """The report that the path names; the table of work first."""
    name = str(call.request.path_params.get("name", "work"))
    return _shower(name)(call)


def show_work(call: Call) -> Response:
    """工作统计表 by area or grid (E4)."""
    shown = report_view.frame(call, WORK_BY)
    grid = report_view.grid(call, shown, report_view.WORK)
    return _page(call, "report_grid.html", "work", shown, grid=grid, groupings=WORK_BY)


def show_performance(call: Call) -> Response:
    """Figures of officers, areas and departments (E3)."""
    shown = report_view.frame(call, PERFORMANCE_BY)
    grid = report_view.grid(call, shown, report_view.PERFORMANCE)
    return _page(call, "report_grid.html", "performance", shown, grid=grid, groupings=PERFORMANCE_BY)


def show_ledger(call: Call) -> Response:
    """台账: one line for each ticket of the period."""
    shown = report_view.frame(call, ("area",))
    found = ledger.opened_in(shown.found, shown.period)
    query = {"since": shown.period.since.isoformat(), "until": shown.period.until.isoformat()}
    page = page_of(found, number=call.query_number("page"), path=f"{report_view.PATH}/ledger", query=query)
    rows = list(ledger.rows(call.session, list(page.rows), shown.known))
    return _page(call, "report_ledger.html", "ledger", shown, page=page, heads=ledger.HEADS, rows=rows)


def show_topics(call: Call) -> Response:
    """Common problems and spikes (E2)."""
    shown = report_view.frame(call, ("area",))
    scope = _scope(call)
    tables = [
        (kind, title, topics.topics(call.session, shown.period, call.now, kind, scope))
        for kind, title in topics.KINDS.items()
    ]
    links = {
        (kind, topic.name): shown.link(ROWS, measure=TOPIC, kind=kind, key=topic.name)
        for kind, _, found in tables
        for topic in found
    }
    return _page(
        call, "report_topics.html", "topics", shown, tables=tables, links=links, earlier=topics.EARLIER
    )


def show_cases(call: Call) -> Response:
    """Candidates for typical cases and for praise (E5)."""
    shown = report_view.frame(call, ("officer",))
    officers = gathering.lines(shown.found, "officer", shown.period, call.now, shown.known)
    return _page(
        call,
        "report_cases.html",
        "cases",
        shown,
        candidates=cases.candidates(shown.found, shown.period),
        stars=cases.stars(officers),
        meaning=cases.MEANING,
        stars_meaning=cases.STARS_MEANING,
    )


def show_special(call: Call) -> Response:
    """专报 as it will stand in the document (C9)."""
    shown = report_view.frame(call, ("area",))
    brief = report_files.brief(call, shown, _scope(call))
    return _page(
        call,
        "report_special.html",
        "special",
        shown,
        brief=brief,
        text=report_files.overall(brief),
        referral_line=special.referral_line,
    )


def export(call: Call) -> Response:
    """The report as a file; handing it out leaves an audit row."""
    name = call.part("name")
    _shower(name)
    groupings = {"work": WORK_BY, "performance": PERFORMANCE_BY}.get(name, ("area",))
    shown = report_view.frame(call, groupings)
    file_name, mime, content = report_files.make(call, name, shown, _scope(call))
    call.target = f"report:{name}"
    call.detail = {
        "since": shown.period.since.isoformat(),
        "until": shown.period.until.isoformat(),
        "by": shown.by,
    }
    disposition = (
        f"attachment; filename=\"report{PurePath(file_name).suffix}\"; filename*=UTF-8''{quote(file_name)}"
    )
    return Response(content, media_type=mime, headers={"Content-Disposition": disposition})


def show_rows(call: Call) -> Response:
    """The tickets or visits behind one figure."""
    shown = report_view.frame(call, ANY_BY)
    measure, key = call.query("measure"), call.query("key")
    if measure == VISITS:
        return _visit_rows(call, shown, key)
    if measure == TOPIC:
        kind = call.query("kind") if call.query("kind") in topics.KINDS else "category"
        numbers = topics.numbers_of(call.session, shown.period, call.now, kind, key, _scope(call))
        title, group, meaning = key, topics.KINDS[kind], "期内新收、归到这一类的诉求。"
    elif measure in measures.BY_KEY:
        found = measures.behind(
            shown.found,
            shown.period,
            shown.day,
            measure,
            lambda story, party: _is_in(gathering.key_of(shown.by, story, party, shown.known), key),
        )
        numbers = [story.basis.number for story in found]
        title, meaning = report_view.meaning_of(measure)
        group = gathering.name_of(shown.by, key, shown.known) if key else "合计"
        may_differ = measures.BY_KEY[measure].of_times or not key
        figure = report_view.figure_of(call, shown, measure, key) if may_differ else len(numbers)
        if figure != len(numbers):
            meaning = f"数字是 {figure}：有的一件算了不止一次。{meaning}"
    else:
        raise NotFound("没有这一项数字")
    return _ticket_rows(call, shown, numbers, title=title, group=group, meaning=meaning)


def _ticket_rows(
    call: Call, shown: Frame, numbers: list[str], *, title: str, group: str, meaning: str
) -> Response:
    names = ("since", "until", "by", "measure", "key", "kind")
    query = {name: call.query(name) for name in names}
    page = page_of(numbers, number=call.query_number("page"), path=ROWS, query=query)
    today = call.today
    codes = area_codes(call.session, call.user)
    rows = ticket_rows.by_numbers(call.session, list(page.rows), today, codes)
    return call.page(
        "report_rows.html", shown=shown, page=page, rows=rows, title=title, group=group, meaning=meaning
    )


def _visit_rows(call: Call, shown: Frame, key: str) -> Response:
    statement = (
        select(Visit, Enterprise, Officer.name)
        .join(Enterprise, col(Enterprise.id) == col(Visit.enterprise_id))
        .outerjoin(Officer, col(Officer.id) == col(Visit.officer_id))
        .where(
            col(Visit.at) >= shown.period.starts_at,
            col(Visit.at) < shown.period.cutoff(call.now),
            col(Visit.channel).in_([kind.value for kind in IN_PERSON]),
            enterprises_in(area_codes(call.session, call.user)),
        )
        .order_by(col(Visit.at).desc())
    )
    found = [
        row
        for row in call.session.exec(statement)
        if _is_in(
            visit_key(shown.by, row[1].area_code or "", row[1].grid, row[0].officer_id, shown.known), key
        )
    ]
    query = {name: call.query(name) for name in ("since", "until", "by", "measure", "key")}
    return call.page(
        "report_visits.html",
        shown=shown,
        page=page_of(found, number=call.query_number("page"), path=ROWS, query=query),
        group=gathering.name_of(shown.by, key, shown.known) if key else "合计",
        meaning=report_view.VISITS_MEANING,
    )


def _is_in(group: str | None, key: str) -> bool:
    return group is not None and key in ("", group)


def _scope(call: Call) -> ColumnElement[bool] | None:
    codes = area_codes(call.session, call.user)
    return tickets_in(codes) if codes is not None else None


def _page(call: Call, template: str, name: str, shown: Frame, **values: Any) -> Response:
    today = local_date(call.now)
    tabs = [
        (shown.link(f"{report_view.PATH}/{key}"), title, None, key == name) for key, title in REPORTS.items()
    ]
    return call.page(
        template,
        name=name,
        title=REPORTS[name],
        shown=shown,
        tabs=tabs,
        presets=report_view.presets(today),
        grouping_name=report_view.grouping_name,
        report_path=f"{report_view.PATH}/{name}",
        is_running=shown.period.until >= today,
        **values,
    )


SHOWERS = {
    "work": show_work,
    "performance": show_performance,
    "ledger": show_ledger,
    "topics": show_topics,
    "cases": show_cases,
    "special": show_special,
}


def _shower(name: str) -> Callable[[Call], Response]:
    if name not in SHOWERS:
        raise NotFound("没有这种报表")
    return SHOWERS[name]
