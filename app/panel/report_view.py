"""Reports as the panel shows and hands them out: period, columns, cells that open their rows, files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from app.clock import local_date
from app.panel.calls import Call, day_of
from app.panel.scope import area_codes, enterprises_in, tickets_in
from app.reports import contacts, gathering
from app.reports.gathering import GROUPINGS, Names
from app.reports.history import Story
from app.reports.measures import BY_KEY, MEASURES, RATE_BY_KEY, RATES, Line
from app.reports.period import Period, month_of, quarter_of, week_of, year_of

PATH = "/admin/reports"
ROWS = f"{PATH}/rows"
LONGEST_DAYS = 400
YEARS = range(2000, 2101)
VISITS = "visits"
VISITS_NAME = "走访联系"
VISITS_MEANING = "期内记下的走访、电话和线上联系的次数；问卷、回访和政策推送不算。"
REPORTS = {
    "work": "工作统计表",
    "performance": "考核数据",
    "ledger": "台账",
    "topics": "共性问题",
    "cases": "典型案例",
    "special": "专报",
}
WORK = (
    VISITS, "opened", "alone", "summoned", "raised", "resolved", "on_time_rate", "returned", "reopened",
    "satisfied_rate", "live", "past_due", "overdue",
)  # fmt: skip
PERFORMANCE = (
    "received", "resolved", "on_time_rate", "returned", "return_rate", "reopened", "repeat_rate", "rated",
    "satisfied_rate", "fair", "dissatisfied", "live", "past_due", "late", "overdue",
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What one report is about: the period, the grouping, the tickets as they stood, and names.

    `note` says why the period is not the one asked for.
    """

    period: Period
    by: str
    found: Sequence[Story]
    known: Names
    day: date
    note: str = ""

    def link(self, path: str, **changed: str) -> str:
        """An address with the same period and grouping."""
        kept = {"since": self.period.since.isoformat(), "until": self.period.until.isoformat(), "by": self.by}
        return f"{path}?{urlencode({**kept, **changed})}"


@dataclass(frozen=True)
class Cell:
    """One figure: its value as text and as a number, and the rows behind it."""

    text: str
    value: float | int | None
    link: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of figures with a total and what each column means."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    total: Sequence[Cell]
    meanings: Sequence[tuple[str, str]]


def frame(call: Call, groupings: Sequence[str]) -> Frame:
    """Period and grouping from the address or form, else this month by the first grouping; tickets in scope."""
    values = {name: call.query(name) or call.form.text(name) for name in ("since", "until", "by")}
    period = period_from(values["since"], values["until"], local_date(call.now))
    codes = area_codes(call.session, call.user)
    scope = tickets_in(codes) if codes is not None else None
    found = gathering.stories(call.session, period, call.now, scope)
    by = values["by"] if values["by"] in groupings else groupings[0]
    note = _other_than_asked(values["since"], values["until"], period)
    known = gathering.names(call.session, call.deps.rules(call.session).profile.hub.name)
    return Frame(period, by, found, known, period.last_day(call.now), note)


def period_from(since: str, until: str, today: date) -> Period:
    """The days asked for; this month where they make no sense. At most LONGEST_DAYS, counted back from the end."""
    first, last = _day(since), _day(until)
    if first is None or last is None or last < first:
        return month_of(today)
    return Period(max(first, last - timedelta(days=LONGEST_DAYS - 1)), last)


def _other_than_asked(since: str, until: str, period: Period) -> str:
    """Why the figures are not of the days that were asked for; "" if they are."""
    first, last = _day(since), _day(until)
    if first is not None and last is not None and last < first:
        return f"结束日期早于开始日期，下面是{period.label}的数字。"
    if last == period.until and first is not None and first < period.since:
        return f"一次最多看 {LONGEST_DAYS} 天，下面从 {period.since} 起。"
    return "日期没有填全，下面是本月的数字。" if (since or until) and (first is None or last is None) else ""


def presets(today: date) -> list[tuple[str, Period]]:
    """Periods that are asked for again and again."""
    last_month = month_of(today.replace(day=1) - timedelta(days=1))
    return [
        ("本周", week_of(today)),
        ("上周", week_of(today - timedelta(days=7))),
        ("本月", month_of(today)),
        ("上月", last_month),
        ("本季度", quarter_of(today)),
        ("本年", year_of(today)),
    ]


def grid(call: Call, shown: Frame, columns: Sequence[str]) -> Grid:
    """The figures of every group, each with the address of its rows."""
    lines = gathering.lines(shown.found, shown.by, shown.period, call.now, shown.known)
    lines = [line for line in lines if any(line.counts.get(key) for key in _counted(columns))]
    visited = visit_counts(call, shown) if VISITS in columns else {}
    extra = [
        Line(key, gathering.name_of(shown.by, key, shown.known), dict.fromkeys(BY_KEY, 0))
        for key in visited.keys() - {line.key for line in lines}
    ]
    lines = sorted(lines + extra, key=lambda line: line.key.zfill(9) if line.key.isdecimal() else line.key)
    rows = [
        (line.name, [_cell(shown, line, column, visited.get(line.key, 0)) for column in columns])
        for line in lines
    ]
    whole = gathering.total(lines)
    total = [_cell(shown, whole, column, sum(visited.values())) for column in columns]
    return Grid([name_of(column) for column in columns], rows, total, _meanings(columns))


def figure_of(call: Call, shown: Frame, measure: str, key: str) -> int:
    """What the table says for one measure in the group of `key`; "" is the line of totals."""
    lines = gathering.lines(shown.found, shown.by, shown.period, call.now, shown.known)
    return sum(line.counts[measure] for line in lines if key in ("", line.key))


def visit_counts(call: Call, shown: Frame) -> dict[str, int]:
    """Visits by group."""
    scope = enterprises_in(area_codes(call.session, call.user))
    return dict(contacts.visits(call.session, shown.period, call.now, shown.by, shown.known, scope))


def name_of(column: str) -> str:
    """The head of a column."""
    if column == VISITS:
        return VISITS_NAME
    return RATE_BY_KEY[column].name if column in RATE_BY_KEY else BY_KEY[column].name


def meaning_of(column: str) -> tuple[str, str]:
    """Head and definition."""
    if column == VISITS:
        return VISITS_NAME, VISITS_MEANING
    if column in RATE_BY_KEY:
        return RATE_BY_KEY[column].name, RATE_BY_KEY[column].meaning
    return BY_KEY[column].name, BY_KEY[column].meaning


def _meanings(columns: Sequence[str]) -> list[tuple[str, str]]:
    """The definition of every column, and of what a rate is made of where that has no column of its own."""
    found: dict[str, str] = {}
    for column in columns:
        rate = RATE_BY_KEY.get(column)
        for key in (rate.part, rate.whole, column) if rate else (column,):
            found.setdefault(*meaning_of(key))
    return list(found.items())


def grouping_name(by: str) -> str:
    """`按一级片区`."""
    return f"按{GROUPINGS[by]}"


def _counted(columns: Sequence[str]) -> set[str]:
    """The measures that decide whether a group is shown: the columns' own and those of their rates."""
    rates = [rate for rate in RATES if rate.key in columns]
    own = {column for column in columns if column in BY_KEY}
    return own | {rate.part for rate in rates} | {rate.whole for rate in rates}


def _cell(shown: Frame, line: Line, column: str, visited: int) -> Cell:
    if column in RATE_BY_KEY:
        rate, value = RATE_BY_KEY[column], line.rate(column)
        behind = rate.part if line.counts[rate.part] else rate.whole
        link = shown.link(ROWS, measure=behind, key=line.key) if value is not None else ""
        return Cell("—" if value is None else f"{value}%", value, link)
    count = visited if column == VISITS else line.counts[column]
    tone = next((measure.tone for measure in MEASURES if measure.key == column), "") if count else ""
    link = shown.link(ROWS, measure=column, key=line.key) if count else ""
    return Cell(str(count), count, link, tone)


def _day(text: str) -> date | None:
    day = day_of(text)
    return day if day is not None and day.year in YEARS else None
