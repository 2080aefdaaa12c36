"""An enterprise's phone at 390 px: entry page, 没解决, ticket page, sign-in, a picture, the rating (D1, D3, D5)."""

import base64
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo.seed_people import demo_openid

pytestmark = pytest.mark.browser
ZHAO = demo_openid("zhao")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def say(phone: Locator, text: str) -> None:
    phone.locator(".input").fill(text)
    phone.locator(".input").press("Enter")


def bubble(phone: Locator, words: str | re.Pattern[str]) -> Locator:
    found = phone.locator(".is-theirs .bubble", has_text=words).last
    expect(found).to_be_visible()
    return found


def address_of(link: Locator) -> str:
    return link.get_attribute("href") or ""


def read_the_entry(page: Page, address: str) -> None:
    """Materials are ticked off and stay so; the steps have numbers; 没解决 is one tap."""
    page.goto(address)
    expect(page.locator("h1")).to_have_count(1)
    boxes = page.locator(".checks input")
    boxes.nth(0).check()
    page.reload()
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()
    assert page.locator("ol.steps li").count() >= 2
    expect(page.get_by_role("region", name="这段话是谁说的")).to_contain_text("复核日期")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="没解决").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已经转过去了")


def supplement(page: Page, address: str) -> None:
    """Progress before sign-in, the own words after it, then a word and a picture."""
    page.context.clear_cookies(name="qiying_reader")  # the sign-in that 没解决 went through is over
    page.goto(address)
    expect(page.get_by_role("heading", name="办到哪一步了")).to_be_visible()
    page.get_by_role("link", name="用微信确认身份").click()
    act = page.locator("details.act", has_text="补充")
    if act.get_attribute("open") is None:
        act.locator("summary").click()
    act.get_by_role("textbox").fill("执照是上周搬家时丢的")
    act.locator("input[type=file]").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
    )
    act.locator("button[type=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("已补充")
    expect(page.get_by_role("region", name="诉求")).to_contain_text("附件 1 个")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def settle(stage: Page, number: str) -> None:
    """The officer's phone beside: accepted and done."""
    officer = stage.locator("#phone-officer")
    say(officer, "待办")
    bubble(officer, "待办")
    say(officer, f"接单 {number}")
    bubble(officer, "已接单")
    say(officer, f"办结 {number} 已带您到窗口补办，当场领到新执照")
    bubble(stage.locator("#phone-enterprise"), "解决了吗")


def rate(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("region", name="诉求")).to_contain_text("当场领到新执照")
    page.get_by_label("非常满意").or_(page.get_by_label("满意", exact=True)).first.check()
    page.locator("details.act", has=page.locator(".scores")).locator("button[type=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("评价已记下")


def test_from_the_entry_to_the_rating(visitors, demo) -> None:
    stage = visitors.enter(demo.url, width=1280)
    stage.goto("/playground")
    stage.get_by_role("button", name="清空聊天").click()  # what other walks said stands in the same chat
    expect(stage.locator("#notice")).to_contain_text("演示已重新开始")
    enterprise = stage.locator("#phone-enterprise")
    say(enterprise, "执照找不着了咋补")
    answer = bubble(enterprise, "依据《")
    phone = visitors.enter(demo.url, width=390, phone=ZHAO)
    read_the_entry(phone, address_of(answer.locator("a[href*='/h/']").first))
    opened = bubble(enterprise, re.compile(r"单号 \d{8}-\d{4}"))
    number = re.search(r"\d{8}-(\d{4})", opened.inner_text())[1]
    opened.get_by_role("button", name="查进度").click()
    progress = bubble(enterprise, "还剩")
    supplement(phone, address_of(progress.get_by_role("link", name="办理过程")))
    settle(stage, number)
    rate(phone)
    expect(phone.locator("main")).to_contain_text("已归档")
