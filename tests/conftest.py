"""What every page of ours must be, whoever fetches it: one heading, labels, unique ids, nothing inline.

And the one Chromium of a run: Playwright's synchronous driver cannot be started twice in a process.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

pytest_plugins = ["tests.databases"]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",  # containers give 64 MiB there, and a full one hangs a page without a word
)
PATIENCE_MS = 30_000  # only a page that never comes fails; the default, five seconds, a busy machine pauses
VOID_OF_LABEL = {"hidden", "submit", "button"}
LANDMARKS = ("header", "nav", "main", "aside", "footer")
SCRIPT_SCHEMES = ("javascript:", "data:", "vbscript:", "//", "http:")


class PageParser(HTMLParser):
    """Collects what the checks need."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self.text_of_buttons: list[str] = []
        self._in_button = False
        self._in_svg = False
        self._in_picture = False
        self._in_skip = False
        self._landmarks = 0
        self._last_level = 0
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._note_place(tag, attributes)
        if not (self._in_svg and tag == "title"):
            self.tags.append((tag, attributes))
        else:
            self.tags.append(("svg title", attributes))
        if tag == "button":
            self._in_button = True
            self.text_of_buttons.append("")
        if tag in ("script", "style"):
            self._raw = tag

    def _note_place(self, tag: str, attributes: dict[str, str]) -> None:
        """Where a reader of the page by ear is: in a landmark, under which heading, in a picture."""
        self._landmarks += tag in LANDMARKS
        if attributes.get("class") == "skip":
            self._in_skip = True
        if tag == "svg":
            self._in_svg = True
            self._in_picture = attributes.get("role") == "img"
        if tag == "a" and self._in_picture:
            self.faults.append(f"a link inside a picture: {attributes.get('href')}")
        if re.fullmatch("h[1-6]", tag):
            if int(tag[1]) > self._last_level + 1:
                self.faults.append(f"{tag} after h{self._last_level}")
            self._last_level = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        self._landmarks -= tag in LANDMARKS
        if tag == "a":
            self._in_skip = False
        if tag == "svg":
            self._in_svg = self._in_picture = False
        if tag == "button":
            self._in_button = False
        if tag in ("script", "style"):
            self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._in_button:
            self.text_of_buttons[-1] += data
        if self._raw and data.strip():
            self.faults.append(f"inline {self._raw}")
        is_outside = not self._landmarks and not self._in_skip
        if is_outside and data.strip() and self.tags[-1][0] not in ("title", "style", "script"):
            self.faults.append(f"outside of every landmark: {data.strip()[:20]}")


def faults_of(html: str) -> list[str]:
    """Everything wrong with a page; empty for a good one."""
    parser = PageParser()
    parser.feed(html)
    faults = [*parser.faults, *_structure(parser), *_labels(parser), *_choices(parser)]
    for tag, attributes in parser.tags:
        faults += [f"{tag} with {name}" for name in attributes if name == "style" or name.startswith("on")]
        for name in ("href", "src", "action"):
            if attributes.get(name, "").strip().lower().startswith(SCRIPT_SCHEMES):
                faults.append(f"{tag} {name}={attributes[name]}")
        if tag == "form" and not attributes.get("action"):
            faults.append("form without action")
        if tag == "img" and "alt" not in attributes:
            faults.append("img without alt")
        if tag in ("p", "div", "span") and "aria-label" in attributes and "role" not in attributes:
            faults.append(f"{tag} named {attributes['aria-label']}, which has no role that is named")
        if tag == "meter" and attributes.get("aria-hidden") != "true":
            faults.append("meter that is read out beside its number")
        if tag == "script" and not attributes.get("src", "").startswith("/"):
            faults.append("script from elsewhere")
    return faults


def _structure(parser: PageParser) -> list[str]:
    names = [tag for tag, _ in parser.tags]
    ids = [attributes["id"] for _, attributes in parser.tags if "id" in attributes]
    faults = [f"{names.count(tag)} × {tag}" for tag in ("h1", "title", "main") if names.count(tag) != 1]
    faults += [f"id {name} twice" for name in {name for name in ids if ids.count(name) > 1}]
    for _, attributes in parser.tags:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if any(one not in ids for one in attributes.get(name, "").split()):
                faults.append(f"{name}={attributes[name]} points nowhere")
    if any(not text.strip() for text in parser.text_of_buttons):
        faults.append("button without words")
    if parser.tags[0] != ("html", {"lang": "zh-CN"}):
        faults.append("language not declared")
    return faults


def _choices(parser: PageParser) -> list[str]:
    """What the standard asks of fields, and what a form that came back with a fault does first: be read out."""
    faults = []
    for place, (tag, attributes) in enumerate(parser.tags):
        if tag == "input" and attributes.get("type") == "file" and "value" in attributes:
            faults.append(f"file {attributes.get('name')} with a value")
        if attributes.get("type") in ("checkbox", "radio") and "autocomplete" in attributes:
            faults.append(f"a box {attributes.get('id')} with autocomplete")
        if tag == "select" and "required" in attributes:
            first = next((given for name, given in parser.tags[place:] if name == "option"), {})
            faults += [] if first.get("value") == "" else [f"select {attributes.get('name')} cannot be empty"]
        if attributes.get("id") == "fault" and not _is_read_first(attributes, parser):
            faults.append("a fault that is not read out first")
    return faults


def _is_read_first(box: dict[str, str], parser: PageParser) -> bool:
    """The cursor is in the box with the fault, or in the field that is wrong, which the sentence describes."""
    cursors = [attributes for _, attributes in parser.tags if "autofocus" in attributes]
    if len(cursors) != 1 or "tabindex" not in box:
        return False
    return cursors[0] is box or {"aria-invalid", "aria-describedby"} <= cursors[0].keys()


def _labels(parser: PageParser) -> list[str]:
    labelled = {attributes.get("for") for tag, attributes in parser.tags if tag == "label"}
    return [
        f"{tag} {attributes.get('name')} without label"
        for tag, attributes in parser.tags
        if tag in ("input", "select", "textarea")
        and attributes.get("type") not in VOID_OF_LABEL
        and attributes.get("id") not in labelled
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright leaves an event loop running, in which `asyncio.run` refuses to start.

    Files go to the workers whole, so a file has browser tests only, or none. Under CI a browser test that failed
    has one more try, and the summary names it (docs/decisions/0014).
    """
    drives = {item: item.get_closest_marker("browser") is not None for item in items}
    mixed = {item.path for item in items if drives[item]} & {item.path for item in items if not drives[item]}
    if mixed:
        raise pytest.UsageError(f"browser tests need a file of their own: {sorted(map(str, mixed))}")
    items.sort(key=drives.__getitem__)
    if os.environ.get("CI"):
        for item in filter(drives.__getitem__, items):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def page_faults() -> Callable[[str], list[str]]:
    """The checks of every fetched page."""
    return faults_of


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine; missing: skipped in one line, or a failure where CI is set."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "Chromium is not on this machine"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield launched
        launched.close()
