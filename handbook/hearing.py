"""A message as it was meant: without the hesitations of a voice message, and pinyin of single syllables as one word."""

import re

from handbook.text import normalise, pinyin_syllables

# What the mouth says while the head thinks; a message turned into text by the phone is full of it. «嘛» before a
# noun asks («嘛时候»), and stays.
_HESITATION = re.compile(
    r"那个|就是说?|然后呢?|嗯+|喂(?![养食料])|[你您]好|想?请?(?:问|咨询)一?下|问问(?:你们)?|(?:你们)?看看"
    r"|[啊呀呢哎]|哈(?!尔)|嘛(?=$|[\s,，。!！?？]|然后|那个|就是)"
)
MOST_HESITATIONS = 2
FEWEST_LEFT = 6


def as_meant(text: str) -> str:
    """What somebody who hesitates, or types pinyin syllable by syllable, wanted to write; other text as it is."""
    plain, hesitations = _HESITATION.subn("", text)
    if hesitations > MOST_HESITATIONS and len(plain) >= FEWEST_LEFT:
        return plain.strip()
    return _spelt_together(text)


def _spelt_together(text: str) -> str:
    """`ying ye zhi zhao` → `yingyezhizhao`: only a whole word is told from other Latin letters."""
    pieces = normalise(text).split()
    spelt = [pinyin_syllables(piece) if piece.isascii() and piece.isalpha() else [] for piece in pieces]
    return "".join(pieces) if len(pieces) > 1 and all(spelt) else text
