"""Reports as files: XLSX in the shape of a ledger, the 专报 as DOCX."""

from sqlalchemy import ColumnElement

from app.clock import local_date
from app.panel import report_view
from app.panel.calls import Call
from app.panel.report_view import REPORTS, Frame, Grid
from app.reports import book, cases, gathering, ledger, special, topics
from app.reports.book import Table
from app.reports.special import Brief, overall
from app.tickets import referring

__all__ = ["brief", "make", "overall"]

MOST_TOPICS = 10
ORIGIN = "数字取自工单时间线，按期末那一刻的情况计算；同一期间什么时候导出都一样（仍在进行的期间除外）。"


def make(call: Call, name: str, shown: Frame, scope: ColumnElement[bool] | None) -> tuple[str, str, bytes]:
    """File name, media type and content of a report."""
    title = f"{REPORTS[name]}（{shown.period.label}）"
    if name == "special" and call.form.text("format") != "xlsx":
        content = special.write(brief(call, shown, scope), shown.known)
        return f"{title}.docx", special.MIME, content
    tables = {
        "work": lambda: _grid(call, shown, report_view.WORK),
        "performance": lambda: _grid(call, shown, report_view.PERFORMANCE),
        "ledger": lambda: _ledger(call, shown),
        "topics": lambda: _topics(call, shown, scope),
        "cases": lambda: _cases(call, shown),
        "special": lambda: special.tables(brief(call, shown, scope), shown.known),
    }[name]()
    return f"{title}.xlsx", book.MIME, book.write(tables)


def brief(call: Call, shown: Frame, scope: ColumnElement[bool] | None) -> Brief:
    """What the 专报 says."""
    rules = call.deps.rules(call.session)
    profile = rules.profile
    lines = gathering.lines(shown.found, "area", shown.period, call.now, shown.known)
    times = profile.passing.times_from if profile.passing is not None else special.PASSED_AROUND
    late, supervised, passed_around = special.pick(shown.found, shown.day, times)
    found = topics.topics(call.session, shown.period, call.now, "category", scope)
    return Brief(
        title=f"{profile.full_name}企业诉求办理情况专报",
        issuer=profile.hub.name,
        period=shown.period.label,
        day=shown.day,
        figures=gathering.total(lines),
        late=late,
        supervised=supervised,
        passed_around=passed_around,
        topics=[topic for topic in found if topic.name != topics.UNKNOWN][:MOST_TOPICS],
        calendar=rules.calendar,
        referred=referring.referred(
            call.session, scope, since=shown.period.starts_at, before=shown.period.cutoff(call.now)
        ),
    )


def _grid(call: Call, shown: Frame, columns: tuple[str, ...]) -> list[tuple[str, Table]]:
    grid = report_view.grid(call, shown, columns)
    name = REPORTS["work"] if columns == report_view.WORK else REPORTS["performance"]
    return [(name, _grid_table(call, shown, grid, name))]


def _grid_table(call: Call, shown: Frame, grid: Grid, name: str) -> Table:
    head = gathering.GROUPINGS[shown.by]
    rows = [[title, *(cell.value for cell in cells)] for title, cells in grid.rows]
    rows.append(["合计", *(cell.value for cell in grid.total)])
    notes = [f"{title}：{meaning}" for title, meaning in grid.meanings]
    heads = [head, *(f"{title}（%）" if title.endswith("率") else title for title in grid.heads)]
    return Table(_title(call, name), _under(call, shown), heads, rows, [*notes, ORIGIN])


def _ledger(call: Call, shown: Frame) -> list[tuple[str, Table]]:
    found = ledger.opened_in(shown.found, shown.period)
    rows = ledger.rows(call.session, found, shown.known)
    table = Table(
        _title(call, "企业诉求台账"), _under(call, shown), ledger.HEADS, rows, [ORIGIN], is_list=True
    )
    return [("台账", table)]


def _topics(call: Call, shown: Frame, scope: ColumnElement[bool] | None) -> list[tuple[str, Table]]:
    heads = ("事项", "件数", "此前四期平均", "涉及企业", "明显增多")
    tables = []
    for kind, title in topics.KINDS.items():
        found = topics.topics(call.session, shown.period, call.now, kind, scope)
        rows = [
            (item.name, item.count, item.mean, item.enterprises, "是" if item.is_spike else "")
            for item in found
        ]
        table = Table(_title(call, f"共性问题（按{title}）"), _under(call, shown), heads, rows)
        tables.append((title, table))
    return tables


def _cases(call: Call, shown: Frame) -> list[tuple[str, Table]]:
    found = cases.candidates(shown.found, shown.period)
    rows = [(item.story.basis.number, item.story.basis.title, "、".join(item.why)) for item in found]
    officers = gathering.lines(shown.found, "officer", shown.period, call.now, shown.known)
    stars = [
        (line.name, line.counts["resolved"], line.counts["rated"], line.counts["satisfied"])
        for line in cases.stars(officers)
    ]
    return [
        (
            "典型案例候选",
            Table(
                _title(call, "典型案例候选"),
                _under(call, shown),
                ("单号", "诉求", "理由"),
                rows,
                [cases.MEANING],
            ),
        ),
        (
            "服务标兵候选",
            Table(
                _title(call, "服务标兵候选"),
                _under(call, shown),
                ("服务人员", "办结", "已评价", "满意"),
                stars,
                [cases.STARS_MEANING],
            ),
        ),
    ]


def _title(call: Call, name: str) -> str:
    return f"{call.deps.rules(call.session).profile.full_name}{name}"


def _under(call: Call, shown: Frame) -> str:
    hub = call.deps.rules(call.session).profile.hub.name
    return f"期间：{shown.period.label}　填报单位：{hub}　导出日期：{local_date(call.now).isoformat()}"
