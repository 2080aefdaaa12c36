"""The lexical half of an index: phrasings and the channels over them, and what a question is cut into to meet them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handbook.lexical import Floats, Integers, Owners, Postings
from handbook.text import (
    Segmenter,
    characters,
    clauses,
    normalise,
    read_json_lines,
    read_synonyms,
    read_word_list,
)

LONG_QUESTION = 18
MAX_CLAUSES = 12
_OUTSIDE_KINDS = ("near", "report")


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
    `wide` (words and everything of two characters or more) body, whole, title. `fresh` texts were cut to make it.
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
    fresh: int = 0

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


def wide_tokens(text: str, segmenter: Segmenter) -> list[str]:
    """Words and everything of two characters or more."""
    normal = normalise(text)
    return segmenter.words(normal) + [part for part in characters(normal) if len(part) > 1]
