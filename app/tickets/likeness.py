"""Whether two requests are about the same matter, by their words: offered for merging, never merged alone. Pure.

Pairs of neighbouring characters need no dictionary and forgive order and a word more or less.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

ALIKE = 0.45
SHORTEST = 4
_KEPT = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]+")
_POLITE = re.compile(r"您好|你好|请问|请帮忙|希望|尽快|麻烦|谢谢|我们|我司|我公司|企业反映|反映")


def likeness(one: str, other: str) -> float:
    """0 for nothing in common, 1 for the same words; twice the shared pairs over all pairs."""
    first, second = _pairs(one), _pairs(other)
    total = sum(first.values()) + sum(second.values())
    return 2 * sum((first & second).values()) / total if total else 0.0


def most_alike(content: str, others: Iterable[tuple[str, str]]) -> str:
    """The key of the (key, content) that is most alike; "" where none is alike enough."""
    scored: Sequence[tuple[float, str]] = [(likeness(content, words), key) for key, words in others]
    score, key = max(scored, default=(0.0, ""), key=lambda item: item[0])
    return key if score >= ALIKE else ""


def _pairs(text: str) -> Counter[str]:
    plain = "".join(_KEPT.findall(_POLITE.sub("", text))).lower()
    return (
        Counter(plain[start : start + 2] for start in range(len(plain) - 1))
        if len(plain) >= SHORTEST
        else Counter()
    )
