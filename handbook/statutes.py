"""A small table of national statutes: does a cited article exist?"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "statutes.json"
_PREFIX = "中华人民共和国"
_ARTICLE = re.compile(r"第([零〇一二三四五六七八九十百千\d]+)条")
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True)
class Statute:
    """A law or regulation: known versions (dates of issue, newest last) and articles in the newest (None: revised since)."""

    title: str
    versions: tuple[str, ...]
    articles: int | None


@cache
def known_statutes() -> dict[str, Statute]:
    """Every statute of the data file by bare title."""
    data = json.loads(DATA.read_text("utf-8"))
    return {title: Statute(title, tuple(row["versions"]), row["articles"]) for title, row in data.items()}


def find_statute(title: str) -> Statute | None:
    """By title, with or without 《》 and 中华人民共和国; None for what the table does not hold."""
    return known_statutes().get(bare_title(title))


def bare_title(title: str) -> str:
    """The title as the table has it."""
    bare = re.sub(r"[《》\s]", "", title)
    bare = re.sub(r"[（(](?:\d{4}年?)?(?:修正|修订|.*?施行)[)）]$", "", bare)
    return bare.removeprefix(_PREFIX)


def article_numbers(text: str) -> list[int]:
    """The numbers of all `第…条` in a citation, in order."""
    return [number for match in _ARTICLE.finditer(text) if (number := chinese_number(match[1])) is not None]


def chinese_number(text: str) -> int | None:
    """`一百二十三` or `123` as a number; None where it is neither."""
    if text.isascii() and text.isdigit():
        return int(text)
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            return None
    return total + digit
