"""What a write changed, as the audit row may keep it: before and after, personal values masked. Pure."""

from collections.abc import Mapping
from typing import Any

from app.audit import cleaned

PERSONAL = ("name", "phone", "contact", "openid", "address", "representative", "leader")
PUBLIC = frozenset({"area_name", "department_name", "unit_name", "username", "file_name"})
SECRET = ("password", "secret", "token", "hash", "csrf", "code_hash")
LONGEST = 200


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`{"before": {…}, "after": {…}}` with the fields that differ only; fit for `audit.record(detail=…)`.

    Values of personal fields are masked by name, mobile numbers anywhere, secrets never appear, long texts are cut.
    """
    names = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    return {
        "before": {name: shown(name, before[name]) for name in names if name in before},
        "after": {name: shown(name, after[name]) for name in names if name in after},
    }


def shown(name: str, value: Any) -> Any:
    """One value as it may be kept."""
    lowered = name.lower()
    if any(word in lowered for word in SECRET):
        return "***"
    if value is None or isinstance(value, bool | int | float):
        return value
    text = (
        value if isinstance(value, str) else cleaned(value) if isinstance(value, list | dict) else str(value)
    )
    if not isinstance(text, str):
        return text
    if lowered not in PUBLIC and any(word in lowered for word in PERSONAL):
        return _masked(text)
    return str(cleaned(text))[:LONGEST]


def _masked(text: str) -> str:
    text = text.strip()
    if len(text) >= 11 and text.isascii():
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[0]}*" if text else ""
