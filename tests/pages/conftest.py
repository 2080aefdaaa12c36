"""The whole application over the seeded demo, in this process, and people who follow its links."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.bootstrap import Runtime, build
from app.clock import real_now
from app.demo.start import prepare
from app.main import create_app
from app.panel.accounts import find_user
from app.panel.sessions import open_session
from app.settings import Settings

KB = Path(__file__).parents[2] / "kb"
PORT = 8000
OF_ONE_KIND = (
    (re.compile(r"^/admin/handbook/(entry|drafts)/.+"), r"/admin/handbook/\1/*"),
    (re.compile(r"^/(h|h-images|t|o)/.+"), r"/\1/*"),
    (re.compile(r"/[^/]*[0-9][^/]*"), "/*"),
)


class Links(HTMLParser):
    """What a page leads to and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.loads: list[str] = []
        self.forms: list[str] = []
        self.current = 0
        self.tables = self.captions = 0
        self.bare_heads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.addresses.append(unescape(given["href"]))
        if tag == "form":
            self.forms.append(given.get("action", ""))
        if tag in ("img", "script", "link", "iframe", "source"):
            self.loads += [given[name] for name in ("src", "href") if name in given]
        self.current += given.get("aria-current") == "page" and tag == "a"
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th" and "scope" not in given:
            self.bare_heads.append(self.get_starttag_text() or "th")


@dataclass
class Walker:
    """Somebody who opens one page of every shape that links lead to, and looks at each link once."""

    client: TestClient
    check: Callable[[str], list[str]]
    with_conditions: bool
    faults: list[str] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)

    def walk(self, starts: list[str], inside: tuple[str, ...]) -> None:
        """Follow links from the starts; those outside `inside` are opened and not read further."""
        waiting = list(starts)
        self.shapes |= {self._shape(path) for path in starts}
        while waiting:
            path = waiting.pop(0)
            answer = self.client.get(path)
            self._note(path, answer)
            if not path.startswith(inside) or "text/html" not in answer.headers.get("content-type", ""):
                continue
            for link in Links(answer.text).addresses:
                target = link.partition("#")[0]
                if target.startswith("/") and self._shape(target) not in self.shapes:
                    self.shapes.add(self._shape(target))
                    waiting.append(target)

    def _shape(self, address: str) -> str:
        return shape_of(address) if self.with_conditions else shape_of(address.partition("?")[0])

    def _note(self, path: str, answer: Response) -> None:
        if answer.status_code not in (200, 302, 303):
            self.faults.append(f"{path}: {answer.status_code}")
        if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return
        page = Links(answer.text)
        self.faults += [f"{path}: {fault}" for fault in self.check(answer.text)]
        self.faults += [f"{path}: loads {one}" for one in page.loads if not one.startswith(("/", "data:"))]
        self.faults += [f"{path}: sends to {one}" for one in page.forms if not one.startswith("/")]
        self.faults += [f"{path}: {one} without scope" for one in page.bare_heads]
        if page.tables != page.captions:
            self.faults.append(f"{path}: {page.tables} tables, {page.captions} captions")


def shape_of(address: str) -> str:
    """What pages of one kind have in common: the path without names of things, and the names of the conditions."""
    parts = urlsplit(address)
    path = parts.path
    for pattern, stand_in in OF_ONE_KIND:
        path = pattern.sub(stand_in, path)
    return f"{path}?{'&'.join(sorted({name for name, value in parse_qsl(parts.query) if value}))}"


@dataclass
class Site:
    """The demo as it serves, without a network."""

    runtime: Runtime
    app: FastAPI

    def walker(
        self, check: Callable[[str], list[str]], username: str = "", *, with_conditions: bool = False
    ) -> Walker:
        """Somebody at the site; logged in where an account is named. `with_conditions`: filters are pages too."""
        client = TestClient(self.app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False)
        if username:
            with self.runtime.db.transaction() as session:
                account = find_user(session, username)
                assert account is not None
                cookie = open_session(session, account, address="127.0.0.1", now=real_now())
            client.cookies.set("qiying_panel", cookie)
        return Walker(client, check, with_conditions)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Seeded once: who walks only reads."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(
        _env_file=None, demo=True, data_dir=folder, kb_dir=KB, now="2026-11-20T09:30:00+08:00"
    )
    demo = prepare(settings, PORT)
    runtime = build(demo.settings, clock=demo.clock)
    demo.opened(runtime)
    yield Site(runtime, create_app(runtime, extra=[demo.mount]))
    runtime.close()
    demo.closed()
