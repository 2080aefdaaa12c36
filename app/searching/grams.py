"""Texts as numbers of two neighbouring characters, so that a piece of a text is found without reading every text.

Two, not three: most words of the district's language have two characters, and an index of three cannot find them.
"""

from collections.abc import Iterable
from itertools import pairwise

_SHIFT = 21  # a character is a number below 2**21
_ALONE = 0  # what follows the last character


def pairs(text: str) -> set[int]:
    """Every two neighbours of a text, and its last character with nothing behind; blind to case."""
    folded = text.casefold()
    if not folded:
        return set()
    following = [*map(ord, folded[1:]), _ALONE]
    return {(ord(character) << _SHIFT) | after for character, after in zip(folded, following, strict=True)}


def pairs_of_all(texts: Iterable[str]) -> set[int]:
    """The pairs of several texts, none of which runs over from one to the next."""
    return set[int]().union(*map(pairs, texts))


def pairs_within(word: str) -> list[int]:
    """The pairs that every text with this word in it has; none for a single character."""
    folded = word.casefold()
    return sorted({(ord(before) << _SHIFT) | ord(after) for before, after in pairwise(folded)})


def span_of(character: str) -> tuple[int, int]:
    """The lowest and the highest pair that begins with this character."""
    first = ord(character.casefold()[0]) << _SHIFT
    return first, first | ((1 << _SHIFT) - 1)
