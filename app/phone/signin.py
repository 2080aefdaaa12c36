"""The reader of a page as a person: a short signed cookie after WeChat's sign-in, and a token for forms.

The way back is kept in the browser that left, under the nonce that travels through WeChat: nobody can be
signed in as somebody else by a link, and it leads to our own pages about one ticket or one answer only.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import AppError
from app.wechat.oauth import AGAIN, SignIn

LIFETIME = timedelta(hours=2)
WAY_LIFETIME = timedelta(minutes=10)
PERSON, WAY = "qiying_reader", "qiying_way"
OWN_PAGE = re.compile(r"(?:/[to]|/phone/unsolved)/[A-Za-z0-9_.-]{1,200}")
BACK = "/phone/back"


@dataclass(frozen=True)
class Reader:
    """Who reads; `form_token` goes into every form of this person."""

    openid: str
    form_token: str


class Readers:
    """Signs readers in and recognises them. `public_url` is how phones reach us."""

    def __init__(self, sign_in: SignIn, key: bytes, public_url: str) -> None:
        self._sign_in = sign_in
        self._key = key
        self._base = public_url.rstrip("/")
        self._is_secure = self._base.startswith("https:")

    def known(self, request: Request, now: datetime) -> Reader | None:
        """The person this browser was signed in as within the last two hours."""
        openid = self._read("person", request.cookies.get(PERSON, ""), now)
        return Reader(openid, self._sign("form", openid)) if openid else None

    def leave(self, page: str, now: datetime) -> Response:
        """To WeChat's sign-in, and from there back to this page of ours."""
        if not OWN_PAGE.fullmatch(page):
            raise AppError(AGAIN)
        nonce = secrets.token_hex(16)  # the platform takes letters and digits only, at most 128
        response = RedirectResponse(self._sign_in.address(self._base + BACK, nonce), 303)
        way = self._pack("way", f"{nonce}~{page}", now + WAY_LIFETIME)
        self._set(response, WAY, way, WAY_LIFETIME)
        return response

    def arrive(self, request: Request, now: datetime) -> Response:
        """Back from WeChat: remember the person and go on; AppError for a state that is not this browser's."""
        nonce, _, page = self._read("way", request.cookies.get(WAY, ""), now).partition("~")
        same = hmac.compare_digest(nonce.encode(), request.query_params.get("state", "").encode())
        if not nonce or not same or not OWN_PAGE.fullmatch(page):
            raise AppError(AGAIN)
        openid = self._sign_in.openid(request.query_params.get("code", ""))
        response = RedirectResponse(page, 303)
        self._set(response, PERSON, self._pack("person", openid, now + LIFETIME), LIFETIME)
        response.delete_cookie(WAY)
        return response

    def is_genuine(self, reader: Reader, form_token: str) -> bool:
        """Whether a form was made for this reader."""
        return hmac.compare_digest(reader.form_token.encode(), form_token.encode())

    def _set(self, response: Response, name: str, value: str, lifetime: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(lifetime.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._is_secure,
        )

    def _pack(self, use: str, text: str, until: datetime) -> str:
        plain = f"{int(until.timestamp())}.{text.encode().hex()}"
        return f"{plain}.{self._sign(use, plain)}"

    def _read(self, use: str, packed: str, now: datetime) -> str:
        """The text of a genuine, living package; empty for anything else."""
        plain, _, signature = packed.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(use, plain).encode()):
            return ""
        until, _, text = plain.partition(".")
        return bytes.fromhex(text).decode() if int(until) > now.timestamp() else ""

    def _sign(self, use: str, text: str) -> str:
        return hmac.new(self._key, f"phone-{use}|{text}".encode(), sha256).hexdigest()
