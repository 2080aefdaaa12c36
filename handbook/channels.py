"""The lexical half of an index: phrasings and the channels over them, built in memory from entries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from handbook.entry import Entry
from handbook.lexical import Channel, Floats, Integers, build_channel
from handbook.text import (
    Segmenter,
    characters,
    clauses,
    key,
    loose_key,
    normalise,
    read_json_lines,
    read_synonyms,
    read_word_list,
    sounds,
)

LONG_QUESTION = 18
MAX_CLAUSES = 12
_OUTSIDE_KINDS = ("near", "report")
_ASKED = re.compile(r"^\**问[:：]\s*(.+?)\**$", re.MULTILINE)


@dataclass(frozen=True)
class Tokens:
    """One text cut in every way the channels need."""

    words: list[str]
    characters: list[str]
    sounds: list[str]
    official: list[str]

    @property
    def wide(self) -> list[str]:
        """Words and everything of two characters or more."""
        return self.words + [part for part in self.characters if len(part) > 1]


@dataclass(frozen=True)
class Phrasings:
    """Texts with the place of the entry they belong to, sorted by entry; `starts[e]` is entry e's first row."""

    texts: tuple[str, ...]
    owners: Integers
    starts: Integers

    def best_per_entry(self, scores: Floats, count: int) -> Floats:
        """The maximum of phrasing scores within each entry, shape (count,); 0 for an entry without phrasings."""
        result = np.zeros(count, np.float32)
        if len(scores):
            np.maximum.at(result, self.owners, scores)
        return result


@dataclass(frozen=True)
class Lexicon:
    """Every lexical channel over the entries, and what the question side needs to meet them."""

    segmenter: Segmenter
    positive: Phrasings
    negative: Phrasings
    words: Channel
    characters: Channel
    sounds: Channel
    body: Channel
    whole: Channel
    title: Channel
    phrasing_characters: Channel
    phrasing_sounds: Channel
    negative_characters: Channel
    outside: tuple[str, ...]
    outside_characters: Channel
    exact: dict[str, int]
    size: int

    def tokens(self, normal: str) -> Tokens:
        """Cut normalised text; `official` holds the terms that its everyday words stand for."""
        official = " ".join(self.segmenter.official_words(normal))
        return Tokens(
            self.segmenter.words(normal),
            characters(normal),
            sounds(normal),
            _wide_tokens(official, self.segmenter),
        )


def segmenter_of(folders: Sequence[Path]) -> Segmenter:
    """The segmenter with `_dictionary.txt` and `_synonyms.txt` of the kb folders."""
    dictionary = [word for folder in folders for word in read_word_list(folder / "_dictionary.txt")]
    synonyms = [pair for folder in folders for pair in read_synonyms(folder / "_synonyms.txt")]
    return Segmenter(dictionary, synonyms)


def question_parts(question: str) -> list[str]:
    """Normalised clauses of a long question, at most twelve; [] where it is short or one clause."""
    if len(question) < LONG_QUESTION:
        return []
    parts = [normal for part in clauses(question) if (normal := normalise(part))]
    return parts[-MAX_CLAUSES:] if len(parts) > 1 else []


def phrasings_of(entries: Sequence[Entry], *, negative: bool = False) -> Phrasings:
    """Title and questions of every entry (or its `unlike`), normalised, each once within an entry."""
    texts: list[str] = []
    owners: list[int] = []
    for place, entry in enumerate(entries):
        written = entry.unlike if negative else (*entry.phrasings, *asked_in_body(entry))
        for text in dict.fromkeys(normalise(text) for text in written):
            if text:
                texts.append(text)
                owners.append(place)
    owner_array = np.asarray(owners, np.int32)
    starts = np.searchsorted(owner_array, np.arange(len(entries))).astype(np.int32)
    return Phrasings(tuple(texts), owner_array, starts)


def asked_in_body(entry: Entry) -> list[str]:
    """The questions under 常见问题: phrasings that the writer gave for free."""
    return [match[1] for section in entry.sections for match in _ASKED.finditer(section.body)]


def outside_of(folders: Sequence[Path]) -> tuple[str, ...]:
    """Questions that sound like ours and that no entry answers, normalised, each once.

    Lines of `_unanswerable.txt`, and those of `_phrasings/unanswerable.jsonl` whose kind is `near` or `report`.
    """
    lines: list[str] = []
    for folder in folders:
        lines += read_word_list(folder / "_unanswerable.txt")
        for row in read_json_lines(folder / "_phrasings" / "unanswerable.jsonl"):
            if row.get("kind") in _OUTSIDE_KINDS:
                lines.append(str(row.get("text", "")))
    return tuple(dict.fromkeys(normal for line in lines if (normal := normalise(line))))


def build_lexicon(entries: Sequence[Entry], segmenter: Segmenter, outside: Sequence[str] = ()) -> Lexicon:
    """All channels; under a second for 250 entries, jieba's dictionary not counted."""
    positive, negative = phrasings_of(entries), phrasings_of(entries, negative=True)
    words = [segmenter.words(text) for text in positive.texts]
    parts = [characters(text) for text in positive.texts]
    spoken = [sounds(text) for text in positive.texts]
    count = len(entries)
    bodies = [_wide_tokens(_body(entry), segmenter) for entry in entries]
    wide = _by_entry(
        [
            ours + [part for part in theirs if len(part) > 1]
            for ours, theirs in zip(words, parts, strict=True)
        ],
        positive,
        count,
    )
    return Lexicon(
        segmenter=segmenter,
        positive=positive,
        negative=negative,
        words=build_channel(_by_entry(words, positive, count)),
        characters=build_channel(_by_entry(parts, positive, count)),
        sounds=build_channel(_by_entry(spoken, positive, count)),
        body=build_channel(bodies),
        whole=build_channel([asked + written for asked, written in zip(wide, bodies, strict=True)]),
        title=build_channel(
            [_wide_tokens(" ".join((entry.title, *entry.keywords)), segmenter) for entry in entries]
        ),
        phrasing_characters=build_channel(parts),
        phrasing_sounds=build_channel(spoken),
        negative_characters=build_channel([characters(text) for text in negative.texts]),
        outside=tuple(outside),
        outside_characters=build_channel([characters(text) for text in outside]),
        exact=_exact(entries),
        size=count,
    )


def _exact(entries: Sequence[Entry]) -> dict[str, int]:
    """Phrasing → entry, in the strict and the loose form; what two entries share names neither.

    "" stands for punctuation and emoji alone.
    """
    strict: dict[str, int] = {}
    loose: dict[str, int] = {}
    for place, entry in enumerate(entries):
        for text in entry.phrasings:
            for keys, name in ((strict, key(text)), (loose, loose_key(text))):
                keys[name] = place if keys.get(name, place) == place else -1
    return {name: place for name, place in (loose | strict).items() if place >= 0}


def _by_entry(tokens: Sequence[Sequence[str]], phrasings: Phrasings, count: int) -> list[list[str]]:
    grouped: list[list[str]] = [[] for _ in range(count)]
    for owner, cut in zip(phrasings.owners, tokens, strict=True):
        grouped[owner].extend(cut)
    return grouped


def _body(entry: Entry) -> str:
    return " ".join(
        (entry.title, entry.summary, *entry.keywords, *(section.body for section in entry.sections))
    )


def _wide_tokens(text: str, segmenter: Segmenter) -> list[str]:
    normal = normalise(text)
    return segmenter.words(normal) + [part for part in characters(normal) if len(part) > 1]
