"""Reports on screen: every figure opens its rows, the timeline agrees with the tickets, exports are audited (E2–E5)."""

import io
import re
from html import unescape

import openpyxl
import pytest
from docx import Document
from sqlmodel import select

from app.panel.report_view import REPORTS
from app.reports import gathering
from app.reports.period import month_of
from app.tickets.lifecycle import LIVE
from app.tickets.models import Ticket

NOVEMBER = "since=2026-11-01&until=2026-11-30"


def figures(page):
    """(number, address) of each plain count of the page's table."""
    found = re.findall(r'<a href="(/admin/reports/rows[^"]+)"[^>]*>(\d+)</a>', page)
    return [(int(count), unescape(link)) for link, count in found]


@pytest.mark.parametrize("name", list(REPORTS))
def test_each_report_opens_for_each_reader_and_nobody_else(office, name):
    for username in ("hub", "leader", "auditor", "admin"):
        office.user(username).page(f"/admin/reports/{name}?{NOVEMBER}")
    office.user("editor").page(f"/admin/reports/{name}", status=403)
    office.user("editor").post(f"/admin/reports/{name}/export", status=403)


@pytest.mark.parametrize(
    "report",
    [
        "work?by=area",
        "work?by=grid",
        "performance?by=officer",
        "performance?by=area",
        "performance?by=department",
    ],
)
def test_every_figure_opens_exactly_its_rows(office, report):
    hub = office.user("hub")
    found = figures(hub.page(f"/admin/reports/{report}&{NOVEMBER}"))
    assert len(found) > 20
    of_receiving = [item for item in found if "measure=received" in item[1]]
    for count, link in found[::7] + found[-6:] + of_receiving[-3:]:
        page = hub.page(link)
        shown = int(re.search(r"共 (\d+) [件次]", page)[1])
        is_of_times = "measure=returned" in link or link.endswith("key=")
        assert shown == count or (is_of_times and shown <= count), (link, count)
        assert shown == count or f"数字是 {count}：" in page


def test_the_timeline_tells_what_the_tickets_say_now(office):
    """The replay of every demo ticket ends where its row stands: status, holder, deadline, counters."""
    now = office.clock.now()
    with office.db.reading() as session:
        rows = {row.id: row for row in session.exec(select(Ticket))}
        found = gathering.stories(session, month_of(now.date()), now)
    assert len(found) == len(rows) > 20
    for story in found:
        row = rows[story.basis.id]
        told = (
            story.status, story.party.kind, story.party.officer_id, story.party.department_id, story.due_on,
            len(story.returned), len(story.reopened), story.is_live and story.is_supervised,
        )  # fmt: skip
        stands = (
            row.status, row.holder_kind, row.officer_id, row.department_id, row.due_on, row.returned_count,
            row.reopened_count, row.status in LIVE and row.supervised_at is not None,
        )  # fmt: skip
        assert told == stands, row.number


def test_an_area_leaders_report_is_of_the_own_area(office):
    leader = office.user("leader")
    page = leader.page(f"/admin/reports/work?{NOVEMBER}")
    assert "芦台街道" in page and "经济开发区" not in page
    foreign = re.search(r"key=NH16", page)
    assert foreign is None
    assert "共 0 件" in leader.page(f"/admin/reports/rows?measure=opened&by=area&key=NH16&{NOVEMBER}")
    ledger = leader.page(f"/admin/reports/ledger?{NOVEMBER}")
    with office.db.reading() as session:
        other = session.exec(select(Ticket).where(Ticket.enterprise_id == office.enterprise(32).id)).first()
    assert other is not None and other.number not in ledger


@pytest.mark.parametrize("name", list(REPORTS))
def test_exports_open_and_are_audited(office, name):
    hub = office.user("hub")
    response = hub.post(
        f"/admin/reports/{name}/export", 200, since="2026-11-01", until="2026-11-30", by="area"
    )
    assert "attachment" in response.headers["content-disposition"]
    if name == "special":
        text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(response.content)).paragraphs)
        assert "企业诉求办理情况专报" in text and "督办" in text
    else:
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        assert all(sheet.max_row >= 3 for sheet in book.worksheets)
    (row,) = office.audited("report.export")
    assert (row.object, row.actor, row.detail["since"]) == (f"report:{name}", "hub", "2026-11-01")


def test_the_special_report_comes_as_sheets_too(office):
    """The same figures and rows as the document, for those who sort and count on."""
    hub = office.user("hub")
    page = hub.page(f"/admin/reports/special?{NOVEMBER}")
    assert "导出 DOCX" in page and "导出 XLSX" in page
    asked = {"since": "2026-11-01", "until": "2026-11-30"}
    document = Document(io.BytesIO(hub.post("/admin/reports/special/export", 200, **asked).content))
    sheets = hub.post("/admin/reports/special/export", 200, format="xlsx", **asked)
    assert sheets.headers["content-disposition"].endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sheets.content))
    whole = dict(book["总体情况"].iter_rows(min_row=4, max_col=2, values_only=True))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert f"新收企业诉求 {whole['收到诉求']} 件" in text and f"正在督办 {whole['正在督办']} 件" in text
    (late, supervised, *_) = document.tables
    for sheet, table in ((book["超期未办结"], late), (book["正在督办"], supervised)):
        numbers = [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)]
        assert numbers == [row.cells[1].text for row in table.rows[1:]] and sheet["E4"].is_date


def test_the_screen_and_the_file_agree(office):
    hub = office.user("hub")
    page = hub.page(f"/admin/reports/work?by=area&{NOVEMBER}")
    response = hub.post("/admin/reports/work/export", 200, since="2026-11-01", until="2026-11-30", by="area")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    heads = [cell.value for cell in sheet[3]]
    total = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "合计")
    foot = page.split("<tfoot>")[1]
    for head in ("收到诉求", "超期合计"):
        assert re.search(rf'data-label="{head}"[^>]*><a[^>]*>{total[heads.index(head)]}</a>', foot), head


def test_nonsense_gets_this_month_or_a_404(office):
    hub = office.user("hub")
    assert "2026年11月" in hub.page("/admin/reports?since=x&until=2026-01-01&by=nobody")
    assert "2026年11月" in hub.page("/admin/reports?since=2026-12-01&until=2026-01-01")
    hub.page("/admin/reports?since=0001-01-01&until=9999-12-31")
    hub.page("/admin/reports/nonsense", status=404)
    hub.post("/admin/reports/nonsense/export", 404)
    hub.page("/admin/reports/rows?measure=nonsense", status=404)
    hub.page(f"/admin/reports/rows?measure=opened&by=officer&key=99999&{NOVEMBER}")
    hub.page(f"/admin/reports/rows?measure=opened&by=officer&key=x&{NOVEMBER}")
    hub.page(f"/admin/reports/rows?measure=topic&kind=near&key=%3Cb%3E&{NOVEMBER}")


def test_each_figure_is_defined_on_the_page(office):
    page = office.user("auditor").page(f"/admin/reports/performance?{NOVEMBER}")
    for words in ("每个数字怎么算的", "当时承诺的期限", "退回次数 ÷ 接手件数", "期末那一刻"):
        assert words in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("since=2026-11-30&until=2026-11-01", "结束日期早于开始日期，下面是2026年11月的数字"),
        ("since=2020-01-01&until=2026-11-20", "一次最多看 400 天，下面从 2025-10-17 起"),
        ("since=&until=2026-11-20", "日期没有填全"),
        ("since=2026-11-01&until=2026-11-20", ""),
        ("", ""),
    ],
)
def test_a_report_of_other_days_than_asked_for_says_so(office, asked, words):
    """Nobody carries away November's figures for another period's."""
    page = office.user("hub").page(f"/admin/reports/work?{asked}")
    shown = re.findall(r'<p class="notice" role="status">([^<]+)</p>', page)
    assert bool(shown) == bool(words) and all(words in line for line in shown)
