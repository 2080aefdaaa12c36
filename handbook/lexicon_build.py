"""Make the lexical half of an index from entries: cut every text, then count and weigh the tokens of each field."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from handbook.channels import Lexicon, Phrasings
from handbook.cutting import Cuts, Flat, Text, Use, cut_texts
from handbook.entry import Entry
from handbook.lexical import Integers, owners_of
from handbook.media import without_media
from handbook.postings import Documents, build_postings
from handbook.text import Segmenter, key, loose_key, normalise

# From this many entries on, tokens that are everywhere are left out of the lists.
LARGE = 2000
_ASKED = re.compile(r"^\**问[:：]\s*(.+?)\**$", re.MULTILINE)

Run = tuple[Integers, Integers]


def build_lexicon(entries: Sequence[Entry], segmenter: Segmenter, outside: Sequence[str] = ()) -> Lexicon:
    """All channels; about four seconds for 27,000 phrasings."""
    return cut_and_build(entries, segmenter, outside)[0]


def cut_and_build(
    entries: Sequence[Entry], segmenter: Segmenter, outside: Sequence[str] = (), kept: Cuts | None = None
) -> tuple[Lexicon, Cuts]:
    """The lexicon, and the cut texts for the next build; texts that `kept` holds are not cut again."""
    positive, negative = phrasings_of(entries), phrasings_of(entries, negative=True)
    groups: list[list[Text]] = [
        [(Use.PHRASING, text) for text in positive.texts],
        [(Use.LINE, text) for text in negative.texts],
        [(Use.LINE, text) for text in outside],
        [(Use.BODY, normalise(body_of(entry))) for entry in entries],
        [(Use.BODY, normalise(" ".join((entry.title, *entry.keywords)))) for entry in entries],
    ]
    cuts = cut_texts([text for group in groups for text in group], segmenter, kept)
    borders = np.cumsum([0, *map(len, groups)]).tolist()
    fields = _Fields(cuts, positive.owners, list(pairwise(borders)), len(entries))
    is_large = len(entries) >= LARGE
    built = {
        name: build_postings(documents, cuts.tokens, drop_common=is_large)
        for name, documents in fields.every().items()
    }
    lexicon = Lexicon(
        segmenter=segmenter, positive=positive, negative=negative, **built,
        outside=tuple(outside), exact=_exact(entries), size=len(entries), fresh=cuts.fresh,
    )  # fmt: skip
    return lexicon, cuts


class _Fields:
    """Which tokens stand in which documents: phrasings by themselves and by entry, lines, bodies, titles."""

    def __init__(self, cuts: Cuts, owners: Integers, groups: Sequence[tuple[int, int]], size: int) -> None:
        self._cuts = cuts
        self._owners = owners
        self._phrasings, self._unlike, self._outside, self._bodies, self._titles = groups
        self._size = size

    def every(self) -> dict[str, dict[str, Documents]]:
        """The documents of each inverted list, by field."""
        words, spoken = self._by_entry("words"), self._by_entry("sounds")
        parts = self._by_entry("characters")
        is_long = np.asarray([len(token) > 1 for token in self._cuts.tokens], np.bool_)
        long = is_long[parts[1]]
        body = [self._each("words", self._bodies), self._each("characters", self._bodies)]
        title = [self._each("words", self._titles), self._each("characters", self._titles)]
        whole = [words, (parts[0][long], parts[1][long]), *body]
        return {
            "words": {"entry": self._documents(words)},
            "characters": {
                "entry": self._documents(parts),
                "phrasing": self._texts("characters", self._phrasings),
                "unlike": self._texts("characters", self._unlike),
                "outside": self._texts("characters", self._outside),
            },
            "sounds": {"entry": self._documents(spoken), "phrasing": self._texts("sounds", self._phrasings)},
            "wide": {
                "body": self._documents(*body), "whole": self._documents(*whole), "title": self._documents(*title),
            },
        }  # fmt: skip

    def _documents(self, *runs: Run) -> Documents:
        return Documents(self._size, runs)

    def _texts(self, kind: str, group: tuple[int, int]) -> Documents:
        return Documents(group[1] - group[0], [self._each(kind, group)])

    def _each(self, kind: str, group: tuple[int, int]) -> Run:
        numbers, sizes = self._flat(kind).between(*group)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes), numbers

    def _by_entry(self, kind: str) -> Run:
        numbers, sizes = self._flat(kind).between(*self._phrasings)
        return np.repeat(self._owners, sizes), numbers

    def _flat(self, kind: str) -> Flat:
        return self._cuts.flats[kind]


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


def body_of(entry: Entry) -> str:
    """What the body channel sees: title, summary, keywords and sections without their media."""
    sections = (without_media(section.body) for section in entry.sections)
    return " ".join((entry.title, entry.summary, *entry.keywords, *sections))
