"""From what the handbook found to what the person reads."""

import re

from bot import wording
from bot.messages import Card, Part, Reply, Tap, Url
from handbook.entry import Candidate, Entry, Kind, Section
from handbook.media import pictures_in

MAX_CHOICES = 3
# A choice is worth reading from this share of the best one's score on: in 134 questions that were answered with
# choices, none of the 86 fainter ones was what was asked for.
LEAST_SHARE = 0.1
# «外地企业和外地事项» beside an enterprise's matter only where it is nearly as likely.
LEAST_SHARE_OF_REDIRECT = 0.5
TITLE_LENGTH, DESCRIPTION_LENGTH = 60, 100
PART_LENGTH = 360
_WITH_PAGE = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE})
_NEVER_OFFERED = frozenset({Kind.SMALLTALK, Kind.COMMAND, Kind.OUT_OF_SCOPE})


def answer(entry: Entry) -> Reply:
    """The approved text, verbatim, with source, department and review date (B1)."""
    parts: list[Part] = [f"{entry.title}\n", plain(entry.summary), "\n", source_line(entry), "\n"]
    parts += [Url("材料清单和详细步骤", f"/h/{entry.id}"), "　", wording.UNSOLVED]
    if _picture(entry):
        parts += ["　", wording.AS_CARD]
    return Reply(tuple(parts))


def part(entry: Entry, section: Section) -> Reply:
    """One part of an answer given just before, in whole lines, as far as a bubble goes; the rest is on the page."""
    lines = [line.rstrip() for line in plain(section.body).splitlines() if line.strip()]
    shown = [re.sub(r"^\s*- ", "· ", line) for line in lines if not line.lstrip().startswith("!")]
    while len(shown) > 1 and sum(map(len, shown)) > PART_LENGTH:
        shown.pop()
    more = "\n……" if len(shown) < len(lines) else ""
    head = f"{entry.title} · {section.heading}\n"
    parts: list[Part] = [head, "\n".join(shown), more, "\n", source_line(entry), "\n"]
    return Reply((*parts, Url("材料清单和详细步骤", f"/h/{entry.id}"), "　", wording.UNSOLVED))


def has_page(entry: Entry) -> bool:
    """Whether strangers may open the entry's page."""
    return entry.is_public and entry.kind in _WITH_PAGE


def card(entry: Entry) -> Reply:
    """The entry as a card (B8): its title, its first words, its first picture; the text is for where no card fits."""
    path = f"/h/{entry.id}"
    made = Card(
        _cut(entry.title, TITLE_LENGTH), _cut(plain(entry.summary), DESCRIPTION_LENGTH), path, _picture(entry)
    )
    return Reply((f"{entry.title}\n", Url("看图文，可以转发", path)), made)


def _picture(entry: Entry) -> str:
    """The address of the first picture of a public entry, or ""."""
    names = [picture.name for part in entry.sections for picture in pictures_in(part.body)]
    return f"/h-images/{entry.id}/{names[0]}" if names and has_page(entry) else ""


def _cut(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


def plain(markdown: str) -> str:
    """The words without the marks: a chat bubble renders no markdown."""
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", re.sub(r"\*\*|__|`", "", markdown))


def source_line(entry: Entry) -> str:
    """`市场监管局 · 依据《市场主体登记管理条例》第二十四条 · 2026-11 复核`."""
    pieces = [entry.department] if entry.department else []
    if entry.basis:
        first = entry.basis[0]
        pieces.append(f"依据《{first.title}》{first.article}")
    if entry.reviewed:
        pieces.append(f"{entry.reviewed:%Y-%m} 复核")
    return " · ".join(pieces)


def short_reply(entry: Entry) -> Reply:
    """Small talk, redirects and matters out of scope: the entry's own words, nothing around them."""
    return Reply.of(plain(entry.summary))


def with_way_on(entry: Entry) -> Reply:
    """A citizen's matter, or a command explained, and a way on: «房东不修» may be a factory's roof after all."""
    return Reply.of(plain(entry.summary), "\n", wording.NOT_MEANT)


def staff_answer(entry: Entry) -> Reply:
    """B6: officers see the same text plus the notes that enterprises never see."""
    notes = f"\n【内部提示】{plain(entry.internal_notes)}" if entry.internal_notes else ""
    if not entry.is_public:
        return Reply.of(f"{entry.title}\n{plain(entry.summary)}\n{source_line(entry)}{notes}")
    return Reply.of(
        f"{entry.title}\n{plain(entry.summary)}\n{source_line(entry)}{notes}\n", Url("全文", f"/h/{entry.id}")
    )


def offered(candidates: tuple[Candidate, ...]) -> tuple[Entry, ...]:
    """The entries to choose from: matters that somebody can have, no talk, nothing that is refused or far-fetched."""
    best = max((item.score for item in candidates), default=0.0)
    matters = [
        item.entry
        for item in candidates
        if item.entry.kind not in _NEVER_OFFERED and item.score >= best * _least_share(item.entry)
    ]
    return tuple(matters[:MAX_CHOICES])


def _least_share(entry: Entry) -> float:
    return LEAST_SHARE_OF_REDIRECT if entry.kind is Kind.REDIRECT else LEAST_SHARE


def staff_list(candidates: tuple[Candidate, ...]) -> Reply:
    """手册 with several near entries."""
    parts: list[Part] = ["手册里相近的有：\n"]
    for item in candidates[:MAX_CHOICES]:
        parts += [Tap(item.entry.title, f"手册 {item.entry.title}"), "\n"]
    return Reply(tuple(parts))
