"""What people ask in a measurement: the handbook's own ways of asking, plain and dressed up, as real traffic repeats itself."""

import random
from collections.abc import Iterator

from app.bench.synthetic import Pool

DIFFERENT = 2000
_BEFORE = ("", "", "请问", "您好，", "想问一下", "麻烦问下，")
_AFTER = ("", "", "啊", "，急", "，谢谢", "，怎么弄")
EMERGENCY = "厂里着火了"


def repeated(pool: Pool, seed: int) -> Iterator[str]:
    """A Zipf mix without end of 2,000 questions: the second is asked half as often as the first, and so on."""
    chooser = random.Random(f"repeated-{seed}")
    texts = [_dressed(pool, chooser) for _ in range(DIFFERENT)]
    weights = [1 / (place + 1) for place in range(DIFFERENT)]
    while True:
        yield from chooser.choices(texts, weights, k=DIFFERENT)


def new(pool: Pool, seed: int) -> Iterator[str]:
    """Questions without end of which no two are the same."""
    chooser = random.Random(f"new-{seed}")
    number = 0
    while True:
        number += 1
        yield f"{_dressed(pool, chooser)}，我们是{chooser.choice(pool.characters)}家{number}号店"


def emergencies(_pool: Pool, _seed: int) -> Iterator[str]:
    """Each opens a ticket, whatever the handbook says."""
    while True:
        yield EMERGENCY


def _dressed(pool: Pool, chooser: random.Random) -> str:
    return f"{chooser.choice(_BEFORE)}{chooser.choice(pool.phrasings)}{chooser.choice(_AFTER)}"
