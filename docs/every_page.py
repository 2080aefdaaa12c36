"""Walk every page of the demo that each account may open, and the phone pages, and photograph them.

A page is one shape of address: of tickets, entries and areas the first one found stands for all.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from docs.demo_site import Demo, sign_in

WIDTHS = (1440, 1024, 390)
HEIGHT = {1440: 900, 1024: 768, 390: 844}
TALLEST = 2600
PHONE_PATHS = ("/h/registration/license-lost", "/areas/NH01", "/privacy", "/h/no/such-entry")
OF_ONE_KIND = (
    (re.compile(r"^/admin/handbook/entry/[^/]+/[^/]+"), "/admin/handbook/entry/*"),
    (re.compile(r"^/h/[^/]+/[^/]+"), "/h/*"),
    (re.compile(r"/[^/]*[0-9][^/]*"), "/*"),
)


def shape_of(address: str) -> str:
    """What pages of one kind have in common: the path without names of things, and the names of the conditions."""
    parts = urlsplit(address)
    path = parts.path
    for pattern, stand_in in OF_ONE_KIND:
        path = pattern.sub(stand_in, path)
    names = sorted({name for name, value in parse_qsl(parts.query) if value})
    return f"{path}?{'&'.join(names)}" if names else path


def photograph(browser: Browser, demo: Demo, folder: Path, roles: tuple[str, ...]) -> Iterator[str]:
    """Write `ROLE/SHAPE-WIDTH.png` for every page; yield a line for each fault: too wide, a script's complaint,
    a request to another host."""
    for role in roles:
        page = browser.new_page(base_url=demo.url, timezone_id="Asia/Shanghai")
        said: list[str] = []
        _listen(page, demo, said)
        (folder / role).mkdir(parents=True, exist_ok=True)
        if role == "phone":
            yield from _shoot(page, PHONE_PATHS, folder / role)
        else:
            sign_in(page, role, demo.logins[role])
            yield from _shoot(page, _walk(page), folder / role)
        yield from (f"{role}: {line}" for line in said)
        page.context.close()


def _listen(page: Page, demo: Demo, said: list[str]) -> None:
    """Note what a page complains of, and requests that leave this machine."""
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith((demo.url, "data:")) else said.append(request.url),
    )


def _walk(page: Page) -> Iterator[str]:
    """Addresses of the panel, one of each shape, as links lead to them."""
    waiting, seen = ["/admin"], {"/admin"}
    while waiting:
        address = waiting.pop(0)
        yield address
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        for link in links:
            is_page = link.startswith("/admin") and "/static/" not in link and "/rejected" not in link
            if is_page and shape_of(link) not in seen:
                seen.add(shape_of(link))
                waiting.append(link)


def _shoot(page: Page, addresses: Iterator[str] | tuple[str, ...], folder: Path) -> Iterator[str]:
    for address in addresses:
        name = re.sub(r"[^A-Za-z0-9*?=&-]+", "_", shape_of(address)).strip("_").replace("*", "x")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT[width]})
            try:
                page.goto(address)
            except PlaywrightError as error:
                yield f"{address}: {str(error).splitlines()[0]}"
                break
            beyond = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if beyond > 0:
                yield f"{address} at {width}: {beyond} px too wide"
            tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": HEIGHT[width]})
            page.screenshot(
                path=folder / f"{name}-{width}.png",
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": tall},
            )
