"""The hub clerk's day in a real browser: what waits, a call written down, a meeting, supervision, paper (C2, C6, C9, C10, C15, E3)."""

import io
import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def notice(page: Page, words: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(words)


def open_act(page: Page, name: str) -> None:
    """Unfold the form of an act on a ticket's page."""
    page.locator(f"#act-{name} summary").click()


def send(page: Page, name: str) -> None:
    page.locator(f"#act-{name} button[type=submit]").last.click()


def dispatch_what_waits(page: Page) -> None:
    """From the figure on the first screen: two of the queue go to one person."""
    page.locator(".figure", has_text="待分派").locator("a").click()
    boxes = page.get_by_role("checkbox", name=re.compile("^选中"))
    before = boxes.count()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="分派选中的").click()
    page.get_by_label("找人或找部门").fill("王服务")
    page.get_by_role("button", name="缩小范围").click()
    page.get_by_label("分派给").select_option(index=1)
    page.get_by_label("给承办人的说明").fill("两件一起看")
    page.get_by_role("button", name="分派这 2 件").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("成批分派")
    page.goto("/admin/queue")
    expect(page.get_by_role("checkbox", name=re.compile("^选中"))).to_have_count(before - 2)


def write_down_a_call(page: Page) -> str:
    """Intake by phone; the ticket's address."""
    page.get_by_role("link", name="登记诉求").first.click()
    page.get_by_label("企业名称或统一社会信用代码").fill("宁河区测试150号")
    page.get_by_role("button", name="查企业").click()
    expect(page.get_by_role("radio")).to_be_checked()
    page.get_by_label("联系人").fill("周测试")
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("诉求（必填）").fill("厂区南门外排水沟堵了，一下雨就倒灌进车间")
    page.get_by_label("来源渠道").select_option("12345热线")
    page.get_by_role("button", name="登记并派单").click()
    notice(page, "已登记")
    return page.url.partition("?")[0]


def decide_in_a_meeting(page: Page, ticket: str) -> None:
    """Called on the ticket, found on the list of meetings, decided there."""
    open_act(page, "convene")
    page.locator("#act-convene").get_by_label("提请会商的理由").fill("排水沟两家都说不归自己")
    page.locator("#act-convene").get_by_label("住建委").check()
    send(page, "convene")
    notice(page, "已提请会商")
    page.get_by_role("link", name="会商", exact=True).click()
    page.get_by_role("link", name=re.compile("^记议定")).first.click()
    act = page.locator("#act-decide")
    act.get_by_label("牵头部门").select_option(label="住建委")
    act.get_by_label("完成时限").fill("2026-12-04")
    act.get_by_label("议定事项（必填）").fill("由住建委牵头清淤，十个工作日内完成")
    send(page, "decide")
    notice(page, "已记下会议议定")
    assert page.url.startswith(ticket)
    expect(page.locator(".timeline")).to_contain_text("由住建委牵头清淤")


def supervise(page: Page, ticket: str) -> None:
    """On the list of what is late, one more is put under supervision."""
    page.goto(ticket)
    open_act(page, "supervise")
    page.locator("#act-supervise").get_by_label("督办理由").fill("雨季前必须办完")
    send(page, "supervise")
    notice(page, "已列入督办")
    page.get_by_role("link", name="督办", exact=True).click()
    page.get_by_role("navigation", name="哪一份清单").get_by_role("link", name=re.compile("督办")).click()
    expect(page.get_by_role("link", name=ticket.rpartition("/")[2])).to_be_visible()


def export_the_report(page: Page) -> list[str]:
    """The ledger as XLSX; every value of its sheets as text."""
    page.get_by_role("link", name="报表").click()
    page.get_by_role("navigation", name="报表").get_by_role("link", name="台账").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 XLSX").click()
    content = download.value.path().read_bytes()
    book = load_workbook(io.BytesIO(content), read_only=True)
    return [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]


def test_from_the_first_screen_to_the_sheet_of_paper(visitors, demo) -> None:
    page = visitors.log_in(demo, "hub")
    expect(page.get_by_role("heading", name="眼下要紧的")).to_be_visible()
    page.locator(".figure", has_text="已超期").locator("a").click()
    expect(page.locator("tr.late").first).to_be_visible()
    page.go_back()
    dispatch_what_waits(page)
    ticket = write_down_a_call(page)
    decide_in_a_meeting(page, ticket)
    supervise(page, ticket)
    cells = export_the_report(page)
    assert any("排水沟" in cell for cell in cells)
    page.goto(ticket)
    page.get_by_role("link", name="工作单").first.click()
    expect(page.locator("article.sheet")).to_contain_text("由住建委牵头清淤")
    assert "13900001234" not in page.content()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="主菜单")).to_be_hidden()
    expect(page.locator("article.sheet")).to_be_visible()
