"""One request to the panel, as its pages see it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.panel.deps import PanelDeps
from app.panel.models import User
from app.panel.rendering import Pages
from app.panel.roles import Role

MAX_FORM_BYTES = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Form:
    """The fields of a posted form, cleaned of control characters; the last of a repeated name counts."""

    fields: Mapping[str, str] = field(default_factory=dict)
    is_too_large: bool = False

    def text(self, name: str) -> str:
        """One field without blanks around it; "" if absent."""
        return self.fields.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A field as a small whole number, or None."""
        return whole_number(self.text(name))


@dataclass
class Call:
    """What a page handler gets: a session that reads (GET) or writes (POST), who asks, and what was sent.

    `target` and `detail` go into the one audit row of a POST; the values are masked by who sets them.
    """

    deps: PanelDeps
    pages: Pages
    request: Request
    session: Session
    user: User
    csrf_token: str
    now: datetime
    address: str
    form: Form = field(default_factory=Form)
    target: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> Role:
        """The user's role."""
        return Role(self.user.role)

    def query(self, name: str) -> str:
        """One query parameter without blanks around it; "" if absent."""
        return _CONTROL.sub("", self.request.query_params.get(name, "")).strip()[:200]

    def query_number(self, name: str) -> int | None:
        """A query parameter as a small whole number, or None."""
        return whole_number(self.query(name))

    def part(self, name: str) -> str:
        """One piece of the path."""
        return str(self.request.path_params[name])

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Render a page of the panel."""
        html = self.pages.render(
            template,
            user=self.user,
            csrf_token=self.csrf_token,
            path=self.request.url.path,
            done=self.query("done"),
            now=self.now,
            **values,
        )
        return HTMLResponse(html, status_code=status)

    def go(self, path: str, *, done: str = "") -> Response:
        """Send the browser on after a write, with a short word that names what was done."""
        return RedirectResponse(f"{path}?{urlencode({'done': done})}" if done else path, status_code=303)


def whole_number(text: str) -> int | None:
    """A number of at most nine digits, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


async def read_form(request: Request) -> Form:
    """Read a posted urlencoded body; anything over 64 KiB is not read to its end."""
    if request.method != "POST":
        return Form()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return Form(is_too_large=True)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return Form(is_too_large=True)
    return Form({name: _CONTROL.sub("", value.replace("\r\n", "\n")) for name, value in pairs})
