"""The signed id that a pushed link carries (`/h/…?p=12.0a1b…`): it says who read, and holds nothing personal."""

from app import signed

KIND = "policy"


def entry_path(entry_id: str, item_id: int, key: bytes) -> str:
    """The entry's page as this one person gets it."""
    return f"/h/{entry_id}?p={signed.signed(KIND, item_id, key)}"


def read_signed(token: str, key: bytes) -> int | None:
    """The item's id, or None for a forged or damaged token."""
    return signed.read_signed(KIND, token, key)
