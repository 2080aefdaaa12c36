"""Questions with known answers, made by holding phrasings out: nothing in a fold's index or encoder has seen them.

In each fold some entries are taken out whole (their phrasings become questions nobody can answer) and, of
every other entry, some phrasings. Labels come for free, for any handbook.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handbook.entry import Entry

FOLDS = 5
ENTRIES_OUT = 0.12
PHRASINGS_OUT = 0.2


@dataclass(frozen=True)
class Question:
    """A held-out phrasing; `answer` is its entry's id, "" where the whole entry was held out.

    `kind` is the kind of its entry all the same ("" for a line outside the handbook).
    """

    text: str
    answer: str
    kind: str


@dataclass(frozen=True)
class Fold:
    """What remains to index and to train on, and the questions held out."""

    entries: tuple[Entry, ...]
    questions: tuple[Question, ...]
    outside: tuple[str, ...] = ()


def folds(
    entries: Sequence[Entry], outside: Sequence[str] = (), *, count: int = FOLDS, seed: int = 7
) -> list[Fold]:
    """`count` folds; every entry with at least four phrasings gives held-out phrasings in each of them.

    `outside` are lines that no entry answers: a share of them is held out as questions too.
    """
    chooser = random.Random(seed)
    shuffled = list(entries)
    chooser.shuffle(shuffled)
    out = max(1, round(len(shuffled) * ENTRIES_OUT))
    result = []
    for number in range(count):
        gone = {entry.id for entry in shuffled[number * out : (number + 1) * out]}
        fold = _fold(entries, gone, random.Random(f"{seed}-{number}"))
        held = tuple(outside[number::count])
        questions = (*fold.questions, *(Question(text, "", "") for text in held))
        result.append(Fold(fold.entries, questions, tuple(text for text in outside if text not in set(held))))
    return result


def _fold(entries: Sequence[Entry], gone: set[str], chooser: random.Random) -> Fold:
    kept: list[Entry] = []
    questions: list[Question] = []
    for entry in entries:
        phrasings = [*entry.questions, *entry.more_questions]
        chooser.shuffle(phrasings)
        held = phrasings[: max(1, round(len(phrasings) * PHRASINGS_OUT))] if len(phrasings) >= 4 else []
        if entry.id in gone:
            questions += [Question(text, "", entry.kind.value) for text in phrasings]
            continue
        questions += [Question(text, entry.id, entry.kind.value) for text in held]
        out = set(held)
        kept.append(
            replace(
                entry,
                questions=tuple(text for text in entry.questions if text not in out),
                more_questions=tuple(text for text in entry.more_questions if text not in out),
            )
        )
    return Fold(tuple(kept), tuple(questions))
