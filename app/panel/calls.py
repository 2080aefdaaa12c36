"""One request to the panel, as its pages see it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.panel.conditions import Today
from app.panel.deps import PanelDeps
from app.panel.models import User
from app.panel.rendering import Pages
from app.panel.roles import Role, may_open
from app.tickets.values import Incomplete

MAX_FORM_BYTES = 64 * 1024
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_FIELDS = 100
YEARS = range(1900, 2200)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
# Control characters, and marks that nobody sees: copied along from a chat or a contact list they turn text around,
# hide a difference, or stand for a request of no words. What joins an emoji stays.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True)
class SentFile:
    """A file that came with a form: its name as the browser gave it, without a folder, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """The fields of a posted form, cleaned of control characters; the last of a repeated name counts.

    `lists` has every value of a name (checkboxes); `file` is what was chosen in the form's one file field.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    is_too_large: bool = False
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: SentFile | None = None

    def text(self, name: str) -> str:
        """One field without blanks around it; "" if absent."""
        return self.fields.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A field as a small whole number, or None."""
        return whole_number(self.text(name))

    def every(self, name: str) -> list[str]:
        """All values of a repeated field, each once, in order, blank ones left out."""
        return list(dict.fromkeys(value.strip() for value in self.lists.get(name, ()) if value.strip()))

    def day(self, name: str) -> date | None:
        """A field as a day (`2026-11-20`), None for an empty one. Raises Incomplete for what is no day."""
        text = self.text(name)
        day = day_of(text)
        if text and day is None:
            raise Incomplete(f"「{text[:20]}」看不出是哪一天，请写成 2026-11-20 这样", field=name)
        return day


@dataclass
class Call:
    """What a page handler gets: a session that reads (GET) or writes (POST), who asks, and what was sent.

    `target` and `detail` go into the one audit row of a POST; the values are masked by who sets them.
    `prepared` is what the route worked out from the form before the transaction began.
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
    prepared: Any = None

    @property
    def role(self) -> Role:
        """The user's role."""
        return Role(self.user.role)

    @property
    def today(self) -> Today:
        """The day, the rules as they are now, and what was counted a moment ago."""
        return Today(self.now, self.deps.rules(self.session), self.deps.counts)

    def may(self, roles: frozenset[Role], path: str) -> bool:
        """Whether this user could open a page that is for `roles`: for links and figures that lead there."""
        return may_open(self.role, roles, path, separates_duties=self.deps.policy.separates_duties)

    def query(self, name: str) -> str:
        """One query parameter without blanks around it; "" if absent."""
        return _CONTROL.sub("", self.request.query_params.get(name, "")).strip()[:200]

    def query_number(self, name: str) -> int | None:
        """A query parameter as a small whole number, or None."""
        return whole_number(self.query(name))

    def query_day(self, name: str) -> date | None:
        """A query parameter as a day, or None."""
        return day_of(self.query(name))

    def queries(self, name: str) -> list[str]:
        """All values of a repeated query parameter, each once, at most a hundred."""
        values = self.request.query_params.getlist(name)[:MAX_FIELDS]
        return list(dict.fromkeys(_CONTROL.sub("", value).strip()[:200] for value in values))

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


def day_of(text: str) -> date | None:
    """A day written as `2026-11-20`, `2026/11/20` or `2026年11月20日`; None for what is none.

    None also for years in which no matter of ours can lie: near the ends of the calendar a day more, or another time
    zone, is no date any more.
    """
    found = _DAY.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return day if day is not None and day.year in YEARS else None


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
        text = body.decode("utf-8", "replace")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return Form(is_too_large=True)
    return form_of(pairs)


async def read_upload(request: Request) -> Form:
    """Read a form with one file of at most 20 MiB; one without a declared length is not read at all."""
    if not _has_parts(request):
        return await read_form(request)
    if _is_too_long(request):
        return Form(is_too_large=True)
    try:
        async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FORM_BYTES) as data:
            pairs = [(name, value) for name, value in data.multi_items() if isinstance(value, str)]
            sent = [value for _, value in data.multi_items() if isinstance(value, UploadFile)]
            file = SentFile(_file_name(sent[0]), await sent[0].read()) if sent else None
    except HTTPException:
        return Form(is_too_large=True)
    return form_of(pairs, file if file and file.name else None)


def _has_parts(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def _is_too_long(request: Request) -> bool:
    length = whole_number(request.headers.get("content-length", ""))
    return length is None or length > MAX_UPLOAD_BYTES


class _WordsOnly(MultiPartParser):
    """Keeps the words of a form and the name of its file; the file's bytes pass by."""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            super().on_part_data(data, start, end)


async def read_words(request: Request) -> Form:
    """Read a form as `read_upload` does, but of its file the name only: for somebody who has to log in first."""
    if not _has_parts(request):
        return await read_form(request)
    if _is_too_long(request):
        return Form(is_too_large=True)
    parser = _WordsOnly(
        request.headers, request.stream(), max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FORM_BYTES
    )
    try:
        data = await parser.parse()
    except MultiPartException:
        return Form(is_too_large=True)
    pairs = [(name, value) for name, value in data.multi_items() if isinstance(value, str)]
    names = [_file_name(value) for _, value in data.multi_items() if isinstance(value, UploadFile)]
    await data.close()
    return form_of(pairs, SentFile(names[0], b"") if names and names[0] else None)


def form_of(pairs: Iterable[tuple[str, str]], file: SentFile | None = None) -> Form:
    """A form from its (name, value) pairs, line ends made one kind, control characters left out."""
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(_CONTROL.sub("", value.replace("\r\n", "\n")))
    every = {name: tuple(values) for name, values in lists.items()}
    return Form({name: values[-1] for name, values in every.items()}, lists=every, file=file)


def _file_name(sent: UploadFile) -> str:
    name = re.split(r"[/\\]", sent.filename or "")[-1]
    return _CONTROL.sub("", name).strip()[:120]
