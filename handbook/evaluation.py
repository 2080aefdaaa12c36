"""Measure a handbook on labelled questions: ranking, decisions, false answers, latency; with the worst cases."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handbook.entry import Decision, Search, SearchResult

WORST = 12

# What a question without a topic should lead to, by the `kind` of its label.
EXPECTED = {
    "citizen": {Decision.REDIRECT}, "elsewhere": {Decision.REDIRECT}, "othercity": {Decision.REDIRECT},
    "excluded": {Decision.OUT_OF_SCOPE}, "out_of_scope": {Decision.OUT_OF_SCOPE},
    "chitchat": {Decision.SMALLTALK}, "smalltalk": {Decision.SMALLTALK}, "command": {Decision.COMMAND},
}  # fmt: skip


class QuestionFileError(Exception):
    """The file of questions cannot be read; the text says where and why, for people."""


@dataclass(frozen=True)
class Labelled:
    """A question with the entries that answer it (none: must not be answered)."""

    query: str
    topics: frozenset[str]
    style: str = ""
    kind: str = ""


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
    degraded: str = ""


def read_questions(file: Path) -> list[Labelled]:
    """JSON lines `{"query", "topic", "also", "style"?, "kind"?}`; raises QuestionFileError with the line."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"读不了 {file}：{error}") from None
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            topics = {row["topic"], *(row.get("also") or [])} - {None}
            questions.append(
                Labelled(
                    str(row["query"]),
                    frozenset(topics),
                    str(row.get("style") or ""),
                    str(row.get("kind") or ""),
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise QuestionFileError(f"{file}:{number}: 要有 query 和 topic（{error}）") from None
    return questions


def read_queries(file: Path) -> list[str]:
    """JSON lines `{"query": …}`; raises QuestionFileError with the line."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"读不了 {file}：{error}") from None
    queries = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                queries.append(str(json.loads(line)["query"]))
            except (ValueError, KeyError, TypeError):
                raise QuestionFileError(f'{file}:{number}: 要写成 {{"query": "…"}}') from None
    return queries


def evaluate(
    handbook: Search, questions: Sequence[Labelled], *, tick: Callable[[int], None] = lambda _: None
) -> Report:
    """Ask every question once and count."""
    outcomes = []
    for number, question in enumerate(questions, start=1):
        outcomes.append(_ask(handbook, question))
        tick(number)
    return _report(outcomes)


def _ask(handbook: Search, question: Labelled) -> Outcome:
    start = time.perf_counter()
    result = handbook.search(question.query)
    seconds = time.perf_counter() - start
    offered = [candidate.entry.id for candidate in result.candidates]
    place = next((index for index, entry_id in enumerate(offered) if entry_id in question.topics), None)
    return Outcome(question, result, place, seconds)


def _report(outcomes: Sequence[Outcome]) -> Report:
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
        coverage=_share(sum(outcome.is_answered for outcome in known), len(known)),
        answered_right=figures["answered_right"],
        precision=_share(sum(outcome.is_right for outcome in answered), len(answered)),
        helped=figures["helped"],
        false_answers=_share(sum(outcome.is_answered for outcome in unknown), len(unknown)),
        p50_ms=statistics.median(milliseconds),
        p95_ms=milliseconds[min(len(milliseconds) - 1, int(len(milliseconds) * 0.95))],
        by_category=_grouped(known, lambda outcome: min(outcome.question.topics).split("/")[0]),
        by_style=_grouped(known, lambda outcome: outcome.question.style),
        by_kind=_by_kind(unknown),
        worst=_worst(outcomes),
        degraded=outcomes[0].result.degraded if outcomes else "",
    )


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    total = len(outcomes)
    return {
        "questions": total,
        "hit1": _share(sum(outcome.is_right for outcome in outcomes), total),
        "hit3": _share(sum(outcome.place is not None and outcome.place < 3 for outcome in outcomes), total),
        "answered_right": _share(
            sum(outcome.is_answered and outcome.is_right for outcome in outcomes), total
        ),
        "helped": _share(sum(_is_helped(outcome) for outcome in outcomes), total),
    }


def _is_helped(outcome: Outcome) -> bool:
    if outcome.is_answered:
        return outcome.is_right
    return outcome.result.decision is Decision.CHOOSE and outcome.place is not None and outcome.place < 3


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


def _worst(outcomes: Sequence[Outcome]) -> tuple[dict[str, Any], ...]:
    """Wrong answers first, the surest first; then questions whose entry was far down."""
    wrong = [
        outcome
        for outcome in outcomes
        if not outcome.is_right and (outcome.is_answered or outcome.question.topics)
    ]
    wrong.sort(key=lambda outcome: (not outcome.is_answered, -outcome.result.confidence))
    return tuple(
        {
            "query": outcome.question.query,
            "expected": sorted(outcome.question.topics),
            "decision": str(outcome.result.decision),
            "got": [candidate.entry.id for candidate in outcome.result.candidates[:3]],
            "confidence": round(outcome.result.confidence, 3),
        }
        for outcome in wrong[:WORST]
    )


def _share(count: float, total: int) -> float:
    return count / total if total else 0.0
