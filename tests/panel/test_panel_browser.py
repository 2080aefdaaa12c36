"""The panel in a real browser: a clerk's errand by keyboard alone, two clerks, narrow screens, no script error."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.seed_people import DEMO_LOGINS
from tests.served import served

pytestmark = pytest.mark.browser
PASSWORDS = dict(DEMO_LOGINS)
WIDTHS = (1440, 1024, 390)


@pytest.fixture
def site(office):
    """The office served on a port of this machine."""
    with served(office.app) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser):
    """Pages on which a script error, a blocked resource or a request to another host fails the test."""
    pages, faults = [], []

    def opened(width: int = 1440) -> Page:
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("request", lambda request: "127.0.0.1" in request.url or faults.append(request.url))
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert [fault for fault in faults if "409" not in fault and "422" not in fault] == []


def log_in(page: Page, site: str, username: str) -> None:
    page.goto(f"{site}/admin/login")
    page.get_by_label("账号").focus()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORDS[username])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("首页")


def test_a_clerk_dispatches_by_keyboard_alone(office, site, open_page):
    """From the first screen to a ticket in an officer's hands without touching the mouse."""
    page = open_page()
    log_in(page, site, "hub")
    page.get_by_role("link", name="待分派").last.focus()
    page.keyboard.press("Enter")
    number = office.ticket("我租的门面房东说要拆").number
    page.get_by_role("link", name=number).focus()
    page.keyboard.press("Enter")
    page.get_by_label("找人或找部门").focus()
    page.keyboard.type("王服务")
    page.keyboard.press("Enter")
    expect(page.get_by_label("分派给").locator("option")).to_have_count(2)
    page.get_by_label("分派给").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("请先打电话")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("已分派，对方会收到消息。")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.locator(".timeline li").last).to_contain_text("请先打电话")
    assert office.ticket("我租的门面房东说要拆").first_responder_id is not None


def test_the_slower_clerk_sees_what_happened_and_keeps_the_words(office, site, open_page):
    first, second = open_page(), open_page()
    ticket = office.ticket("叉车进不了库")
    for page, username in ((first, "hub"), (second, "admin")):
        log_in(page, site, username)
        page.goto(f"{site}/admin/tickets/{ticket.number}")
        page.locator("#act-reply summary").click()
    first.get_by_label("回复企业的话").fill("正在问园区")
    first.get_by_role("button", name="回复", exact=True).click()
    expect(first.get_by_role("status")).to_be_visible()
    second.get_by_label("回复企业的话").fill("我来办")
    second.get_by_role("button", name="回复", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("正在问园区")
    expect(second.get_by_label("回复企业的话")).to_have_value("我来办")
    second.get_by_role("button", name="回复", exact=True).click()
    expect(second.locator(".timeline li").last).to_contain_text("我来办")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_screen(office, site, open_page, width):
    page = open_page(width)
    log_in(page, site, "admin")
    number = office.ticket("限高杆").number
    for path in ("", "/tickets?status=all", f"/tickets/{number}", "/queue", "/outbox", "/answers?q=食品", "/officers",
                 "/intake", "/intake/list", "/supervision", "/meetings", "/campaigns", "/callbacks",
                 f"/tickets/{number}/sheet", f"/tickets/dispatch?number={number}",
                 "/enterprises", "/audit", "/handoffs", "/referrals", "/exchange", "/reports/clearance?channel="):  # fmt: skip
        page.goto(f"{site}/admin{path}")
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, (path, beyond)


def test_a_call_is_written_down_by_keyboard_alone(office, site, open_page):
    """C2: from the menu to a ticket number without touching the mouse."""
    page = open_page()
    log_in(page, site, "hub")
    page.get_by_role("link", name="登记诉求").focus()
    page.keyboard.press("Enter")
    page.get_by_label("企业名称或统一社会信用代码").focus()
    page.keyboard.type("宁河区测试150号")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio")).to_be_checked()
    page.get_by_label("联系电话").focus()
    page.keyboard.type("13900007777")
    page.get_by_label("诉求（必填）").focus()
    page.keyboard.type("厂门口路灯不亮")
    page.get_by_label("来源渠道").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="登记并派单").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("已登记，承办人会收到消息。")
    assert office.ticket("厂门口路灯不亮").channel == "12345热线"


def test_every_stop_of_the_keyboard_is_in_sight_on_a_narrow_screen(office, site, open_page):
    """390 px is a phone, and a desk at 330 %: what takes the focus is shown (WCAG 2.2 AA, 2.4.7 and 2.4.11)."""
    page = open_page(390)
    log_in(page, site, "hub")
    page.goto(f"{site}/admin/tickets")
    stops = page.locator(
        "main a:visible, main input:visible, main select:visible, main button:visible"
    ).count()
    hidden = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                const is_seen = at && (document.activeElement.contains(at) || at.contains(document.activeElement)
                    || document.activeElement.labels && [...document.activeElement.labels].includes(at));
                return is_seen ? "" : document.activeElement.outerHTML.slice(0, 80);
            }"""
        )
        hidden += [seen] if seen else []
    assert stops > 20
    assert hidden == []


def test_a_fault_is_read_out_first(office, site, open_page):
    """Without a script: the first wrong field has the focus and its sentence, the window's title says there is one."""
    page = open_page()
    log_in(page, site, "hub")
    page.goto(f"{site}/admin/intake")
    page.locator("main form").last.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    expect(page.locator("[aria-invalid=true]").first).to_have_accessible_description(re.compile("."))
    expect(page.locator("#fault")).to_be_visible()
    assert page.title().startswith("有误：登记诉求")


def test_the_skip_link_leads_past_the_menu(site, open_page):
    page = open_page()
    log_in(page, site, "auditor")
    page.goto(f"{site}/admin/audit")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_whole_menu_stands_on_the_screen(site, open_page, width, height):
    """No entry is hidden below the fold, whoever sees the most of them; the present one is marked for everybody."""
    page = open_page(width)
    page.set_viewport_size({"width": width, "height": height})
    log_in(page, site, "admin")
    page.goto(f"{site}/admin/gaps")
    hidden = page.locator(".side nav").evaluate("nav => nav.scrollHeight - nav.clientHeight")
    assert hidden <= 0
    current = page.locator(".side [aria-current=page]")
    assert [one.inner_text() for one in current.all()] == ["热点和缺口"]


def test_on_a_phone_the_menu_opens_by_thumb_or_key_and_targets_are_large(office, site, open_page):
    page = open_page(390)
    log_in(page, site, "admin")
    assert not page.get_by_role("link", name="审计").is_visible()
    page.get_by_label("菜单", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_role("link", name="工单", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("工单")
    for path in ("/tickets", f"/tickets/{office.ticket('限高杆').number}", "/queue", "/outbox"):
        page.goto(f"{site}/admin{path}")
        small = page.locator(
            "main button, main .button, main select, main input:not([type=hidden])"
        ).evaluate_all(
            "all => all.filter(one => one.offsetParent && !/checkbox|radio/.test(one.type)"
            " && one.getBoundingClientRect().height < 38).map(one => one.outerHTML.slice(0, 120))"
        )
        assert small == [], path


def test_a_closed_session_asks_to_log_in_and_comes_back(office, site, open_page):
    page = open_page()
    number = office.ticket("限高杆").number
    page.goto(f"{site}/admin/tickets/{number}")
    page.get_by_label("账号").focus()
    page.keyboard.type("hub")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORDS["hub"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("status")).to_have_text("已退出登录。")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录管理后台")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/admin/tickets/{}/sheet", "经办人签字"),
        ("/admin/enterprises/91120117MAT000018A/sheet", "服务人员签字"),
        ("/admin/areas/NH01/notice", "公示牌"),
    ],
)
def test_a_sheet_is_one_page_of_a4_without_menu_or_buttons(office, site, open_page, path, words):
    """C15, A7: what is printed and hung up or signed."""
    page = open_page()
    log_in(page, site, "hub")
    page.goto(site + path.format(office.ticket("报装三周了没动静").number))
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1 and b"/MediaBox [0 0 594" in printed
    page.emulate_media(media="print")
    expect(page.locator("article.sheet")).to_contain_text(words)
    expect(page.get_by_role("navigation", name="主菜单")).to_be_hidden()
    assert page.locator("button:visible, .demo:visible, .crumb:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_printed_list_keeps_its_title_and_loses_its_filters(site, open_page):
    page = open_page()
    log_in(page, site, "hub")
    page.goto(f"{site}/admin/reports/ledger")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".rows tbody tr").first).to_be_visible()
    assert page.locator(".filters:visible, .tabs:visible, .pager:visible, button:visible").count() == 0
