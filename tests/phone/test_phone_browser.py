"""The phone pages in a real browser: the tick list remembers, works without script, nothing leaves the host."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from app.clock import real_now
from app.tickets.lifecycle import Action
from app.tickets.links import officer_path, ticket_path
from handbook.entry import Section
from tests.served import served

pytestmark = pytest.mark.browser
KEY = b"a signing key for tests only...."
ENTRY = "/h/registration/individual-setup"


@pytest.fixture
def site(mobile):
    """The pages served on a port of this machine."""
    with served(mobile.client.app) as address:
        yield address


@pytest.fixture
def phone(browser: Browser):
    """A phone's browser; any fault or foreign request fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("request", lambda request: "127.0.0.1" in request.url or faults.append(request.url))
    yield page
    context.close()
    assert faults == []


def test_ticked_materials_are_remembered_until_the_list_changes(mobile, site, phone):
    phone.goto(site + ENTRY)
    phone.get_by_label("身份证").tap()
    phone.get_by_label("委托书").check()
    phone.reload()
    expect(phone.get_by_label("身份证")).to_be_checked()
    expect(phone.get_by_label("委托书")).to_be_checked()
    expect(phone.get_by_label("经营场所证明")).not_to_be_checked()
    entry = mobile.search.entries["registration/individual-setup"]
    mobile.search.entries[entry.id] = replace(entry, sections=(Section("所需材料", "- 身份证\n- 委托书"),))
    phone.reload()
    expect(phone.get_by_label("身份证")).not_to_be_checked()


def test_ticks_of_one_entry_are_not_those_of_another(site, phone):
    phone.goto(site + ENTRY)
    phone.get_by_label("身份证").check()
    phone.goto(f"{site}/h/registration/company-setup")
    expect(phone.get_by_label("身份证")).not_to_be_checked()


def test_not_solved_by_a_tap(mobile, site, phone):
    phone.goto(f"{site}{ENTRY}?a=genuine.token")
    phone.get_by_role("button", name="没解决，转服务员").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("已经转过去了")
    assert mobile.unsolved == ["genuine.token"]


def test_the_pages_work_without_script(site, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}{ENTRY}?a=genuine.token")
    page.get_by_label("身份证").check()
    page.get_by_role("button", name="没解决，转服务员").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已经转过去了")
    context.close()


@pytest.mark.parametrize("width", [195, 320, 390, 1440])
def test_no_page_is_wider_than_its_screen(mobile, site, phone, width):
    """195 px: a phone of 390 px with letters of twice the size."""
    phone.set_viewport_size({"width": width, "height": 844})
    number, now = mobile.ticket.number, real_now()
    for path in (
        ENTRY,
        "/areas/A",
        "/privacy",
        ticket_path(number, KEY, now),
        officer_path(number, KEY, now),
    ):
        phone.goto(site + path)
        beyond = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, (path, beyond)


def test_letters_of_twice_the_size_push_nothing_off_a_small_screen(mobile, site, phone):
    """As WeChat's own setting makes them: the words grow, the boxes stay (WCAG 1.4.4), in every state of a ticket."""
    phone.set_viewport_size({"width": 320, "height": 640})
    number, now = mobile.ticket.number, real_now()
    mobile.act(Action.RESOLVE, note="好了", target="solved")
    for path in (ENTRY, "/areas/A", ticket_path(number, KEY, now), officer_path(number, KEY, now)):
        phone.goto(site + path)
        phone.evaluate("document.body.style.webkitTextSizeAdjust = '200%'")
        beyond = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, (path, beyond)


def test_what_can_be_tapped_is_large_enough(site, phone):
    """A finger needs about 44 px (WCAG 2.5.8 asks for 24)."""
    phone.goto(f"{site}{ENTRY}?a=genuine.token")
    for locator in (phone.locator(".check label"), phone.locator(".button"), phone.locator(".links a")):
        for box in (item.bounding_box() for item in locator.all()):
            assert box["height"] >= 24
