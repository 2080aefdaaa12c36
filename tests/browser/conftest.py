"""A demo process as `make run` starts it, and pages of a browser that find fault with everything they fetch."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from playwright.sync_api import Error as PlaywrightError

from docs.demo_site import Demo, serving, sign_in

# The playground plays WeChat's own app: made by script, buttons of icons, no form is ever posted.
OF_THE_PLAYGROUND = ("button without words", "link href=data:,", "form without action")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`make run` without credentials: the same module, its own data folder, a Friday morning.

    One for each file: what another file's enterprise asked for would be the one that is added to here.
    """
    with serving(tmp_path_factory.mktemp("demo")) as served:
        yield served


@dataclass
class Visitors:
    """Opens browsers of different people; remembers everything that was wrong with what they fetched."""

    browser: Browser
    check: Callable[[str], list[str]]
    faults: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def enter(self, url: str, *, width: int = 1440, phone: str = "", zone: str = "Asia/Shanghai") -> Page:
        """Somebody's browser at the site; `phone` is the openid of a person of the demo who holds it."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900},
            base_url=url,
            timezone_id=zone,
            accept_downloads=True,
        )
        if phone:
            context.add_cookies([{"name": "qiying_demo_phone", "value": phone, "url": url}])
        self.contexts.append(context)
        context.on("request", lambda request: self._note(_is_here(request.url), request.url))
        context.on("response", self._read)
        page = context.new_page()
        page.on("pageerror", lambda error: self._note(False, str(error)))
        page.on("console", lambda message: self._note(message.type != "error", message.text))
        return page

    def log_in(self, demo: Demo, username: str, **how: int) -> Page:
        """The first screen of the panel for this account."""
        page = self.enter(demo.url, **how)
        sign_in(page, username, demo.logins[username])
        return page

    def _note(self, is_good: bool, words: str) -> None:
        if not is_good:
            self.faults.append(words)

    def _read(self, response: Response) -> None:
        is_page = response.request.resource_type == "document" and response.status not in (302, 303)
        if is_page and "text/html" in response.headers.get("content-type", ""):
            allowed = OF_THE_PLAYGROUND if "/playground" in response.url else ()
            try:
                html = response.text()
            except PlaywrightError:  # the browser went on to the next page before this one was read
                return
            self.fetched.append(response.url)
            self.faults += [f"{response.url}: {fault}" for fault in self.check(html) if fault not in allowed]


def _is_here(url: str) -> bool:
    return re.match(r"(http://127\.0\.0\.1[:/]|data:|blob:)", url) is not None


@pytest.fixture
def visitors(browser: Browser, page_faults: Callable[[str], list[str]]) -> Iterator[Visitors]:
    """At the end: pages were fetched, none of them had a fault, no script failed, no other host was asked."""
    opened = Visitors(browser, page_faults)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.fetched
    assert opened.faults == []
