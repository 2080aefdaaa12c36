"""Every colour of words in our stylesheets can be read on what lies behind it (WCAG 2.2 AA, 1.4.3): 4.5 to 1."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
SHEETS = ("panel/static/panel.css", "phone/static/phone.css")
LEAST, LEAST_OF_AN_EDGE = 4.5, 3
GROUNDS = ("--paper", "--card", "--ground", "--cell")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
VAR = re.compile(r"var\((--[a-z-]+)\)")
# Not words: marks beside words that say the same, and what is only there for the eye.
NOT_WORDS = ("::before", "::after", "meter", "svg", ".tile", ".qr", ".photo", ".mark")


def luminance(colour: str) -> float:
    """Relative luminance of `rrggbb`."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rules(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Selector and declarations of every rule, whatever media query it is in."""
    for selector, body in RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.S)):
        pairs = [line.partition(":") for line in body.split(";") if ":" in line]
        yield selector.strip(), {name.strip(): value.strip() for name, _, value in pairs}


def colour_of(value: str, variables: dict[str, str]) -> str | None:
    """The colour a value names as `rrggbb`; None: none, or see-through."""
    named = VAR.sub(lambda match: variables.get(match[1], ""), value)
    found = HEX.search(named)
    if found is None:
        return None
    digits = found[1].lower()
    return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)


def pairs(text: str) -> Iterator[tuple[str, str, str]]:
    """(selector, colour of the words, what is behind them): their own ground, else each ground of the page."""
    found = list(rules(text))
    variables = next(body for selector, body in found if ":root" in selector)
    grounds = [colour for name in GROUNDS if (colour := colour_of(variables.get(name, ""), {}))]
    for selector, body in found:
        words = colour_of(body.get("color", ""), variables)
        if words is None or any(mark in selector for mark in NOT_WORDS):
            continue
        own = colour_of(body.get("background", "") or body.get("background-color", ""), variables)
        for behind in [own] if own else grounds:
            yield selector, words, behind


@pytest.mark.parametrize("sheet", SHEETS)
def test_words_can_be_read_on_their_ground(sheet) -> None:
    found = list(pairs((APP / sheet).read_text("utf-8")))
    assert len(found) > 20, "the sheet is read"
    faint = {
        f"{selector}: #{words} on #{behind} {contrast(words, behind):.2f}"
        for selector, words, behind in found
        if contrast(words, behind) < LEAST
    }
    assert sorted(faint) == []


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_field_has_an_edge_that_can_be_seen(sheet) -> None:
    """By day and, where the sheet has one, by night: 3 to 1 against what lies around it (WCAG 2.2 AA, 1.4.11)."""
    found = list(rules((APP / sheet).read_text("utf-8")))
    edges = [body["border"] for selector, body in found if "textarea" in selector and "border" in body]
    assert edges == ["1px solid var(--edge)"]
    light, *dark = [body for selector, body in found if ":root" in selector]
    for variables in (light, *(light | night for night in dark)):
        edge = colour_of(variables["--edge"], {})
        for ground in filter(None, (colour_of(variables.get(name, ""), {}) for name in GROUNDS)):
            assert edge is not None
            assert contrast(edge, ground) >= LEAST_OF_AN_EDGE, (edge, ground)


def test_the_measure_itself() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") < LEAST < contrast("767676", "ffffff")
