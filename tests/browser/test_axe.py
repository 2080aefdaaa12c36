"""One page of every kind under axe, whose rules are not ours: WCAG 2.2 A and AA, and what axe calls good practice."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.demo.seed_people import demo_openid

pytestmark = pytest.mark.browser
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
NOTHING = "/admin/tickets?q=没有这样的词"
DESK, PHONE = 1440, 390
PAGES = (
    ("hub", DESK, ("/admin", "/admin/tickets?status=all", "/admin/areas", "/admin/supervision", "/admin/enterprises")),
    ("leader", PHONE, ("/admin", "/admin/reports", "/admin/tickets?status=all")),
    ("department", DESK, ("/admin", NOTHING)),
    ("editor", DESK, ("/admin/handbook", "/admin/handbook/try?q=执照丢了", "/admin/policies", "/admin/trends")),
    ("auditor", PHONE, ("/admin/audit", "/admin/calendar", NOTHING)),
    ("admin", DESK, ("/admin/users", "/admin/keys", "/admin/system", "/admin/imports", "/admin/me/totp")),
)  # fmt: skip


def violations(page: Page) -> list[str]:
    """What axe finds with everything unfolded: rule, place and reason."""
    page.evaluate("document.querySelectorAll('details:not(.more)').forEach(one => { one.open = true; })")
    found = Axe().run(page, options=OPTIONS).response
    assert len(found["passes"]) > 10, "axe has looked at the page"
    return [
        f"{page.url}: {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("role", "width", "paths"), PAGES, ids=[role for role, _, _ in PAGES])
def test_the_panel_of_a_role(visitors, demo, role, width, paths) -> None:
    page = visitors.log_in(demo, role, width=width)
    found = []
    for path in paths:
        page.goto(path)
        found += violations(page)
    assert found == []


def test_a_ticket_with_all_its_acts_and_a_refused_form(visitors, demo) -> None:
    page = visitors.log_in(demo, "hub", width=PHONE)
    page.goto("/admin/queue")
    page.goto(page.locator("main tbody th a").first.get_attribute("href") or "")
    found = violations(page)
    page.goto("/admin/intake")
    page.locator("main form").last.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    found += violations(page)
    assert found == []
    visitors.faults[:] = [fault for fault in visitors.faults if "422" not in fault]  # the refusal was meant


def test_the_login_refuses_and_misses_a_label_that_is_taken_away(visitors, demo) -> None:
    """The yardstick itself: what is taken away is found."""
    page = visitors.enter(demo.url)
    page.goto("/admin/login")
    page.get_by_label("账号").fill("nobody")
    page.get_by_label("口令").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#login-fault")).to_be_visible()
    assert violations(page) == []
    page.locator("label[for=username]").evaluate("label => label.remove()")
    assert [re.search(r": ([a-z-]+) at", line)[1] for line in violations(page)] == ["label"]
    visitors.faults[:] = [fault for fault in visitors.faults if not re.search("40[13]|422", fault)]


def test_the_pages_on_a_phone(visitors, demo) -> None:
    """An entry, an area, the privacy page; both phones of the playground; an officer's case from its signed link."""
    stage = visitors.enter(demo.url, width=1280)
    stage.goto("/playground")
    officer = stage.locator("#phone-officer")
    officer.locator(".input").fill("待办")
    officer.locator(".input").press("Enter")
    officer.locator(".is-theirs .bubble", has_text="待办").last.locator(".option").last.click()
    case = officer.locator("a[href*='/o/']").last
    expect(case).to_be_visible()
    found = violations(stage)
    phone = visitors.enter(demo.url, width=PHONE, phone=demo_openid("wang"))
    for path in (
        "/h/registration/license-lost",
        "/areas/NH01",
        "/privacy",
        "/playground",
        case.get_attribute("href"),
    ):
        phone.goto(path)
        found += violations(phone)
    phone.get_by_role("link", name="用微信确认身份").click()
    expect(phone.locator("form[data-act]").first).to_be_attached()
    found += violations(phone)
    assert found == []
