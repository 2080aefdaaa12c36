"""The playground in a real browser: typing, tapping, the menu, the narrow page, the keyboard alone."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, stage):
    """The open page; any script error or blocked resource fails the test."""
    button = {"type": "click", "name": "查进度", "key": "进度"}
    stage.platform.world.default_menu = {"button": [{"name": "我的诉求", "sub_button": [button]}]}
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.goto(f"{stage.url}/playground")
    page.locator("#clock", has_text="月").wait_for()
    yield page
    page.close()
    assert faults == []


def seat(page, side="enterprise"):
    return page.locator(f"#phone-{side}")


def test_a_conversation(page, stage):
    left = seat(page)
    left.locator(".chip").click()
    left.get_by_role("button", name="满意").click()
    left.get_by_text("收到：我很满意").wait_for()
    assert left.locator(".is-mine .bubble").all_text_contents() == ["菜单", "我很满意"]
    assert left.locator("a.link").get_attribute("href") == f"{stage.url}/h/a/b"
    assert left.locator("a.link").get_attribute("target") == "_blank"


def test_the_keyboard_alone_is_enough(page):
    left = seat(page)
    left.locator(".input").focus()
    page.keyboard.type("菜单")
    page.keyboard.press("Enter")
    option = left.get_by_role("button", name="满意")
    option.wait_for()
    option.focus()
    page.keyboard.press("Enter")
    left.get_by_text("收到：我很满意").wait_for()
    left.get_by_role("button", name="我的诉求").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "查进度"
    page.keyboard.press("Escape")
    assert not left.locator(".submenu").is_visible()
    expect(left.get_by_role("button", name="我的诉求")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    left.get_by_text("收到：进度").wait_for()


def test_markup_from_a_person_stays_text(page):
    left = seat(page)
    left.locator(".input").fill('<img src=x onerror="alert(1)"><a href="https://evil.example">x</a>')
    left.locator(".input").press("Enter")
    left.locator(".is-theirs .bubble").wait_for()
    assert left.locator(".bubble img, .bubble a").count() == 0


def test_a_stranger_follows_first(page):
    left = seat(page)
    left.locator(".who-select").select_option("oStranger")
    left.get_by_role("button", name="关注公众号").click()
    left.get_by_text("收到：follow").wait_for()
    assert left.locator(".composer").is_visible()


def test_a_narrow_screen_shows_one_phone_and_marks_the_other(page, stage):
    page.set_viewport_size({"width": 390, "height": 780})
    assert seat(page).is_visible()
    assert not seat(page, "officer").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stage.platform.world.show(stage.platform.user("oOfficer").person, "custom", "有新诉求")
    page.locator("#tab-officer .dot").wait_for()
    page.locator("#tab-officer").click()
    seat(page, "officer").get_by_text("有新诉求").wait_for()
    assert seat(page, "officer").is_visible()


def test_the_clock_moves_on(page, stage):
    page.get_by_role("button", name="快进 1 个工作日").click()
    page.get_by_text("现在是").wait_for()
    assert stage.advanced == [1]


def test_long_chats_stay_inside_their_phone(page, stage):
    """The phone scrolls, not the page."""
    person = stage.platform.user("oEnterprise").person
    for number in range(30):
        stage.platform.world.show(person, "custom", f"第{number}条\n很长的一段话")
    seat(page).get_by_text("第29条").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") <= 880
    assert seat(page).locator(".menu").is_visible()
