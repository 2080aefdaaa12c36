"""The main conversation in a real browser, from question to satisfied closing (conversations 2, 4–7)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

PROBLEM = "厂门口修路半个月了货车进不来 快耽误交货了"


@pytest.fixture
def page(browser: Browser, demo) -> Iterator[Page]:
    """A page on which a script error or a blocked resource fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert faults == []


def seat(page: Page, side: str) -> Locator:
    return page.locator(f"#phone-{side}")


def say(phone: Locator, text: str) -> None:
    phone.locator(".input").fill(text)
    phone.locator(".input").press("Enter")


def answer(phone: Locator, words: str | re.Pattern[str]) -> Locator:
    found = phone.locator(".is-theirs .bubble", has_text=words).last
    expect(found).to_be_visible()
    return found


def opened_ticket(page: Page, phone: Locator) -> str:
    """Ask what the handbook does not know; if it offers near entries, none of them is meant."""
    say(phone, PROBLEM)
    last = answer(phone, re.compile("单号|都不是"))
    if "都不是" in last.inner_text():
        last.get_by_role("button", name="都不是").click()
    text = answer(phone, re.compile(r"单号 \d{8}-\d{4}")).inner_text()
    return re.search(r"\d{8}-(\d{4})", text)[1]


def test_from_question_to_satisfied_closing(page: Page, demo) -> None:
    page.goto(f"{demo.url}/playground")
    enterprise, officer = seat(page, "enterprise"), seat(page, "officer")
    say(officer, "待办")  # opens the window in which texts may be sent; before that it is a template card
    answer(officer, "待办")
    say(enterprise, "营业执照丢了怎么补办")
    answer(enterprise, "依据《")
    number = opened_ticket(page, enterprise)
    answer(enterprise, "王服务")
    new = answer(officer, "新诉求")
    new.get_by_role("button", name="接单").click()
    answer(officer, "已接单")
    answer(enterprise, "已接单")
    say(officer, f"办结 {number} 施工方今天铺设临时通道，货车可从南门进出")
    done = answer(enterprise, "解决了吗")
    done.get_by_role("button", name="满意", exact=True).click()
    answer(enterprise, "归档")


def test_the_full_entry_is_a_good_phone_page(browser: Browser, page: Page, demo) -> None:
    """/h: at 390 px, materials as a checklist, no sideways scrolling, one h1."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo.url}/h/registration/license-lost")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_text("市场监管局").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_hub_sees_what_is_late_and_dispatches(page: Page, demo) -> None:
    """Panel: log in, first screen, queue, a ticket."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{demo.url}/admin")
    page.locator("input[name=username]").fill("hub")
    page.locator("input[name=password]").fill(demo.logins["hub"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/admin/?$"))
    expect(page.locator("h1")).to_have_count(1)
    page.goto(f"{demo.url}/admin/queue")
    page.locator("main a[href*='/admin/tickets/']").first.click()
    expect(page.locator("h1")).to_have_count(1)
