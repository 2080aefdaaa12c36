"""Signed, expiring links to a ticket page: the number, an audience and an expiry under HMAC-SHA256.

Expiry is real time (contract: QIYING_NOW never moves it). Nothing personal is inside.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.errors import NotFound

LIFETIME = timedelta(days=30)
SIGNATURE_BYTES = 16
EXPIRED = "这个链接打不开或已过期，请在对话里发「进度」重新获取"


class Audience(StrEnum):
    """Whose page it is; the value is the first part of the path."""

    ENTERPRISE = "t"
    OFFICER = "o"


@dataclass(frozen=True)
class TicketLink:
    """What a genuine token says."""

    number: str
    audience: Audience


def ticket_path(number: str, key: bytes, now: datetime) -> str:
    """`/t/<token>`: the enterprise's page of a ticket."""
    return _path(TicketLink(number, Audience.ENTERPRISE), key, now)


def officer_path(number: str, key: bytes, now: datetime) -> str:
    """`/o/<token>`: the officer's page of a ticket."""
    return _path(TicketLink(number, Audience.OFFICER), key, now)


def read_token(token: str, key: bytes, now: datetime) -> TicketLink:
    """What the token names; NotFound for a forged, damaged or expired one, without saying which."""
    try:
        payload, signature = (_decode(part) for part in token.split(".", 1))
        audience, number, expires = payload.decode("ascii").split("|")
        expiry = int(expires)
    except (ValueError, UnicodeError, binascii.Error):
        raise NotFound(EXPIRED) from None
    if not hmac.compare_digest(signature, _sign(payload, key)) or expiry < now.timestamp():
        raise NotFound(EXPIRED)
    return TicketLink(number, Audience(audience))


def _path(link: TicketLink, key: bytes, now: datetime) -> str:
    payload = f"{link.audience}|{link.number}|{int((now + LIFETIME).timestamp())}".encode("ascii")
    return f"/{link.audience}/{_encode(payload)}.{_encode(_sign(payload, key))}"


def _sign(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"ticket-link|" + payload, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
