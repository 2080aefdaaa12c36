"""What `qiying kb` prints: problems, explanations, the table of an evaluation, progress."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handbook.entry import Problem, SearchResult
    from handbook.evaluation import Report
    from handbook.loader import Library

_EVERY = 50

EXPLAINED = {"phrasing": "最像的问法", "clause": "起作用的分句", "unlike": "最像的反例"}
DECISIONS = {
    "answer": "直接回答", "choose": "给出选项让人选", "none": "没有答案，转人工", "redirect": "指到别的渠道",
    "smalltalk": "闲谈", "command": "当作指令", "out_of_scope": "不受理，说明去哪里",
}  # fmt: skip


def show_problems(problems: "list[Problem]", library: "Library", *, as_json: bool) -> None:
    """Faults and warnings, then the count."""
    if as_json:
        print(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
        return
    for problem in problems:
        print(f"{'提醒 ' if problem.is_warning else ''}{problem}")
    faults = sum(not problem.is_warning for problem in problems)
    print(f"{len(library.entries)} 个条目，{faults} 处问题，{len(problems) - faults} 处提醒")


def explained(result: "SearchResult", why: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A result as `kb ask --json` gives it."""
    return {
        "query": result.query,
        "decision": result.decision.value,
        "confidence": round(result.confidence, 4),
        "degraded": result.degraded,
        "entries": [
            {
                "id": found.entry.id,
                "title": found.entry.title,
                "score": found.score,
                "why": {**found.why, **why[found.entry.id]},
            }
            for found in result.candidates
        ],
    }


def show_report(report: "Report") -> None:
    """The table of an evaluation, then its worst cases."""
    print(
        f"可答 {report.answerable} 题，不该答 {report.unanswerable} 题"
        + (f"（{report.degraded}）" if report.degraded else "")
    )
    rows = [
        ("首位命中 hit@1", report.hit1), ("前三命中 hit@3", report.hit3), ("MRR", report.mrr),
        ("自动回答的可答题", report.coverage), ("其中答对", report.answered_right),
        ("自动回答的准确率", report.precision), ("答对或选项里有", report.helped),
        ("不该答而答了", report.false_answers),
    ]  # fmt: skip
    for name, value in rows:
        print(f"  {name:<18} {value:.3f}")
    print(f"  延迟 p50 {report.p50_ms:.2f} ms，p95 {report.p95_ms:.2f} ms")
    for title, groups in (
        ("按类目", report.by_category),
        ("按问法", report.by_style),
        ("不该答的", report.by_kind),
    ):
        if groups:
            print(title)
        for name, figures in groups.items():
            print(
                f"  {name:<16} "
                + "  ".join(
                    f"{key}={value:g}" if value == int(value) else f"{key}={value:.2f}"
                    for key, value in figures.items()
                )
            )
    if report.worst:
        print("最差的例子")
    for case in report.worst:
        expected = "、".join(case["expected"]) or "（不该答）"
        print(
            f"  [{case['decision']} {case['confidence']}] {case['query'][:60]}\n      应为 {expected}；给出 {'、'.join(case['got'])}"
        )


def progress(number: int, of: int) -> None:
    """A counter on a terminal, nothing elsewhere."""
    if sys.stderr.isatty() and (number % _EVERY == 0 or number == of):
        print(f"\r{number}/{of}", end="\n" if number == of else "", file=sys.stderr)


def say(what: str, detail: str) -> None:
    """A step of long work, beside the result."""
    print(f"{what} {detail}", file=sys.stderr)
