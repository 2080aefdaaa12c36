"""Text as the index sees it: one normal form, then words, characters and pronunciation.

Questions and phrasings go through the same functions, so that full-width, traditional, upper-case and
differently punctuated text meet.
"""

import hashlib
import json
import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import opencc

MAX_CHARACTERS = 600
LONGEST_PINYIN = 60
_DROPPED = re.compile(
    r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_PUNCTUATION = re.compile(r"[^\w\u4e00-\u9fff%.+#]+|[_]+|(?<!\d)\.|\.(?!\d)")
_SPACES_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
_PIECE = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9%.+#]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CHANGING_IN_WORDS = frozenset("覆著藉瞭乾麼徵夥")
_PLAIN = re.compile(r"[\u4e00-\u9fffa-z0-9]*")
_CLAUSE = re.compile(r"[，,。.！!？?；;：:、\n\r~～…—]+|\s{2,}")

# Words that carry no topic: greetings, particles, wrappers. Stripped only where a key is built.
_FILLER = re.compile(
    r"^(你好|您好|请问一下|请问|麻烦问一下|麻烦问下|咨询一下|问一下|问下|想问一下|想问|我想知道|老师|领导)+"
    r"|(呢|呀|啊|吗|嘛|么|吧|谢谢|了)+$"
)
_FUZZY_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _changing() -> frozenset[str]:
    """The Han characters that simplification changes, alone or in some word; other text it leaves as it is."""
    plain = "".join(map(chr, range(0x4E00, 0xA000)))
    converter = _traditional()
    alone = (character for character in plain if converter.convert(character) != character)
    return frozenset(alone) | _CHANGING_IN_WORDS


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """The normal form: NFKC, lower case, simplified, punctuation to one space, none between Han characters."""
    if _PLAIN.fullmatch(text) and _changing().isdisjoint(text):
        return text
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates are not text
    text = unicodedata.normalize("NFKC", text).lower()
    text = _DROPPED.sub("", _traditional().convert(text))
    text = _PUNCTUATION.sub(" ", text)
    return _SPACES_BETWEEN_HAN.sub("", " ".join(text.split()))


def key(text: str) -> str:
    """Two phrasings with the same key are the same question: normal form without spaces."""
    return normalise(text).replace(" ", "")


def loose_key(text: str) -> str:
    """`key` without greetings before and particles after, for exact matches in chat."""
    bare = key(text)
    stripped = _FILLER.sub("", bare)
    return stripped or bare


def clauses(text: str, *, shortest: int = 4) -> list[str]:
    """The parts of a story between punctuation marks, as written; parts of fewer than `shortest` characters join the next."""
    parts: list[str] = []
    pending = ""
    for part in _CLAUSE.split(text):
        pending = f"{pending} {part.strip()}".strip()
        if len(pending) >= shortest:
            parts.append(pending)
            pending = ""
    if pending:
        parts.append(pending)
    return parts


class Segmenter:
    """jieba with the handbook's own dictionary and everyday-to-official synonyms. Immutable after construction.

    `fingerprint` changes when it cuts differently. jieba keeps its dictionary, ready to load, in `cache_dir`.
    `made_of` are the arguments that make the same segmenter in another process.
    """

    def __init__(
        self,
        dictionary: Iterable[str] = (),
        synonyms: Iterable[tuple[str, str]] = (),
        *,
        cache_dir: Path | None = None,
    ) -> None:
        import jieba  # its dictionary takes half a second: only where text is indexed or searched

        jieba.setLogLevel(logging.WARNING)
        self.made_of = (tuple(dictionary), tuple(synonyms), cache_dir)
        dictionary, synonyms, _ = self.made_of
        self._jieba = jieba.Tokenizer()
        if cache_dir is not None:
            self._jieba.tmp_dir = str(
                cache_dir
            )  # else a file of a known name in a folder that anyone may write
        self._jieba.initialize()
        own = [normalise(word) for word in dictionary]
        for word in own:
            self._jieba.add_word(word)
        self._official: dict[str, tuple[str, ...]] = {}
        for everyday, official in synonyms:
            source, target = normalise(everyday), normalise(official)
            if source and target:
                self._official[source] = (*self._official.get(source, ()), target)
        listed = json.dumps([jieba.__version__, own, sorted(self._official.items())], ensure_ascii=False)
        self.fingerprint = hashlib.sha256(listed.encode()).hexdigest()[:16]
        longest_first = sorted(self._official, key=len, reverse=True)
        self._everyday = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def words(self, normal: str) -> list[str]:
        """jieba words of normalised text, spaces dropped."""
        return [word for word in self._jieba.cut(normal) if word.strip()]

    def official_words(self, normal: str) -> list[str]:
        """Official terms for the everyday words in normalised text that does not hold the term itself."""
        if self._everyday is None:
            return []
        found = (term for match in self._everyday.findall(normal) for term in self._official[match])
        return [term for term in dict.fromkeys(found) if term not in normal]


def characters(normal: str) -> list[str]:
    """Han characters and their bigrams within a run; runs of Latin letters and digits whole."""
    result: list[str] = []
    for piece in _PIECE.findall(normal):
        if _HAN.match(piece):
            result.extend(piece)
            result.extend(piece[i : i + 2] for i in range(len(piece) - 1))
        else:
            result.append(piece)
    return result


def grams(normal: str) -> list[str]:
    """`characters` and the trigrams within runs: what the shipped encoder reads."""
    result = characters(normal)
    for piece in _PIECE.findall(normal):
        if _HAN.match(piece):
            result.extend(piece[i : i + 3] for i in range(len(piece) - 2))
    return result


def sounds(normal: str) -> list[str]:
    """Syllables without tone (bigrams and trigrams, prefixed `=`), so that homophones and typed pinyin meet.

    zh/z, ch/c, sh/s and final n/ng fall together: voice input and the Tianjin accent mix them.
    """
    result: list[str] = []
    for run in _syllable_runs(normal):
        for size in (2, 3):
            result.extend("=" + "'".join(run[i : i + size]) for i in range(len(run) - size + 1))
    return result


def _syllable_runs(normal: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for piece in _PIECE.findall(normal):
        if _HAN.match(piece):
            runs[-1].extend(_syllable(character) for character in piece)
            continue
        spelt = _spelt_syllables(piece) if piece.isascii() and piece.isalpha() else []
        if spelt:
            runs[-1].extend(spelt)
        else:
            runs.append([])
    return runs


@cache
def _readings() -> Mapping[int, str]:
    """Character → its readings, the usual one first."""
    os.environ.setdefault(
        "PYPINYIN_NO_PHRASES", "true"
    )  # half a second and 60 MB that single characters do not need
    from pypinyin.constants import PINYIN_DICT  # see above: must come second

    return cast("Mapping[int, str]", PINYIN_DICT)


@lru_cache(maxsize=30000)
def _syllable(character: str) -> str:
    readings = _readings().get(ord(character), "")
    return _plain_sound(readings.split(",")[0]) if readings else character


def _plain_sound(reading: str) -> str:
    decomposed = unicodedata.normalize("NFD", reading)
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _fold_sound(plain)


def _fold_sound(syllable: str) -> str:
    for sharp, flat in _FUZZY_SOUNDS:
        syllable = syllable.replace(sharp, flat)
    return syllable


@cache
def _known_syllables() -> frozenset[str]:
    plain = set()
    for readings in _readings().values():
        decomposed = unicodedata.normalize("NFD", readings.split(",")[0])
        plain.add("".join(mark for mark in decomposed if not unicodedata.combining(mark)))
    return frozenset(sound for sound in plain if sound.isascii() and (len(sound) > 1 or sound in "ae"))


@lru_cache(maxsize=4096)
def _spelt_syllables(letters: str) -> list[str]:
    """`pinyin_syllables` of what is long enough to be no abbreviation."""
    return pinyin_syllables(letters) if len(letters) >= 4 else []


def pinyin_syllables(letters: str) -> list[str]:
    """`getihu` → [ge, ti, hu]; [] where the letters are no sequence of syllables (fewest syllables win)."""
    if len(letters) > LONGEST_PINYIN:
        return []
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is None or letters[start:end] not in _known_syllables():
                continue
            found = best[end]
            if found is None or len(before) + 1 < len(found):
                best[end] = [*before, letters[start:end]]
    return [_fold_sound(syllable) for syllable in best[-1] or []]


def read_word_list(file: Path) -> list[str]:
    """Lines of a `_dictionary.txt`, comments and blanks left out; [] where there is none."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def read_json_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file; lines that are none are left out, [] where there is no file."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def read_synonyms(file: Path) -> list[tuple[str, str]]:
    """Lines `everyday words, … => official word` of a `_synonyms.txt` as (everyday, official) pairs."""
    pairs = []
    for line in read_word_list(file):
        left, arrow, right = line.partition("=>")
        if arrow and right.strip():
            pairs += [(word.strip(), right.strip()) for word in re.split(r"[,，、]", left) if word.strip()]
    return pairs
