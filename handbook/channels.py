"""The lexical half of an index: phrasings and the channels over them, built in memory from entries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from handbook.entry import Entry
from handbook.lexical import Floats, Integers, Owners, Postings, PostingsBuilder, owners_of
from handbook.media import without_media
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
# From this many entries on, tokens that are everywhere are left out of the lists.
LARGE = 2000
_OUTSIDE_KINDS = ("near", "report")
_ASKED = re.compile(r"^\**问[:：]\s*(.+?)\**$", re.MULTILINE)


@dataclass(frozen=True)
class Phrasings:
    """Texts with the place of the entry they belong to, sorted by entry."""

    texts: Sequence[str]
    owned: Owners

    @property
    def owners(self) -> Integers:
        """The place of each text's entry."""
        return self.owned.places


@dataclass(frozen=True)
class Lexicon:
    """Every lexical channel over the entries, and what the question side needs to meet them.

    Fields: `words` has entry; `characters` entry, phrasing, unlike, outside; `sounds` entry, phrasing;
    `wide` (words and everything of two characters or more) body, whole, title.
    """

    segmenter: Segmenter
    positive: Phrasings
    negative: Phrasings
    words: Postings
    characters: Postings
    sounds: Postings
    wide: Postings
    outside: tuple[str, ...]
    exact: Mapping[str, int]
    size: int

    def likeness(self, normal: str, *, negative: bool = False) -> Floats:
        """How well every phrasing (or `unlike` line) fits normalised text, by characters."""
        scores = self.characters.scores(self.characters.look_up(characters(normal)))
        return self.characters.part(scores, "unlike" if negative else "phrasing")


def segmenter_of(folders: Sequence[Path], *, index_dir: Path | None = None) -> Segmenter:
    """The segmenter with `_dictionary.txt` and `_synonyms.txt` of the kb folders."""
    cache_dir = index_dir / "_words" if index_dir is not None else None
    try:
        if cache_dir is not None:
            cache_dir.mkdir(parents=True, exist_ok=True)
    except OSError:
        cache_dir = None
    dictionary = [word for folder in folders for word in read_word_list(folder / "_dictionary.txt")]
    synonyms = [pair for folder in folders for pair in read_synonyms(folder / "_synonyms.txt")]
    return Segmenter(dictionary, synonyms, cache_dir=cache_dir)


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
    return Phrasings(tuple(texts), owners_of(np.asarray(owners, np.int32)))


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
    """All channels, entry by entry; about two seconds for 17,000 phrasings."""
    positive, negative = phrasings_of(entries), phrasings_of(entries, negative=True)
    builders = _Builders()
    borders = np.searchsorted(positive.owners, np.arange(len(entries) + 1)).tolist()
    for place, entry in enumerate(entries):
        _add_entry(builders, entry, positive.texts[borders[place] : borders[place + 1]], segmenter)
    for name, texts in (("unlike", negative.texts), ("outside", outside)):
        for text in texts:
            builders.characters.add(name, characters(text))
    is_large = len(entries) >= LARGE
    return Lexicon(
        segmenter=segmenter,
        positive=positive,
        negative=negative,
        words=builders.words.finish(drop_common=is_large),
        characters=builders.characters.finish(drop_common=is_large),
        sounds=builders.sounds.finish(drop_common=is_large),
        wide=builders.wide.finish(drop_common=is_large),
        outside=tuple(outside),
        exact=_exact(entries),
        size=len(entries),
    )


@dataclass(frozen=True)
class _Builders:
    words: PostingsBuilder = field(default_factory=lambda: PostingsBuilder(["entry"]))
    characters: PostingsBuilder = field(
        default_factory=lambda: PostingsBuilder(["entry", "phrasing", "unlike", "outside"])
    )
    sounds: PostingsBuilder = field(default_factory=lambda: PostingsBuilder(["entry", "phrasing"]))
    wide: PostingsBuilder = field(default_factory=lambda: PostingsBuilder(["body", "whole", "title"]))


def _add_entry(builders: _Builders, entry: Entry, texts: Sequence[str], segmenter: Segmenter) -> None:
    """One entry's documents: each phrasing by itself, all of them together, its body, both, its title."""
    words, parts, spoken = [], [], []
    for text in texts:
        cut, heard = characters(text), sounds(text)
        builders.characters.add("phrasing", cut)
        builders.sounds.add("phrasing", heard)
        words += segmenter.words(text)
        parts += cut
        spoken += heard
    builders.words.add("entry", words)
    builders.characters.add("entry", parts)
    builders.sounds.add("entry", spoken)
    body = wide_tokens(_body(entry), segmenter)
    builders.wide.add("body", body)
    builders.wide.add("whole", words + [part for part in parts if len(part) > 1] + body)
    builders.wide.add("title", wide_tokens(" ".join((entry.title, *entry.keywords)), segmenter))


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


def _body(entry: Entry) -> str:
    return " ".join(
        (
            entry.title,
            entry.summary,
            *entry.keywords,
            *(without_media(section.body) for section in entry.sections),
        )
    )


def wide_tokens(text: str, segmenter: Segmenter) -> list[str]:
    """Words and everything of two characters or more."""
    normal = normalise(text)
    return segmenter.words(normal) + [part for part in characters(normal) if len(part) > 1]
