"""What marks one person in texts: openids, telephone numbers however typed, names; and texts without them. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.audit import person

GONE = "（已删除）"
SHORTEST_NAME = 2
_WIDE_DIGITS = "０１２３４５６７８９"
_WIDE = str.maketrans("0123456789", _WIDE_DIGITS)
_NOT_DIGIT = re.compile(r"[^0-9]")
_SEPARATOR = r"[-—－ \u00a0\u3000]?"


@dataclass(frozen=True)
class Marks:
    """The marks of one person. `names` count only where the text is about this person anyway."""

    openids: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, openids: Iterable[str], phones: Iterable[str], names: Iterable[str] = ()) -> "Marks":
        """Cleaned: numbers as digits without +86, empty values left out."""
        digits = (plain_phone(phone) for phone in phones)
        return cls(
            frozenset(openid for openid in openids if openid),
            frozenset(phone for phone in digits if len(phone) >= 7),
            frozenset(name.strip() for name in names if len(name.strip()) >= SHORTEST_NAME),
        )

    @cached_property
    def phone_pattern(self) -> re.Pattern[str] | None:
        """Any of the numbers, with separators, full-width digits or a country code."""
        if not self.phones:
            return None
        numbers = (
            _SEPARATOR.join(f"[{digit}{digit.translate(_WIDE)}]" for digit in phone) for phone in self.phones
        )
        country = rf"(?:[+＋]?(?:86|８６){_SEPARATOR})?"
        return re.compile(rf"(?<![0-9０-９]){country}(?:{'|'.join(numbers)})(?![0-9０-９])")

    @cached_property
    def openid_pattern(self) -> re.Pattern[str] | None:
        """Any of the openids as a whole word."""
        if not self.openids:
            return None
        words = "|".join(re.escape(openid) for openid in sorted(self.openids, key=len, reverse=True))
        return re.compile(rf"(?<![0-9A-Za-z])(?:{words})(?![0-9A-Za-z])")

    def occurs_in(self, text: str) -> bool:
        """Whether an openid or a number of this person is in the text."""
        patterns = (self.openid_pattern, self.phone_pattern)
        return any(pattern is not None and pattern.search(text) for pattern in patterns)

    def scrubbed(self, text: str, *, with_names: bool = False) -> str:
        """The text without them: openids become the reference of the audit trail, the rest a note."""
        if self.openid_pattern is not None:
            text = self.openid_pattern.sub(lambda match: pseudonym(match.group()), text)
        if self.phone_pattern is not None:
            text = self.phone_pattern.sub(GONE, text)
        for name in sorted(self.names, key=len, reverse=True) if with_names else ():
            text = text.replace(name, GONE)
        return text

    def scrubbed_json(self, value: Any, *, with_names: bool = False) -> Any:
        """The same for every string of a JSON value."""
        if isinstance(value, str):
            return self.scrubbed(value, with_names=with_names)
        if isinstance(value, list):
            return [self.scrubbed_json(item, with_names=with_names) for item in value]
        if isinstance(value, dict):
            return {
                self.scrubbed(str(key), with_names=with_names): self.scrubbed_json(
                    item, with_names=with_names
                )
                for key, item in value.items()
            }
        return value

    def likely_parts(self) -> list[list[str]]:
        """For a database's LIKE: each inner list must occur in order. Finds too much rather than too little."""
        parts = [[openid] for openid in self.openids]
        for phone in self.phones:
            parts += [list(phone), list(phone.translate(_WIDE))]
        return parts


def plain_phone(text: str) -> str:
    """Digits only, without the country code."""
    narrow = text.translate(str.maketrans(_WIDE_DIGITS, "0123456789"))
    digits = _NOT_DIGIT.sub("", narrow)
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def pseudonym(openid: str) -> str:
    """What stands for an erased openid; the audit trail calls this person the same."""
    return person(openid)
