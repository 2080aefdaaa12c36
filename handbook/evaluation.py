"""Measure searches on labelled questions: ranking, decisions, false answers, latency; with the worst cases."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handbook.entry import Decision, Search, SearchResult
from handbook.labelled import Labelled

WORST = 12
WARM_UP = 3
STEPS = 5

# What a question without a topic should lead to, by the `kind` of its label.
EXPECTED = {
    "citizen": {Decision.REDIRECT}, "elsewhere": {Decision.REDIRECT}, "othercity": {Decision.REDIRECT},
    "excluded": {Decision.OUT_OF_SCOPE}, "out_of_scope": {Decision.OUT_OF_SCOPE},
    "chitchat": {Decision.SMALLTALK}, "smalltalk": {Decision.SMALLTALK}, "command": {Decision.COMMAND},
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One question asked: place of the first right entry (0 = best; None: not offered) and what was decided."""

    question: Labelled
    result: SearchResult
    place: int | None
    seconds: float

    @property
    def is_answered(self) -> bool:
        """Whether an entry of a topic was sent without asking back."""
        return self.result.decision is Decision.ANSWER

    @property
    def is_right(self) -> bool:
        """Whether the first entry is a right one."""
        return self.place == 0

    @property
    def is_helped(self) -> bool:
        """Answered right, or the right entry among the three choices."""
        if self.result.decision is Decision.CHOOSE:
            return self.place is not None and self.place < 3
        return self.result.decision is not Decision.NONE and self.is_right


@dataclass(frozen=True)
class Report:
    """Shares are 0..1; a share of nothing is 0. Latency in milliseconds."""

    answerable: int
    unanswerable: int
    hit1: float
    hit3: float
    mrr: float
    coverage: float
    answered_right: float
    precision: float
    helped: float
    false_answers: float
    p50_ms: float
    p95_ms: float
    by_category: dict[str, dict[str, float]]
    by_style: dict[str, dict[str, float]]
    by_kind: dict[str, dict[str, float]]
    worst: tuple[dict[str, Any], ...]
    calibration: tuple[dict[str, float], ...] = ()
    degraded: str = ""


def evaluate(
    handbook: Search, questions: Sequence[Labelled], *, tick: Callable[[int], None] = lambda _: None
) -> Report:
    """Ask every question once and count."""
    return report(measure({"": handbook}, questions, tick=tick)[""])


def measure(
    searches: Mapping[str, Search],
    questions: Sequence[Labelled],
    *,
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, list[Outcome]]:
    """Ask every search the same question before the next, so that a busy machine is unfair to none."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in searches}
    for search in searches.values():
        for question in questions[:WARM_UP]:
            search.search(question.query)
    for number, question in enumerate(questions, start=1):
        for name, search in searches.items():
            outcomes[name].append(_ask(search, question))
        tick(number)
    return outcomes


def report(outcomes: Sequence[Outcome]) -> Report:
    """Count what was asked of one search."""
    known = [outcome for outcome in outcomes if outcome.question.topics]
    unknown = [outcome for outcome in outcomes if not outcome.question.topics]
    answered = [outcome for outcome in outcomes if outcome.is_answered]
    milliseconds = sorted(outcome.seconds * 1000 for outcome in outcomes) or [0.0]
    figures = _figures(known)
    return Report(
        answerable=len(known),
        unanswerable=len(unknown),
        hit1=figures["hit1"],
        hit3=figures["hit3"],
        mrr=_share(
            sum(1 / (outcome.place + 1) for outcome in known if outcome.place is not None), len(known)
        ),
        coverage=figures["coverage"],
        answered_right=figures["answered_right"],
        precision=_share(sum(outcome.is_right for outcome in answered), len(answered)),
        helped=figures["helped"],
        false_answers=_share(sum(outcome.is_answered for outcome in unknown), len(unknown)),
        p50_ms=statistics.median(milliseconds),
        p95_ms=milliseconds[min(len(milliseconds) - 1, int(len(milliseconds) * 0.95))],
        by_category=_grouped(known, lambda outcome: outcome.question.category),
        by_style=_grouped(known, lambda outcome: outcome.question.style),
        by_kind=_by_kind(unknown),
        worst=_worst(outcomes),
        calibration=_calibration(outcomes),
        degraded=outcomes[0].result.degraded if outcomes else "",
    )


def case_of(outcome: Outcome) -> dict[str, Any]:
    """One question as a reader of failures wants to see it."""
    return {
        "query": outcome.question.query,
        "expected": sorted(outcome.question.topics),
        "decision": str(outcome.result.decision),
        "got": [candidate.entry.id for candidate in outcome.result.candidates[:3]],
        "confidence": round(outcome.result.confidence, 3),
    }


def _ask(search: Search, question: Labelled) -> Outcome:
    start = time.perf_counter()
    result = search.search(question.query)
    seconds = time.perf_counter() - start
    offered = [candidate.entry.id for candidate in result.candidates]
    place = next((index for index, entry_id in enumerate(offered) if entry_id in question.topics), None)
    return Outcome(question, result, place, seconds)


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    total = len(outcomes)
    answered = [outcome for outcome in outcomes if outcome.is_answered]
    return {
        "questions": total,
        "hit1": _share(sum(outcome.is_right for outcome in outcomes), total),
        "hit3": _share(sum(outcome.place is not None and outcome.place < 3 for outcome in outcomes), total),
        "coverage": _share(len(answered), total),
        "answered_right": _share(sum(outcome.is_right for outcome in answered), total),
        "precision": _share(sum(outcome.is_right for outcome in answered), len(answered)),
        "helped": _share(sum(outcome.is_helped for outcome in outcomes), total),
        "confidence": _share(sum(outcome.result.confidence for outcome in outcomes), total),
    }


def _grouped(outcomes: Sequence[Outcome], group_of: Callable[[Outcome], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(group_of(outcome), []).append(outcome)
    return {name: _figures(groups[name]) for name in sorted(groups) if name}


def _by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.question.kind, []).append(outcome)
    result = {}
    for name in sorted(groups):
        decisions = [outcome.result.decision for outcome in groups[name]]
        row = {str(decision): float(decisions.count(decision)) for decision in dict.fromkeys(decisions)}
        expected = EXPECTED.get(name)
        if expected is not None:
            row["right"] = _share(sum(decision in expected for decision in decisions), len(decisions))
        result[name or "-"] = {"questions": float(len(decisions)), **row}
    return result


def _calibration(outcomes: Sequence[Outcome]) -> tuple[dict[str, float], ...]:
    """Confidence against truth in steps: of so many questions, the mean confidence and the share that was right."""
    steps: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.result.best is not None:
            steps.setdefault(min(int(outcome.result.confidence * STEPS), STEPS - 1), []).append(outcome)
    return tuple(
        {
            "from": step / STEPS,
            "questions": float(len(group)),
            "confidence": _share(sum(outcome.result.confidence for outcome in group), len(group)),
            "right": _share(sum(_is_first_right(outcome) for outcome in group), len(group)),
        }
        for step, group in sorted(steps.items())
    )


def _is_first_right(outcome: Outcome) -> bool:
    """The right entry, or for a question without a topic one of the right kind."""
    best = outcome.result.best
    if outcome.question.topics or best is None:
        return outcome.is_right
    return any(
        decision.value == best.entry.kind.value for decision in EXPECTED.get(outcome.question.kind, ())
    )


def _worst(outcomes: Sequence[Outcome]) -> tuple[dict[str, Any], ...]:
    """Wrong answers first, the surest first; then questions whose entry was far down."""
    wrong = [
        outcome
        for outcome in outcomes
        if not outcome.is_right and (outcome.is_answered or outcome.question.topics)
    ]
    wrong.sort(key=lambda outcome: (not outcome.is_answered, -outcome.result.confidence))
    return tuple(case_of(outcome) for outcome in wrong[:WORST])


def _share(count: float, total: int) -> float:
    return count / total if total else 0.0
