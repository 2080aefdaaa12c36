"""The signed id that a pushed link carries (`/h/…?p=12.0a1b…`): it says who read, and holds nothing personal."""

import hashlib
import hmac

SIGNATURE_LENGTH = 20


def entry_path(entry_id: str, item_id: int, key: bytes) -> str:
    """The entry's page as this one person gets it."""
    return f"/h/{entry_id}?p={item_id}.{_signature(item_id, key)}"


def read_signed(token: str, key: bytes) -> int | None:
    """The item's id, or None for a forged or damaged token."""
    number, _, signature = token.partition(".")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return None
    genuine = hmac.compare_digest(signature.encode(), _signature(int(number), key).encode())
    return int(number) if genuine else None


def _signature(item_id: int, key: bytes) -> str:
    return hmac.new(key, f"policy|{item_id}".encode(), hashlib.sha256).hexdigest()[:SIGNATURE_LENGTH]
