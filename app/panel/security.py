"""What protects every panel page: response headers, the origin of a form, its token, safe return paths."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from app.page_headers import PAGE_HEADERS

HEADERS = {
    **PAGE_HEADERS,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
TRANSPORT_SECURITY = "max-age=31536000"

HOME = "/admin"
HALF_WAY_S = 300
_RETURN_PATH = re.compile(r"/admin(?:[/?][A-Za-z0-9_\-./?=&%+:,~]*)?")


def is_foreign(headers: Mapping[str, str], *, public_url: str) -> bool:
    """Whether a form was sent from another site (Fetch Metadata, else Origin, else Referer).

    Old browsers send none of the three: then the token alone decides.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return True
    sender = headers.get("origin") or headers.get("referer")
    if sender is None:
        return False
    own = {headers.get("host", ""), urlsplit(public_url).netloc}
    return urlsplit(sender).netloc not in own


def is_proven_ours(headers: Mapping[str, str], *, public_url: str) -> bool:
    """Whether the browser itself says that a form was sent from one of our pages; an old one says nothing."""
    says = any(headers.get(name) for name in ("sec-fetch-site", "origin", "referer"))
    return says and not is_foreign(headers, public_url=public_url)


def same_token(expected: str, given: str) -> bool:
    """Compare in constant time; an empty token never fits."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())


def new_nonce() -> str:
    """What the login page's cookie holds before there is a session."""
    return secrets.token_urlsafe(24)


def login_token(key: bytes, nonce: str) -> str:
    """The login form's token, bound to the cookie's nonce."""
    return hmac.new(key, f"panel-login:{nonce}".encode(), hashlib.sha256).hexdigest()


def return_path(wanted: str) -> str:
    """Where to go after login: only inside the panel, never to another site."""
    return wanted if _RETURN_PATH.fullmatch(wanted) else HOME


def half_way(key: bytes, subject: str, now: datetime) -> str:
    """Proof for five minutes that the password was right; `subject` ties it to browser, account and password."""
    until = int(now.timestamp()) + HALF_WAY_S
    return f"{until}.{_stage(key, subject, until)}"


def is_half_way(key: bytes, subject: str, proof: str, now: datetime) -> bool:
    """Whether the proof is ours, for this subject, and not too old."""
    until, _, mac = proof.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12) or int(until) < now.timestamp():
        return False
    return hmac.compare_digest(_stage(key, subject, int(until)).encode(), mac.encode())


def _stage(key: bytes, subject: str, until: int) -> str:
    return hmac.new(key, f"panel-half-way:{until}:{subject}".encode(), hashlib.sha256).hexdigest()
