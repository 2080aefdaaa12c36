"""Take the pictures of the documents from the running demo, so that they stay true: `make screenshots`.

With `--all --out FOLDER` every page of every account and the phone pages instead, at three widths, for looking at.
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from docs.demo_site import CHROMIUM_ARGUMENTS, ROOT, Demo, serving, sign_in
from docs.every_page import photograph

IMAGES = ROOT / "docs" / "images"
COLOURS = 128
LARGEST = 150 * 1024
DESK, STAGE, PHONE = (1280, 800), (1100, 1000), (390, 844)
PROBLEM = "厂门口修路半个月了货车进不来 快耽误交货了"


@dataclass(frozen=True)
class Panel:
    """One page of the panel as an account sees it; `path` may name a ticket by words of its request."""

    username: str
    path: str
    ticket: str = ""


PANEL_PICTURES = {
    "panel": Panel("hub", "/admin"),
    "tickets": Panel("hub", "/admin/tickets"),
    "ticket": Panel("hub", "/admin/tickets/{}", ticket="报装三周了没动静"),
    "enterprise": Panel("hub", "/admin/enterprises/91120117MAT000018A"),
    "areas": Panel("hub", "/admin/areas"),
    "reports": Panel("hub", "/admin/reports"),
    "clearance": Panel("hub", "/admin/reports/clearance?channel="),
    "editor-entry": Panel("editor", "/admin/handbook/entry/registration/license-lost"),
    "editor-try": Panel("editor", "/admin/handbook/try?q=执照找不着了咋补"),
    "editor-learned": Panel("editor", "/admin/handbook/learned"),
}
WALK_PICTURES = ("playground", "resolved", "phone-entry", "phone-ticket", "phone-officer", "phone-area")
PICTURES = (*PANEL_PICTURES, *WALK_PICTURES)


def main() -> None:
    """Start the demo on a scratch folder and take what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page at three widths")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder to write to")
    wanted = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("Chromium is not on this machine")
    arguments = [*CHROMIUM_ARGUMENTS, "--lang=zh-CN"]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path, args=arguments, env={"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
        )
        if wanted.all:
            for fault in photograph(browser, demo, wanted.out, (*demo.logins, "phone")):
                sys.stdout.write(f"{fault}\n")
        else:
            take(browser, demo, wanted.out)


def take(browser: Browser, demo: Demo, folder: Path) -> None:
    """The pictures of PICTURES. Raises RuntimeError for one that grew too large."""

    def keep(page: Page, name: str) -> None:
        page.wait_for_timeout(300)
        (folder / f"{name}.png").write_bytes(_small(page.screenshot(), name))

    _walk(browser, demo, keep)
    _panel(browser, demo, keep)


def _panel(browser: Browser, demo: Demo, keep: Callable[[Page, str], None]) -> None:
    pages: dict[str, Page] = {}
    for name, wanted in PANEL_PICTURES.items():
        if wanted.username not in pages:
            pages[wanted.username] = _page(browser, demo, DESK)
            sign_in(pages[wanted.username], wanted.username, demo.logins[wanted.username])
        page = pages[wanted.username]
        _open(page, wanted.path.format(_number_of(page, wanted.ticket)) if wanted.ticket else wanted.path)
        while page.get_by_text("语义模型正在加载").count():
            page.wait_for_timeout(2000)
            page.reload()
        keep(page, name)


def _number_of(page: Page, words: str) -> str:
    page.goto(f"/admin/tickets?status=all&q={words}")
    return page.locator(".rows tbody th a").first.inner_text()


def _walk(browser: Browser, demo: Demo, keep: Callable[[Page, str], None]) -> None:
    """A question, a request, the officer's answer: on two phones, and on the pages that the bubbles lead to."""
    stage, phone = _page(browser, demo, STAGE), _page(browser, demo, PHONE)
    stage.goto("/playground")
    enterprise, officer = stage.locator("#phone-enterprise"), stage.locator("#phone-officer")
    _say(officer, "待办")
    _bubble(officer, "待办")
    _say(enterprise, "营业执照丢了怎么补办")
    entry = _bubble(enterprise, "依据《").locator("a[href*='/h/']").first.get_attribute("href") or ""
    number = _open_ticket(enterprise)
    new = _bubble(officer, "新诉求")
    keep(stage, "playground")
    new.get_by_role("button", name="接单").click()
    _bubble(officer, "已接单")
    _say(enterprise, "进度")
    ticket = _bubble(enterprise, "还剩").get_by_role("link", name="办理过程").get_attribute("href") or ""
    for name, address in (("phone-entry", entry), ("phone-ticket", ticket), ("phone-area", "/areas/NH01")):
        _open(phone, address)
        keep(phone, name)
    _say(officer, f"查看 {number}")
    whole = _bubble(officer, "当前：").get_by_role("link", name="全部经过")
    _open(phone, whole.get_attribute("href") or "")
    keep(phone, "phone-officer")
    _say(officer, f"办结 {number} 施工方今天铺设临时通道，货车可从南门进出")
    _bubble(enterprise, "解决了吗")
    keep(stage, "resolved")


def _open_ticket(phone: Locator) -> str:
    """Ask what the handbook does not know; if it offers near entries, none of them is meant. The short number."""
    _say(phone, PROBLEM)
    last = _bubble(phone, re.compile("单号|都不是"))
    if "都不是" in last.inner_text():
        last.get_by_role("button", name="都不是").click()
    found = re.search(r"\d{8}-(\d{4})", _bubble(phone, re.compile(r"单号 \d{8}-\d{4}")).inner_text())
    if found is None:
        raise RuntimeError("no ticket number in the chat")
    return found[1]


def _open(page: Page, address: str) -> None:
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{address} does not open")


def _say(phone: Locator, text: str) -> None:
    phone.locator(".input").fill(text)
    phone.locator(".input").press("Enter")


def _bubble(phone: Locator, words: str | re.Pattern[str]) -> Locator:
    found = phone.locator(".is-theirs .bubble", has_text=words).last
    expect(found).to_be_visible(timeout=20_000)
    return found


def _page(browser: Browser, demo: Demo, size: tuple[int, int]) -> Page:
    return browser.new_page(
        base_url=demo.url,
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )


def _small(picture: bytes, name: str) -> bytes:
    """The same with few colours: pages are paper, ink and green."""
    written = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    if written.tell() > LARGEST:
        raise RuntimeError(f"{name}.png has {written.tell() // 1024} KiB, more than {LARGEST // 1024}")
    return written.getvalue()


if __name__ == "__main__":
    main()
