"""What a template field may hold, by the type in its name, and how the platform trims what it shows."""

import re
from collections.abc import Callable

from app.demo.platform.world import Template

THING_CHARS = 20

_TYPE = re.compile(r"([a-z_]+?)[0-9]*")
_TIME = r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}(:\d{2})?"
_RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= THING_CHARS,
    "character_string": lambda value: len(value) <= 32 and all(" " <= c <= "~" for c in value),
    "time": lambda value: bool(re.fullmatch(rf"{_TIME}(~{_TIME})?", value)),
    "phone_number": lambda value: bool(re.fullmatch(r"[0-9+\- ]{1,17}", value)),
    "amount": lambda value: bool(re.fullmatch(r"[¥￥$]?\d{1,12}(\.\d+)?元?", value)),
    "car_number": lambda value: len(value) <= 8,
    "phrase": lambda value: bool(re.fullmatch(r"[\u4e00-\u9fff]{1,5}", value)),
    "number": lambda value: bool(re.fullmatch(r"[0-9.]{1,32}", value)),
    "letter": lambda value: bool(re.fullmatch(r"[A-Za-z]{1,32}", value)),
    "symbol": lambda value: len(value) <= 5,
    "name": lambda value: len(value) <= (20 if value.isascii() else 10),
    "date": lambda value: bool(re.fullmatch(r"\d{4}(年\d{1,2}月\d{1,2}日|-\d{2}-\d{2})", value)),
}
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")


def field_type(key: str) -> str:
    """`thing` of `thing1`."""
    match = _TYPE.fullmatch(key)
    return match.group(1) if match else key


def is_valid(template: Template, key: str, value: str) -> bool:
    """Whether the platform takes this value for this field."""
    kind = field_type(key)
    if kind == "const":
        return value == "" or value in template.constants.get(key, []) or not template.constants.get(key)
    if not value or "\n" in value:
        return False
    if is_unusual_time(key, value):
        return True
    rule = _RULES.get(kind)
    return rule is None or rule(value)


def is_unusual_time(key: str, value: str) -> bool:
    """A time in ISO form: taken here, but not what the rules describe."""
    return field_type(key) == "time" and bool(_ISO_TIME.fullmatch(value))


def shown_rows(template: Template, values: dict[str, str]) -> list[tuple[str, str]]:
    """Label and text of each line of the card, as the platform trims them without a word: no emoji, and in
    old templates nothing after 20 characters or the first line, no opening and no closing sentence."""
    rows = []
    for key, label in template.fields.items():
        if key in ("first", "remark") or key not in values:
            continue
        value = _EMOJI.sub("", values[key])
        if template.kind == "history":
            value = value.split("\n")[0][:THING_CHARS]
        rows.append((label, value))
    return rows
