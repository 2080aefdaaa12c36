"""Training text: what the handbook says, and folders of plain JSON lines; cut into token ids."""

import gzip
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handbook.entry import Entry
from handbook.media import without_media

UNKNOWN = "[UNK]"
_SENTENCE = re.compile(r"[。；;！？\n]")
_SHORTEST, _LONGEST = 6, 120


@dataclass(frozen=True)
class Family:
    """Texts that mean one entry: phrasings, sentences of its body, and near misses that do not mean it."""

    phrasings: tuple[str, ...]
    body: tuple[str, ...]
    unlike: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Tokens with a row each (row 0 is the unknown) and the weight their random start is scaled by."""

    rows: Mapping[str, int]
    weights: tuple[float, ...]

    def ids(self, tokens: Sequence[str]) -> list[int]:
        """Rows of the known tokens; [0] where none is known."""
        return [self.rows[token] for token in tokens if token in self.rows] or [0]


def family_of(entry: Entry) -> Family:
    """The training texts of one entry."""
    sentences = [
        part.strip(" -*\t")
        for section in entry.sections
        for part in _SENTENCE.split(without_media(section.body))
    ]
    body = [entry.summary, *_SENTENCE.split(entry.summary), " ".join(entry.keywords), *sentences]
    fitting = tuple(text for text in body if _SHORTEST <= len(text) <= 3 * _LONGEST)
    return Family(entry.phrasings, fitting or (entry.title,), entry.unlike)


def read_passages(folder: Path, *, limit: int, seed: int) -> list[list[str]]:
    """Lists of texts that belong together, from `*.jsonl` and `*.jsonl.gz` under `folder`.

    A line `{"text": …}` gives the sentences of the text, `{"a": …, "b": …, "label": 1}` the pair.
    At most `limit`, drawn at random but reproducibly.
    """
    chosen: list[list[str]] = []
    chooser = random.Random(seed)
    for number, row in enumerate(_rows(folder)):
        if len(chosen) < limit:
            place = len(chosen)
        elif (place := chooser.randrange(number + 1)) >= limit:
            continue
        group = _group(row)
        if len(group) >= 2:
            chosen[place : place + 1] = [group]
    return chosen


def build_vocabulary(
    passages: Sequence[Sequence[Sequence[str]]], handbook: Sequence[Sequence[str]], *, size: int
) -> Vocabulary:
    """Tokens of the passages by how many sentences hold them, and those of the handbook, `size` in all at most.

    Handbook tokens come first; one that occurs once there must also occur in the passages.
    """
    general: Counter[str] = Counter()
    for group in passages:
        for tokens in group:
            general.update(set(tokens))
    own: Counter[str] = Counter()
    for tokens in handbook:
        own.update(set(tokens))
    first = [token for token, times in own.most_common() if times >= 2 or general[token] >= 3]
    second = [token for token, times in general.most_common(size) if times >= 5]
    tokens = list(dict.fromkeys([UNKNOWN, *first, *second]))[:size]
    total = sum(len(group) for group in passages) + len(handbook)
    weights = tuple(math.log(1 + total / (1 + general[token] + own[token])) for token in tokens)
    return Vocabulary({token: row for row, token in enumerate(tokens)}, (0.0, *weights[1:]))


def _rows(folder: Path) -> Iterator[Mapping[str, object]]:
    for file in sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")]):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for line in data.decode("utf-8").splitlines():
            row = json.loads(line)
            if isinstance(row, dict):
                yield row


def _group(row: Mapping[str, object]) -> list[str]:
    if row.get("label") == 1:
        return [str(row["a"]), str(row["b"])]
    parts = _SENTENCE.split(str(row.get("text", "")))
    return [part for part in parts if _SHORTEST <= len(part) <= _LONGEST][:6]
