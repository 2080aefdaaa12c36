"""`kb check --index`: what only asking shows: near-duplicates, phrasings another entry wins, unlike lines won."""

from collections.abc import Iterator

from handbook.entry import Decision, Entry, Problem
from handbook.frontmatter import Document
from handbook.lexical import Floats
from handbook.loader import Library
from handbook.search import Handbook
from handbook.text import characters, normalise

NEAR = 0.92
_FAR_DOWN = 3


def check_index(handbook: Handbook, library: Library) -> list[Problem]:
    """Ask every phrasing and every near miss of every served entry; by file and line."""
    problems: list[Problem] = []
    for entry in handbook.entries:
        document = library.documents.get(entry.id)
        if document is None:
            continue
        problems += _own_questions(handbook, entry, document)
        problems += _near_misses(handbook, entry, document)
    problems += _near_duplicates(handbook, library)
    return sorted(problems, key=lambda problem: (problem.path, problem.line))


def _own_questions(handbook: Handbook, entry: Entry, document: Document) -> Iterator[Problem]:
    """A question that another entry wins is a warning; one that does not even reach its own entry is a fault."""
    for text in (entry.title, *entry.questions):
        if not normalise(text):
            continue
        result = handbook.search(text, staff=True)
        offered = [candidate.entry.id for candidate in result.candidates]
        if not offered or offered[0] == entry.id:
            continue
        line = line_of(document, text)
        missed = entry.id not in offered[:_FAR_DOWN]
        message = f"「{text}」问不到本条目" if missed else f"「{text}」被 {offered[0]} 抢先"
        advice = f"排在前面的是 {offered[0]}（{result.candidates[0].score:.2f}）：换个说法，或在那边的 unlike 里加上"
        yield Problem(document.path, line, message, advice, is_warning=not missed)


def _near_misses(handbook: Handbook, entry: Entry, document: Document) -> Iterator[Problem]:
    for text in entry.unlike:
        result = handbook.search(text, staff=True)
        if (
            result.best is not None
            and result.best.entry.id == entry.id
            and result.decision is Decision.ANSWER
        ):
            yield Problem(
                document.path, line_of(document, text), f"反例「{text}」仍由本条目回答（{result.confidence:.2f}）",
                "把问法里和它太像的那句改开，或给该回答它的条目加上这句", is_warning=True,
            )  # fmt: skip


def _near_duplicates(handbook: Handbook, library: Library) -> Iterator[Problem]:
    """Phrasings of different entries that share nearly all characters and bigrams, once a pair."""
    lexicon = handbook.lexicon
    texts, owners = lexicon.positive.texts, lexicon.positive.owners
    for row, text in enumerate(texts):
        scores: Floats = lexicon.likeness(text)
        own = float(scores[row])
        for other in (int(place) for place in (scores >= NEAR * own).nonzero()[0] if place > row):
            if owners[other] == owners[row] or not _is_near(text, texts[other]):
                continue
            entry, rival = handbook.entries[owners[other]], handbook.entries[owners[row]]
            document = library.documents[entry.id]
            yield Problem(
                document.path, line_of(document, texts[other]), f"「{texts[other]}」和 {rival.id} 的「{text}」太像",
                "留一处，或写出区别", is_warning=True,
            )  # fmt: skip


def _is_near(left: str, right: str) -> bool:
    ours, theirs = set(characters(left)), set(characters(right))
    return len(ours & theirs) / max(1, len(ours | theirs)) >= NEAR


def line_of(document: Document, text: str) -> int:
    """The line on which a phrasing stands, compared in normal form; that of the field's start otherwise."""
    wanted = normalise(text)
    for number, line in enumerate(document.raw.split("\n"), start=1):
        if wanted and wanted in normalise(line):
            return number
    return 1
