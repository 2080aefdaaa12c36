"""Made-up handbooks of any size for measuring, and questions for them. Seeded: the same numbers, the same words.

An entry is about a matter whose name no other entry has; everything around the name is borrowed from real
entries, so that lengths, common words and rare ones are spread as in a real handbook.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from handbook.entry import Entry, Kind, Section

PHRASINGS = 48
_SENTENCE = re.compile(r"[^。；！？\n]{8,80}[。；！？]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASKING = (
    "怎么办",
    "要啥材料",
    "去哪办",
    "多久能下来",
    "收费吗",
    "能网上办不",
    "丢了咋补",
    "找谁问",
    "有补贴吗",
    "要去几趟",
)


@dataclass(frozen=True)
class Pool:
    """What a made-up handbook is made of: real entries, their sentences, phrasings and characters."""

    entries: tuple[Entry, ...]
    sentences: tuple[str, ...]
    phrasings: tuple[str, ...]
    characters: str


def pool_of(entries: Sequence[Entry]) -> Pool:
    """Take real entries apart."""
    topics = tuple(entry for entry in entries if entry.kind is Kind.ANSWER)
    bodies = [section.body for entry in topics for section in entry.sections]
    sentences = tuple(found for body in bodies for found in _SENTENCE.findall(body))
    phrasings = tuple(text for entry in topics for text in entry.phrasings)
    han = sorted({character for text in (*sentences, *phrasings) for character in _HAN.findall(text)})
    return Pool(topics, sentences, phrasings, "".join(han))


def made_up(
    pool: Pool, count: int, *, seed: int, phrasings: int = PHRASINGS, body: int | None = None
) -> Iterator[Entry]:
    """`count` entries, one by one, each with `phrasings` ways to ask beside its title.

    Bodies are as long as real ones, or of `body` characters at most.
    """
    for number in range(count):
        entry = _entry(pool, number, random.Random(f"{seed}-{number}"), phrasings)
        yield entry if body is None else _shortened(entry, body)


def questions(pool: Pool, count: int, *, seed: int, how_many: int) -> list[str]:
    """Questions for such a handbook that are none of its phrasings: half short, a third spoken, the rest stories."""
    chooser = random.Random(f"questions-{seed}")
    result = []
    for place in range(how_many):
        name = _name(pool, random.Random(f"{seed}-{chooser.randrange(count)}"))
        asked = name + chooser.choice(_ASKING)
        if place % 6 >= 3:
            asked = f"{chooser.choice(pool.phrasings)}，{asked}"
        if place % 6 == 5:
            clauses = [chooser.choice(pool.sentences)[:20].rstrip("。；！？") for _ in range(4)]
            asked = "，".join(["领导您好", *clauses, asked, chooser.choice(pool.phrasings)])
        result.append(asked)
    return result


def _name(pool: Pool, chooser: random.Random) -> str:
    """Two words of two characters: the first draw of an entry's own chooser."""
    return "".join(chooser.choices(pool.characters, k=4))


def _entry(pool: Pool, number: int, chooser: random.Random, phrasings: int) -> Entry:
    name = _name(pool, chooser)
    model = chooser.choice(pool.entries)
    written = [_phrasing(pool, name, chooser) for _ in range(phrasings)]
    sections = tuple(
        Section(section.heading, name + _text(pool, chooser, len(section.body))) for section in model.sections
    )
    return replace(
        model, id=f"made-up/{number:06d}", title=f"{name}办理", questions=tuple(written), more_questions=(),
        unlike=tuple(f"{name[:2]}{chooser.choice(pool.phrasings)}" for _ in model.unlike),
        keywords=(name, name[:2]), summary=name + _text(pool, chooser, len(model.summary)), sections=sections,
        related=(), path="", fingerprint=f"{number}-{phrasings}",
    )  # fmt: skip


def _shortened(entry: Entry, most: int) -> Entry:
    each = most // max(1, len(entry.sections))
    return replace(
        entry,
        sections=tuple(Section(section.heading, section.body[:each]) for section in entry.sections),
        fingerprint=f"{entry.fingerprint}-{most}",
    )


def _phrasing(pool: Pool, name: str, chooser: random.Random) -> str:
    """Half of the ways to ask name the matter, a quarter half of it, the others only its surroundings."""
    borrowed = chooser.choice(pool.phrasings)
    way = chooser.random()
    if way < 0.5:
        return f"{name}{borrowed}"
    return f"{borrowed}{name[2:]}" if way < 0.75 else f"{name[:2]}，{borrowed}"


def _text(pool: Pool, chooser: random.Random, length: int) -> str:
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(chooser.choice(pool.sentences))
        size += len(parts[-1])
    return "".join(parts)[:length]
