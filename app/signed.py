"""A number that a link carries, signed: `12.0a1b…`. Nobody can make one up, and it holds nothing personal."""

import hashlib
import hmac

SIGNATURE_LENGTH = 20


def signed(kind: str, number: int, key: bytes) -> str:
    """The number with its signature; `kind` keeps one kind's numbers from passing for another's."""
    return f"{number}.{_signature(kind, number, key)}"


def read_signed(kind: str, token: str, key: bytes) -> int | None:
    """The number, or None for a forged or damaged token."""
    number, _, signature = token.partition(".")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return None
    genuine = hmac.compare_digest(signature.encode(), _signature(kind, int(number), key).encode())
    return int(number) if genuine else None


def _signature(kind: str, number: int, key: bytes) -> str:
    return hmac.new(key, f"{kind}|{number}".encode(), hashlib.sha256).hexdigest()[:SIGNATURE_LENGTH]
