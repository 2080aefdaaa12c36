"""A list of requests (meeting, hotline, survey) as a plan on screen: what would become a ticket and what not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from app.directory.columns import Column, recognise
from app.directory.sheets import Sheet, SheetRow, UnreadableFileError
from app.errors import AppError
from app.panel import intake
from app.panel.intake import Entry
from app.tickets import service
from app.tickets.lifecycle import LIVE, Action
from app.tickets.likeness import most_alike
from app.tickets.models import Ticket
from app.tickets.values import Actor, Rules

KIND = "intake"
COLUMNS = (
    Column("content", "诉求", ("诉求内容", "诉求事项", "企业诉求", "问题描述", "反映问题"), is_required=True),
    Column("enterprise", "企业", ("企业名称", "单位名称", "主体名称")),
    Column("credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "统一代码")),
    Column("contact_name", "联系人", ("联络人",)),
    Column("contact_phone", "联系电话", ("电话", "手机", "联系方式", "手机号")),
    Column("channel", "渠道", ("来源渠道", "来源")),
    Column("external_number", "外部编号", ("工单编号", "工单号")),
    Column("category", "类别", ("诉求类别",)),
    Column("kind", "诉求类型"),
    Column("department", "部门", ("承办部门", "责任部门", "承办单位")),
)
MOST_ROWS = 1000


class NotAListError(AppError):
    """The file is a table, but not one of requests."""

    status_code = 422


@dataclass(frozen=True)
class PlannedRow:
    """One row: `reason` says why it will not be opened; `warning` what to look at first.

    `like` is the open ticket that is about the same by its words, or `第 3 行` of the same list: offered for merging.
    """

    line: int
    entry: Entry
    cells: dict[str, str]
    enterprise: str = ""
    reason: str = ""
    warning: str = ""
    like: str = ""


@dataclass(frozen=True)
class ListPlan:
    """What a list would do."""

    headers: Sequence[str]
    rows: Sequence[PlannedRow]
    ignored: Sequence[str] = ()

    @property
    def good(self) -> list[PlannedRow]:
        """Rows that become tickets."""
        return [row for row in self.rows if not row.reason]

    @property
    def alike(self) -> list[PlannedRow]:
        """Rows that may be about a matter that is known already."""
        return [row for row in self.rows if row.like and not row.reason]

    @property
    def rejected(self) -> list[PlannedRow]:
        """Rows that do not."""
        return [row for row in self.rows if row.reason]


def plan(session: Session, sheet: Sheet, *, channel: str, rules: Rules) -> ListPlan:
    """The dry run; nothing is written. Raises NotAListError for a table without requests."""
    try:
        found, ignored = recognise(sheet, COLUMNS)
    except UnreadableFileError:
        names = "、".join(column.header for column in COLUMNS)
        raise NotAListError(f"第一行要有「诉求」这一列；可用的列：{names}", field="file") from None
    if len(sheet.rows) > MOST_ROWS:
        raise NotAListError(f"一次最多 {MOST_ROWS} 行，请拆开再传", field="file")
    seen: dict[tuple[str, ...], int] = {}
    rows: list[PlannedRow] = []
    for row in sheet.rows:
        planned = _planned(session, row, _entry(row.cells, found, channel), rules)
        key = (planned.enterprise, planned.entry.contact_phone, planned.entry.content)
        number = (planned.entry.channel, planned.entry.external_number)
        if not planned.reason and key in seen:
            planned = _refused(planned, f"和第 {seen[key]} 行是同一件事")
        elif not planned.reason and number[1] and number in seen:
            planned = _refused(planned, f"和第 {seen[number]} 行的外部编号相同")
        if not planned.reason:
            seen |= {key: planned.line, number: planned.line}
        rows.append(_like_earlier(planned, rows))
    return ListPlan(sheet.headers, rows, ignored)


def open_all(
    session: Session, planned: ListPlan, *, by: Actor, rules: Rules, now: datetime, merges: bool = False
) -> list[Ticket]:
    """Open a ticket for each good row; `merges`: those that are alike follow the ticket they are like (并案)."""
    opened: dict[str, Ticket] = {}
    for row in planned.good:
        ticket = intake.open_entry(session, row.entry, by=by, rules=rules, now=now)
        opened[_place(row.line)] = ticket
        into = opened[row.like].number if row.like in opened else row.like
        if merges and into:
            service.perform(session, ticket.id or 0, Action.MERGE, by, target=into, rules=rules, now=now)
    return list(opened.values())


def _place(line: int) -> str:
    return f"第 {line} 行"


def _like_earlier(planned: PlannedRow, earlier: Sequence[PlannedRow]) -> PlannedRow:
    """An earlier row of the same enterprise with similar words; what that is like itself, this is like too."""
    if planned.reason or planned.like or planned.entry.enterprise_id is None:
        return planned
    same = {
        row.like or _place(row.line): row.entry.content
        for row in earlier
        if not row.reason and row.entry.enterprise_id == planned.entry.enterprise_id
    }
    like = most_alike(planned.entry.content, same.items())
    return replace(planned, like=like, warning=f"很像{like}，可以并案") if like else planned


def _planned(session: Session, row: SheetRow, entry: Entry, rules: Rules) -> PlannedRow:
    planned = PlannedRow(row.line, entry, row.cells, entry.enterprise)
    if row.fault:
        return _refused(planned, row.fault)
    wrong = intake.faults(entry, rules.profile)
    if wrong:
        return _refused(planned, "；".join(wrong.values()))
    if entry.enterprise:
        found = intake.candidates(session, entry)
        if len(found) != 1:
            words = (
                "没有找到这家企业，请核对名称或信用代码"
                if not found
                else "不止一家企业像这个名字，请写信用代码"
            )
            return _refused(planned, words)
        entry = intake.with_enterprise(entry, found[0])
        planned = PlannedRow(row.line, entry, row.cells, found[0].name)
    known = intake.known_already(session, entry)
    if known is not None:
        return _refused(planned, f"这个外部编号已经登记过：{known.number}")
    return _warned(session, planned)


def _warned(session: Session, planned: PlannedRow) -> PlannedRow:
    """The very same words are refused; another open request of the same enterprise is worth a look."""
    open_now = intake.twins(session, planned.entry)
    same = next((ticket for ticket in open_now if ticket.content == planned.entry.content), None)
    if same is not None:
        return _refused(planned, f"同样的诉求正在办：{same.number}")
    if not open_now:
        return planned
    mergeable = [ticket for ticket in open_now if ticket.status in LIVE and ticket.duplicate_of_id is None]
    like = most_alike(planned.entry.content, [(ticket.number, ticket.content) for ticket in mergeable])
    if like:
        return replace(planned, like=like, warning=f"很像在办的 {like}，可以并案")
    warning = f"这家企业有 {len(open_now)} 件在办：{'、'.join(ticket.number for ticket in open_now[:3])}"
    return replace(planned, warning=warning)


def _refused(planned: PlannedRow, reason: str) -> PlannedRow:
    return replace(planned, reason=reason)


def _entry(cells: Mapping[str, str], found: Mapping[str, Column], channel: str) -> Entry:
    values = {column.field: cells.get(header, "") for header, column in found.items()}
    return Entry(
        content=values["content"],
        channel=values.get("channel", "") or channel,
        external_number=values.get("external_number", ""),
        enterprise=values.get("credit_code", "") or values.get("enterprise", ""),
        contact_name=values.get("contact_name", ""),
        contact_phone=values.get("contact_phone", ""),
        category=values.get("category", ""),
        kind=values.get("kind", ""),
        department=values.get("department", ""),
    )
