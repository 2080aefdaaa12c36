"""The auditor's check: finds what was done, takes it along, proves the chain, and can change nothing (reliability §4)."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def leave_a_trace(visitors, demo) -> str:
    """The hub looks at a contact's number; the number of the ticket."""
    page = visitors.log_in(demo, "hub")
    page.goto("/admin/tickets?status=all")
    page.locator("main tbody th a").first.click()
    page.get_by_role("button", name="显示").first.click()
    return page.url.split("/tickets/")[1].split("/")[0]


def exported(page: Page) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="导出").click()
    return list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))


def posts_are_refused(page: Page, paths: list[str]) -> None:
    """Also forms that no page offers, with the auditor's own token."""
    token = page.locator("input[name=csrf_token]").first.get_attribute("value")
    for path in paths:
        answer = page.request.post(path, form={"csrf_token": token}, max_redirects=0)
        assert answer.status == 403, path


def test_who_did_what_and_nothing_to_change(visitors, demo) -> None:
    number = leave_a_trace(visitors, demo)
    page = visitors.log_in(demo, "auditor")
    page.get_by_role("link", name="审计", exact=True).click()
    page.get_by_label("对什么").fill(f"ticket:{number}")
    page.get_by_label("谁", exact=True).fill("hub")
    page.get_by_role("button", name="查找").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("看联系方式")
    expect(row).to_contain_text("127.0.0.1")
    rows = exported(page)
    assert any("contact.reveal" in line and f"ticket:{number}" in line for line in rows[1:])
    assert all("hub" in line for line in rows[1:])
    page.get_by_role("link", name="核对有没有被改过").click()
    expect(page.locator(".notice")).to_contain_text("一条不少、一条没改")
    page.goto("/admin/audit")
    expect(page.locator("tbody tr").first).to_contain_text("导出审计")
    page.goto(f"/admin/tickets/{number}")
    offered = page.locator("main form[method=post]").evaluate_all("all => all.map(one => one.action)")
    assert offered == []
    ticket = f"/admin/tickets/{number}"
    posts_are_refused(
        page,
        [f"{ticket}/reveal", f"{ticket}/do/reply", "/admin/intake", "/admin/imports", "/admin/users", "/admin/outbox/retry"],
    )  # fmt: skip
