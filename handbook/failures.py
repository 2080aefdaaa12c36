"""Pure: why a question did not end well, one cause each, so that failures can be counted and read in groups."""

from collections.abc import Sequence
from enum import StrEnum

from handbook.entry import Decision, Entry
from handbook.evaluation import EXPECTED, Outcome


class Cause(StrEnum):
    """What went wrong with one question, the gravest first. ASKED_BACK is one tap more, no failure of the person's."""

    FALSE_ANSWER = "answered though no entry answers it"
    FALSE_NEAR_MISS = "answered a near miss"
    WRONG_SIBLING = "answered with a sibling of the right entry"
    WRONG_ENTRY = "answered with an unrelated entry"
    TAKEN_FOR_TALK = "taken for small talk, a command or a matter of others"
    LED_AWAY = "a near miss led to another channel, a refusal or talk"
    KIND_MISTAKEN = "talk, command or refusal led to another decision"
    NOT_RECOGNISED = "talk, command or refusal not recognised"
    CHOICES_WITHOUT = "the right entry is not among the choices"
    NOT_FOUND = "none, though an entry answers it"
    ASKED_BACK = "asked back, the right entry among the choices"


_TALK = frozenset({Decision.SMALLTALK, Decision.COMMAND, Decision.OUT_OF_SCOPE, Decision.REDIRECT})
_NEAR = "near"


def cause_of(outcome: Outcome) -> Cause | None:
    """The cause; None for what went as it should."""
    return _of_answerable(outcome) if outcome.question.topics else _of_unanswerable(outcome)


def by_cause(outcomes: Sequence[Outcome]) -> dict[Cause, list[Outcome]]:
    """Outcomes that did not go as they should, the gravest cause first, within one the surest first."""
    groups: dict[Cause, list[Outcome]] = {}
    for outcome in outcomes:
        cause = cause_of(outcome)
        if cause is not None:
            groups.setdefault(cause, []).append(outcome)
    for group in groups.values():
        group.sort(key=lambda outcome: -outcome.result.confidence)
    return {cause: groups[cause] for cause in Cause if cause in groups}


def _of_answerable(outcome: Outcome) -> Cause | None:
    decision = outcome.result.decision
    if decision is Decision.NONE:
        return Cause.NOT_FOUND
    if decision is Decision.CHOOSE:
        return Cause.ASKED_BACK if outcome.is_helped else Cause.CHOICES_WITHOUT
    if outcome.is_right:
        return None
    if decision in _TALK:
        return Cause.TAKEN_FOR_TALK
    best = outcome.result.best
    is_sibling = best is not None and _is_sibling(best.entry, outcome.question.topics)
    return Cause.WRONG_SIBLING if is_sibling else Cause.WRONG_ENTRY


def _of_unanswerable(outcome: Outcome) -> Cause | None:
    question, decision = outcome.question, outcome.result.decision
    if decision is Decision.ANSWER:
        return Cause.FALSE_NEAR_MISS if question.kind == _NEAR else Cause.FALSE_ANSWER
    if question.kind == _NEAR and decision in _TALK:
        return Cause.LED_AWAY
    expected = EXPECTED.get(question.kind)
    if expected is None or decision in expected:
        return None
    return Cause.KIND_MISTAKEN if decision in _TALK else Cause.NOT_RECOGNISED


def _is_sibling(entry: Entry, topics: frozenset[str]) -> bool:
    folder = entry.id.split("/")[0]
    return any(topic.split("/")[0] == folder or topic in entry.related for topic in topics)
