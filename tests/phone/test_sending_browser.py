"""Sending from a ticket's page in a real browser: words outlive whatever happens on the way (D3)."""

import pytest
from playwright.sync_api import Browser, expect

from tests.served import served

pytestmark = pytest.mark.browser


@pytest.fixture
def site(errand):
    """The pages on a port of this machine."""
    with served(errand.client.app) as address:
        yield address


def test_words_outlive_a_lost_connection_and_large_files_do_not_travel(
    errand, site, path, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}{path}/sign-in")
    act = page.locator("details.act", has_text="补充").first
    files, send = act.locator("input[type=file]"), act.locator("button")
    act.get_by_role("textbox").fill("写了很久的话")
    files.evaluate(
        """input => {
            const chosen = new DataTransfer();
            chosen.items.add(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "大图.jpg"));
            input.files = chosen.files;
        }"""
    )
    send.tap()
    expect(act.get_by_role("alert")).to_contain_text("「大图.jpg」超过 10 MB")
    files.set_input_files([])
    page.route(
        "**/t/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    send.tap()
    page.wait_for_timeout(300)
    page.unroute("**/t/**")
    page.goto(site + path)
    expect(act.get_by_role("textbox")).to_have_value("写了很久的话")
    expect(act.get_by_role("alert")).to_contain_text("可能没有发出去")
    send.evaluate("button => { button.click(); button.click(); }")
    expect(page.get_by_role("status")).to_contain_text("已补充")
    expect(page.get_by_role("status")).to_be_focused()
    expect(act.get_by_role("textbox")).to_have_value("")
    assert "done=" not in page.url
    act.get_by_role("textbox").fill("登录到时间以后的话")
    context.clear_cookies()
    send.tap()
    expect(act.get_by_role("alert")).to_contain_text("可能没有发出去")
    expect(act.get_by_role("textbox")).to_have_value("登录到时间以后的话")
    assert errand.count("supplement") == 1
    context.close()
