"""What `qiying kb` prints: problems, explanations, figures, failures, progress."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot import answers, topics

if TYPE_CHECKING:
    from handbook.entry import Problem
    from handbook.evaluation import Outcome, Report
    from handbook.explaining import Explanation
    from handbook.failures import Cause
    from handbook.loader import Library

_EVERY = 50

EXPLAINED = {"phrasing": "最像的问法", "clause": "起作用的分句", "unlike": "最像的反例"}
DECISIONS = {
    "answer": "直接回答", "choose": "给出选项让人选", "none": "没有答案，转人工", "redirect": "指到别的渠道",
    "smalltalk": "闲谈", "command": "当作指令", "out_of_scope": "不受理，说明去哪里",
}  # fmt: skip

FIGURES = {
    "hit1": "首位命中 hit@1", "hit3": "前三命中 hit@3", "mrr": "MRR", "coverage": "自动回答的可答题",
    "answered_right": "其中答对", "precision": "自动回答的准确率", "helped": "答对或选项里有",
    "false_answers": "不该答而答了",
}  # fmt: skip
GROUP_FIGURES = {
    "questions": "题数", "hit1": "首位命中", "hit3": "前三命中", "coverage": "自动回答", "answered_right": "其中答对",
    "precision": "准确率", "helped": "答对或可选", "confidence": "平均把握", "right": "判断对",
}  # fmt: skip
KINDS = {
    "near": "只是相近的事", "chitchat": "闲谈", "smalltalk": "闲谈", "command": "指令", "excluded": "不受理的事",
    "out_of_scope": "不受理的事", "citizen": "群众个人的事", "elsewhere": "外地的事", "othercity": "外地的事",
    "other": "别的", "-": "没有标明种类",
}  # fmt: skip
RANKING = ("hit1", "hit3", "mrr")
CAUSES = {
    "FALSE_ANSWER": "没有条目能答，却答了", "FALSE_NEAR_MISS": "只是相近的事，却答了",
    "WRONG_SIBLING": "答成了相近的条目", "WRONG_ENTRY": "答成了不相干的条目",
    "TAKEN_FOR_TALK": "当成了寒暄、指令或别人的事", "LED_AWAY": "相近的事被指到别处、拒绝或当成寒暄",
    "KIND_MISTAKEN": "寒暄、指令、不受理判成了别的",
    "NOT_RECOGNISED": "寒暄、指令、不受理没认出来", "CHOICES_WITHOUT": "选项里没有对的那条",
    "NOT_FOUND": "有条目能答，却没答上", "ASKED_BACK": "多问了一句（选项里有对的）",
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


def explained(found: "Explanation") -> dict[str, Any]:
    """An explanation as `kb ask --json` gives it."""
    result = found.result
    return {
        "query": result.query,
        "decision": result.decision.value,
        "confidence": round(result.confidence, 4),
        "answer_at": round(found.answer_at, 4),
        "choose_at": round(found.choose_at, 4),
        "ground": found.ground.name.lower(),
        "degraded": result.degraded,
        "entries": [
            {
                "id": reason.entry.id,
                "title": reason.entry.title,
                "score": reason.candidate.score,
                "channels": dict(reason.channels),
                "why": {**reason.candidate.why, **reason.texts},
            }
            for reason in found.reasons
        ],
    }


def show_explanation(found: "Explanation") -> None:
    """The decision and what it rests on, every candidate with its reasons, then what would be said."""
    result = found.result
    bars = f"{found.answer_at:.2f} 以上直接答，{found.choose_at:.2f} 以上请对方选"
    print(f"决定：{DECISIONS[result.decision.value]}（把握 {result.confidence:.2f}；{bars}）")
    print(f"依据：{found.ground.value}")
    if result.degraded:
        print(f"提醒：{result.degraded}")
    for place, reason in enumerate(found.reasons, start=1):
        print(f"{place}. {reason.entry.title}  [{reason.entry.id}]  {reason.candidate.score:.3f}")
        for name, text in reason.texts.items():
            print(f"   {EXPLAINED[name]}：{text}")
        if reason.channels:
            rival = "比第二名" if place == 1 else "比第一名"
            print(f"   {rival}：" + "，".join(f"{label} {part:+.2f}" for label, part in reason.channels))
    if result.best is not None and result.decision.value not in {"none", "choose"}:
        print(f"\n{result.best.entry.summary}")
    alone = topics.by_itself(result.query, result)
    if alone is not result and alone.decision.value == "choose":
        titles = "、".join(entry.title for entry in answers.offered(alone.candidates))
        print(f"\n对话里：只说了个名目，先请对方选：{titles}")
    elif alone.decision.value == "none" and topics.is_vague(result.query):
        print("\n对话里：单这几个字看不出是什么事，先请对方多说两句")


def show_report(report: "Report", categories: Mapping[str, str]) -> None:
    """The table of an evaluation, then its worst cases; `categories`: what each folder of entries is called."""
    print(f"可答 {report.answerable} 题，不该答 {report.unanswerable} 题")
    if report.degraded:
        print(f"提醒：{report.degraded}。下面是没有语义模型的数字")
    for name, label in FIGURES.items():
        print(f"  {label:<18} {getattr(report, name):.3f}")
    print(f"  延迟 p50 {report.p50_ms:.2f} ms，p95 {report.p95_ms:.2f} ms")
    _show_groups("按类目", report.by_category, categories)
    _show_groups("按问法", report.by_style, {})
    _show_groups("不该答的，按种类", report.by_kind, KINDS)
    print("把握准不准（把握 → 实际对的比例）")
    for step in report.calibration:
        print(f"  {step['confidence']:.2f} → {step['right']:.2f}  {step['questions']:.0f} 题")
    if report.worst:
        print("最差的例子")
    for case in report.worst:
        _show_case(case)


def _show_groups(title: str, groups: Mapping[str, Mapping[str, float]], names: Mapping[str, str]) -> None:
    """One line for each group; a group is called as in the questions' file where nothing better is known."""
    heads = GROUP_FIGURES | DECISIONS
    if groups:
        print(title)
    for group, figures in groups.items():
        words = "；".join(f"{heads.get(key, key)} {_short(value)}" for key, value in figures.items())
        print(f"  {names.get(group, group)}：{words}")


def difference(own: "Report", other: "Report") -> dict[str, Any]:
    """`other` minus `own`: every figure, the median time, and hit@1 by category and kind of question."""
    return {
        **{name: round(getattr(other, name) - getattr(own, name), 4) for name in (*FIGURES, "p50_ms")},
        "by_category": _gaps(own.by_category, other.by_category, "hit1"),
        "by_style": _gaps(own.by_style, other.by_style, "hit1"),
        "by_kind": _gaps(own.by_kind, other.by_kind, "right"),
    }


def show_comparison(
    own: "Report",
    other: "Report",
    name: str,
    note: str,
    categories: Mapping[str, str],
    *,
    ranks_only: bool = False,
) -> None:
    """Two searches on the same questions, and where they differ; `ranks_only`: the other decides nothing."""
    gap = difference(own, other)
    print(f"\n和「{name}」并排" + (f"（{note}）" if note else ""))
    print(f"  {'':<18} {'现在':>7} {'对比':>7} {'相差':>8}")
    for key in RANKING if ranks_only else FIGURES:
        print(f"  {FIGURES[key]:<18} {getattr(own, key):7.3f} {getattr(other, key):7.3f} {gap[key]:+8.3f}")
    print(f"  {'延迟 p50 毫秒':<17} {own.p50_ms:7.2f} {other.p50_ms:7.2f} {gap['p50_ms']:+8.2f}")
    for title, key, names in (
        ("首位命中，按类目", "by_category", categories),
        ("首位命中，按问法", "by_style", {}),
        ("判断对，按种类", "by_kind", KINDS),
    ):
        changed = "  ".join(
            f"{names.get(group, group)} {value:+.2f}" for group, value in gap[key].items() if value
        )
        if changed and not (ranks_only and key == "by_kind"):
            print(f"  {title}：{changed}")


def show_cases(groups: "Mapping[Cause, Sequence[Outcome]]", most: int) -> None:
    """Failures by cause, at most so many of each; only the counts where `most` is 0."""
    from handbook.evaluation import case_of

    print("没答好的，按原因")
    for cause, outcomes in groups.items():
        print(f"  {CAUSES[cause.name]} {len(outcomes)} 题")
        for outcome in outcomes[:most]:
            _show_case(case_of(outcome))


def _show_case(case: "Mapping[str, Any]") -> None:
    expected = "、".join(case["expected"]) or "（不该答）"
    print(f"  [{DECISIONS[case['decision']]}，把握 {case['confidence']}] {case['query'][:60]}")
    print(f"      应为 {expected}；给出 {'、'.join(case['got'])}")


def _gaps(
    own: dict[str, dict[str, float]], other: dict[str, dict[str, float]], figure: str
) -> dict[str, float]:
    return {
        name: round(other[name][figure] - own[name][figure], 4)
        for name in own
        if name in other and figure in own[name] and figure in other[name]
    }


def _short(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}"


def progress(number: int, of: int) -> None:
    """A counter on a terminal, nothing elsewhere."""
    if sys.stderr.isatty() and (number % _EVERY == 0 or number == of):
        print(f"\r{number}/{of}", end="\n" if number == of else "", file=sys.stderr)


def say(what: str, detail: str) -> None:
    """A step of long work, beside the result."""
    print(f"{what} {detail}", file=sys.stderr)
