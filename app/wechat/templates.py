"""Template messages: which one tells what, and values that the platform accepts (category templates).

The platform refuses a value of the wrong shape (47003) and silently cuts what is too long, so every value
is put into shape before it goes out. Shape follows the field's prefix: `thing1`, `character_string2` …
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from app.clock import SHANGHAI
from app.errors import ConfigurationError
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind

STRIPPED_BY_PLATFORM = ("first", "remark")
KINDS = (
    "ticket_opened_officer", "ticket_assigned", "ticket_accepted", "ticket_transferred", "ticket_waiting",
    "ticket_extended", "ticket_resolved", "ticket_reopened", "ticket_closed", "ticket_supplement", "ticket_urged",
    "ticket_withdrawn", "ticket_reminder", "ticket_escalated", "binding_request", "binding_confirmed",
    "deferred_answer", "notice",
)  # fmt: skip
LITERAL = "="
_FIELD = re.compile(r"([a-z_]+?)\d*")
_TIME = re.compile(
    r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}(:\d{2})?(~(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}(:\d{2})?)?"
)
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
END_OF_DAY = "23:59"
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")


@dataclass(frozen=True)
class Template:
    """One template: its platform id and, per field of the platform, which of our values fills it."""

    template_id: str
    fields: Mapping[str, str]

    def data(self, values: Mapping[str, str], today: date) -> dict[str, dict[str, str]]:
        """The `data` of the call. Raises DeliveryError (CONTENT) naming a field that cannot be filled.

        `today` gives a date without a year (`12月1日`) the year that brings it nearest.
        """
        shaped = {}
        for field, source in self.fields.items():
            value = source[1:] if source.startswith(LITERAL) else values.get(source, "")
            shaped[field] = {"value": _shaped(field, _with_year(value, today) if _is_dated(field) else value)}
        return shaped


def read_templates(raw: Mapping[str, Any]) -> dict[str, Template]:
    """QIYING_WECHAT_TEMPLATES: `{"ticket_resolved": {"id": "…", "fields": {"thing1": "title"}}}`.

    A value that starts with `=` is a fixed text (for `const` fields). Raises ConfigurationError with all faults.
    """
    templates, faults = {}, []
    for kind, item in raw.items():
        fields = item.get("fields") if isinstance(item, dict) else None
        template_id = item.get("id") if isinstance(item, dict) else None
        if not isinstance(template_id, str) or not template_id or not isinstance(fields, dict) or not fields:
            faults.append(
                f"QIYING_WECHAT_TEMPLATES 的 {kind}：应写成 {{'id': '模板ID', 'fields': {{'thing1': 'title'}}}}"
            )
            continue
        kept = {name: str(source) for name, source in fields.items() if name not in STRIPPED_BY_PLATFORM}
        unknown = [name for name in kept if _shape(name) is None]
        faults += [f"QIYING_WECHAT_TEMPLATES 的 {kind}：不认识字段 {name}" for name in unknown]
        templates[kind] = Template(template_id, MappingProxyType(kept))
    if faults:
        raise ConfigurationError(faults)
    return templates


def unknown_kinds(raw: Mapping[str, Any]) -> list[str]:
    """A sentence for each kind of notification that there is none of: its template would never be used."""
    found = []
    for kind in raw:
        near = get_close_matches(kind, KINDS, n=1)
        if kind not in KINDS:
            hint = f"是不是 {near[0]}？" if near else f"可用 {'、'.join(KINDS)}"
            found.append(f"QIYING_WECHAT_TEMPLATES 里的「{kind}」不是通知种类：{hint}")
    return found


def _shaped(field: str, value: str) -> str:
    shape = _shape(field)
    result = shape(_one_line(value)) if shape else ""
    if not result:
        raise DeliveryError(ErrorKind.CONTENT, f"template field {field} cannot be filled", is_alarming=True)
    return result


def _shape(field: str) -> Callable[[str], str] | None:
    match = _FIELD.fullmatch(field)
    return SHAPES.get(match[1]) if match else None


def _one_line(text: str) -> str:
    """No line break, control character or emoji: the platform drops them and what follows."""
    kept = "".join(" " if ch.isspace() else ch for ch in text if ch.isspace() or not _is_stripped(ch))
    return re.sub(r" +", " ", kept).strip()


def _is_stripped(character: str) -> bool:
    return ord(character) > 0xFFFF or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "So")


def _cut(limit: int) -> Callable[[str], str]:
    return lambda text: text if len(text) <= limit else text[: limit - 1] + "…"


def _thing(text: str) -> str:
    return _cut(20)(text) or "点击查看详情"


def _only(pattern: str, limit: int) -> Callable[[str], str]:
    unwanted = re.compile(rf"[^{pattern}]")
    return lambda text: unwanted.sub("", text)[:limit]


def _character_string(text: str) -> str:
    return _only("\x21-\x7e", 32)(text) or "-"


def _is_dated(field: str) -> bool:
    return field.startswith(("time", "date"))


def _with_year(text: str, today: date) -> str:
    found = _DAY.search(text)
    if found is None or "年" in text:
        return text
    years = (today.year - 1, today.year, today.year + 1)
    days = [day for year in years if (day := _day(year, int(found[1]), int(found[2]))) is not None]
    nearest = min(days, key=lambda day: abs(day - today), default=None)
    if nearest is None:
        return text
    clock = _CLOCK.search(text)
    shown = f"{nearest.year}年{nearest.month}月{nearest.day}日"
    return f"{shown} {clock[0]}" if clock else shown


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> str:
    """`2026年11月20日 15:01`; an ISO moment is turned into it, in China time. A day alone means its end."""
    moment = _moment(text)
    if moment is not None:
        return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"
    if _DATE.fullmatch(text):
        return f"{text} {END_OF_DAY}"
    return text if _TIME.fullmatch(text) else ""


def _date(text: str) -> str:
    moment = _moment(text)
    if moment is not None:
        return f"{moment.year}年{moment.month}月{moment.day}日"
    found = _DATE.search(text)
    return found[0] if found else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment


def _name(text: str) -> str:
    return text[:20] if text.isascii() else text[:10]


SHAPES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "thing": _thing,
        "keyword": _thing,
        "character_string": _character_string,
        "time": _time,
        "date": _date,
        "phone_number": _only(r"0-9+\- ", 17),
        "amount": _only(r"0-9.¥￥$元", 16),
        "car_number": _cut(8),
        "const": lambda text: text[:20],
        "phrase": _only("\u4e00-\u9fff", 5),
        "number": _only(r"0-9.", 32),
        "letter": _only("A-Za-z", 32),
        "symbol": lambda text: text[:5],
        "name": _name,
    }
)
