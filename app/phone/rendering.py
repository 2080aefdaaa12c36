"""Templates of the phone pages, and the headers that go with every one of them."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from app.clock import local_text
from app.districts.profile import Profile
from app.page_headers import PAGE_HEADERS
from handbook.entry import Entry
from handbook.media import names_picture, read_picture

FOLDER = Path(__file__).parent
HEADERS = {
    **PAGE_HEADERS,
    "Referrer-Policy": "no-referrer",
}
STATIC_TYPES = {
    "phone.css": "text/css",
    "checklist.js": "text/javascript",
    "ticket.js": "text/javascript",
    "mark.svg": "image/svg+xml",
}


class PhonePages:
    """Renders pages; every value is escaped except fragments that `markdown.Renderer` cleaned."""

    def __init__(self, profile: Profile, *, is_demo: bool = False) -> None:
        self._profile = profile
        self._is_demo = is_demo
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(clean=_clean, day=day_text, moment=local_text, phone_link=phone_link)
        static = b"".join((FOLDER / "static" / name).read_bytes() for name in STATIC_TYPES)
        self._environment.globals["static_version"] = hashlib.sha256(static).hexdigest()[:10]

    def page(
        self, template: str, *, title: str, status: int = 200, is_private: bool = False, **values: Any
    ) -> Response:
        """One page. A private one (a ticket) is never kept by any cache."""
        html = self._environment.get_template(template).render(
            title=title, profile=self._profile, is_demo=self._is_demo, **values
        )
        headers = {**HEADERS, "Cache-Control": "no-store" if is_private else "no-cache"}
        return HTMLResponse(html, status_code=status, headers=headers)

    def message(self, title: str, text: str, *, status: int = 200, tone: str = "calm") -> Response:
        """A page that says one thing: done, not found, too late."""
        return self.page("message.html", title=title, text=text, status=status, tone=tone, is_private=True)

    def onward(self, address: str) -> Response:
        """A page that goes on to another of ours by itself: to WeChat's sign-in after a form was sent.

        Browsers hold a form's redirects to `form-action 'self'`, so one that led to another host would be stopped.
        """
        page = self.page(
            "message.html", title="正在确认您的微信身份", text="马上就好。这一页不动的话，点一下「继续」。",
            tone="calm", is_private=True, onward=quote(address),
        )  # fmt: skip
        page.headers["Refresh"] = f"0;url={quote(address)}"
        return page

    def not_found(self) -> Response:
        """The friendly 404."""
        return self.message(
            "没找到这一页", "可能内容已经更新。回到微信对话里把问题发来，马上给您答。", status=404
        )


def static_file(name: str) -> Response | None:
    """One of the files the pages need; nothing else can be asked for."""
    if name not in STATIC_TYPES:
        return None
    content = (FOLDER / "static" / name).read_bytes()
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=STATIC_TYPES[name], headers=headers)


def picture_file(roots: Iterable[Path], entry: Entry, name: str) -> Response | None:
    """A picture that this entry shows, kept by caches for a day; None for any other name."""
    found = read_picture(roots, entry.id.split("/")[0], name) if names_picture(entry, name) else None
    if found is None:
        return None
    return picture_response(*found)


def picture_response(content: bytes | str, media_type: str) -> Response:
    """A picture with the pages' headers, kept by caches for a day."""
    return Response(
        content, media_type=media_type, headers={**HEADERS, "Cache-Control": "public, max-age=86400"}
    )


def day_text(day: date | datetime) -> str:
    """`2026年11月20日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def phone_link(phone: str) -> Markup:
    """A number to tap; a masked one is only text."""
    if not phone.replace("-", "").isdecimal():
        return escape(phone)
    return Markup('<a href="tel:{0}">{0}</a>').format(phone)


def _clean(fragment: str) -> Markup:
    """The one place where HTML passes unescaped: fragments from `markdown.Renderer` (nh3 cleaned them)."""
    return Markup(fragment)  # noqa: S704 - see the docstring
