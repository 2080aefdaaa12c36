"""专报 (C9): what is late, supervised or passed around, as a document for those who must decide."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import _Row as TableRow

from app import audit
from app.clock import SHANGHAI
from app.reports.book import Table
from app.reports.gathering import Names
from app.reports.history import Story
from app.reports.measures import BY_KEY, RATE_BY_KEY, Line
from app.reports.topics import Topic
from app.tickets.deadlines import days_left
from app.tickets.lifecycle import Status
from app.tickets.models import Ticket
from app.tickets.referral_models import Referral
from app.workdays.calendar import WorkCalendar

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PASSED_AROUND = 2
FONT = "宋体"
HEADS = ("序号", "单号", "诉求", "承办", "期限", "超期工作日")
# Centimetres of each column: together what is left of an A4 page between its margins.
WIDTHS = (1.2, 3.2, 5.0, 2.6, 2.4, 1.6)
COUNTED = ("opened", "resolved", "on_time", "late", "rated", "satisfied", "live", "overdue")
PAGE = (21.0, 29.7)
MARGIN = 2.5
TABLE_SIZE = 10.5


@dataclass(frozen=True)
class Brief:
    """What the document says. `late` and the others are as of `day`; `calendar` counts the days they are late."""

    title: str
    issuer: str
    period: str
    day: date
    figures: Line
    late: Sequence[Story]
    supervised: Sequence[Story]
    passed_around: Sequence[Story]
    topics: Sequence[Topic]
    calendar: WorkCalendar
    referred: Sequence[tuple[Referral, Ticket]] = ()


def referral_line(row: Referral, ticket: Ticket) -> str:
    """`20261120-0042 退回 2 次，11月20日移交区纪委监委，尚无结果。`"""
    at = row.referred_at.astimezone(SHANGHAI)
    came = f"结果：{_plain(row.outcome)}" if row.outcome_at is not None else "尚无结果"
    passed = f"退回 {row.times} 次，" if row.times else ""
    return f"{ticket.number} {passed}{at.month} 月 {at.day} 日移交{row.body}，{came.rstrip('。')}。"


def pick(
    found: Sequence[Story], day: date, times: int = PASSED_AROUND
) -> tuple[list[Story], list[Story], list[Story]]:
    """Late; supervised, also when done and the enterprise does not know yet, as on screen; given back so many times and
    still open (C14). The latest first. Pure."""
    late = sorted((story for story in found if story.is_late_on(day)), key=lambda story: story.due_on)
    live = [story for story in found if story.is_live]
    return (
        late,
        [
            story
            for story in found
            if story.is_supervised and (story.is_live or story.status is Status.RESOLVED)
        ],
        [story for story in live if len(story.returned) >= times],
    )


def overall(brief: Brief) -> str:
    """The first paragraph."""
    counts = brief.figures.counts
    rate = brief.figures.rate("on_time_rate")
    satisfied = brief.figures.rate("satisfied_rate")
    return (
        f"{brief.period}，新收企业诉求 {counts['opened']} 件，办结 {counts['resolved']} 件，"
        f"按时办结 {counts['on_time']} 件{f'（{rate}%）' if rate is not None else ''}，"
        f"超期办结 {counts['late']} 件；"
        f"企业评价 {counts['rated']} 件，满意 {counts['satisfied']} 件"
        f"{f'（{satisfied}%）' if satisfied is not None else ''}。"
        f"截至 {brief.day.month} 月 {brief.day.day} 日，在办 {counts['live']} 件，"
        f"其中超期 {counts['overdue']} 件；正在督办 {len(brief.supervised)} 件。"
    )


def write(brief: Brief, known: Names) -> bytes:
    """The DOCX file. Measures to be taken are left blank: they are for people to write."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    paper = document.sections[0]
    paper.page_width, paper.page_height = Cm(PAGE[0]), Cm(PAGE[1])
    paper.left_margin = paper.right_margin = Cm(MARGIN)
    _centred(document, brief.title, 20)
    _centred(document, f"{brief.issuer}　　{brief.day.year} 年 {brief.day.month} 月 {brief.day.day} 日", 12)
    _heading(document, "一、总体情况")
    document.add_paragraph(overall(brief))
    _heading(document, f"二、超期未办结的诉求（{len(brief.late)} 件）")
    _table(document, brief.late, brief, known)
    _heading(document, f"三、正在督办的诉求（{len(brief.supervised)} 件）")
    _table(document, brief.supervised, brief, known)
    _heading(document, f"四、两次以上退回、需明确牵头单位的诉求（{len(brief.passed_around)} 件）")
    _table(document, brief.passed_around, brief, known)
    for row, ticket in brief.referred:
        document.add_paragraph(referral_line(row, ticket))
    _heading(document, "五、反映较多的问题")
    for topic in brief.topics:
        note = "，明显增多" if topic.is_spike else ""
        document.add_paragraph(
            f"{_plain(topic.name)}：{topic.count} 件，来自 {topic.enterprises} 家企业{note}。"
        )
    if not brief.topics:
        document.add_paragraph("没有。")
    _heading(document, "六、建议")
    document.add_paragraph("（请填写）")
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def tables(brief: Brief, known: Names) -> list[tuple[str, Table]]:
    """The same as sheets, for those who sort and count on."""
    under = f"{brief.issuer}　{brief.period}　截至 {brief.day.isoformat()}"
    lists = (
        ("超期未办结", "超期未办结的诉求", brief.late),
        ("正在督办", "正在督办的诉求", brief.supervised),
        ("两次以上退回", "两次以上退回、需明确牵头单位的诉求", brief.passed_around),
    )
    sheets = [("总体情况", Table(brief.title, under, ("项目", "数字"), _figures(brief), [overall(brief)]))]
    for name, title, found in lists:
        rows = [_facts(number, story, brief, known) for number, story in enumerate(found, start=1)]
        sheets.append((name, Table(title, under, HEADS, rows, is_list=True)))
    passed = [(ticket.number, referral_line(row, ticket)) for row, ticket in brief.referred]
    asked = [
        (_plain(topic.name), topic.count, topic.enterprises, "是" if topic.is_spike else "")
        for topic in brief.topics
    ]
    sheets.append(("移交", Table("移交督查部门的诉求", under, ("单号", "移交和结果"), passed)))
    heads = ("事项", "件数", "涉及企业", "明显增多")
    return [*sheets, ("反映较多的问题", Table("反映较多的问题", under, heads, asked))]


def _figures(brief: Brief) -> list[tuple[str, int | float | None]]:
    line = brief.figures
    rows: list[tuple[str, int | float | None]] = [(BY_KEY[key].name, line.counts[key]) for key in COUNTED]
    rows += [(f"{RATE_BY_KEY[key].name}（%）", line.rate(key)) for key in ("on_time_rate", "satisfied_rate")]
    return [*rows, ("正在督办", len(brief.supervised))]


def _centred(document: DocumentType, text: str, size: int) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), size > 14


def _heading(document: DocumentType, text: str) -> None:
    document.add_paragraph().add_run(text).bold = True


def _table(document: DocumentType, found: Sequence[Story], brief: Brief, known: Names) -> None:
    if not found:
        document.add_paragraph("没有。")
        return
    table = document.add_table(rows=1, cols=len(HEADS))
    table.style = "Table Grid"
    table.autofit = False
    _fill(table.rows[0], HEADS)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # again on every page
    for number, story in enumerate(found, start=1):
        _fill(table.add_row(), [_said(value) for value in _facts(number, story, brief, known)])


def _fill(row: TableRow, values: Sequence[str]) -> None:
    for cell, value, width in zip(row.cells, values, WIDTHS, strict=True):
        cell.width = Cm(width)
        cell.paragraphs[0].add_run(value).font.size = Pt(TABLE_SIZE)


def _facts(number: int, story: Story, brief: Brief, known: Names) -> tuple[int | str | date | None, ...]:
    is_late = story.is_late_on(brief.day)
    over = -days_left(brief.calendar, story.counted_until(brief.day), story.due_on) if is_late else 0
    return (
        number,
        story.basis.number,
        _plain(story.basis.title),
        known.party(story.party),
        story.due_on,
        over or None,
    )


def _said(value: int | str | date | None) -> str:
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    """Without telephone numbers and without characters that a document cannot hold."""
    return str(audit.cleaned(text))
