"""Pure: the figures of one run as the tables of `docs/quality.md`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handbook.arms import BM25, WORDS
from handbook.evaluation import STEPS, Report
from handbook.failures import Cause

BEGIN, END = "<!-- figures: written by `qiying kb report` -->", "<!-- figures: end -->"
LEVER_NAMES = {
    WORDS: "words alone, no encoder",
    BM25: "BM25 alone (bm25s), ranking only",
    "no-centroid": "without entry centroids",
    "no-clauses": "without clause-wise scoring",
    "no-sounds": "without pinyin",
    "no-body": "without the entries' own text",
    "no-unlike": "without counter-examples (`unlike`)",
    "no-outside": "without lines that no entry answers",
    "no-places": "without the names of other places",
    "no-phrasing-files": "without the phrasing files",
    "titles-only": "titles alone",
}
KINDS = {
    "smalltalk": ("chitchat", "smalltalk"),
    "own-ticket commands in other words": ("command",),
    "out of scope": ("excluded", "out_of_scope"),
    "citizens' matters": ("citizen",),
    "other cities": ("elsewhere", "othercity"),
}
KIND_GOAL = 0.90


@dataclass(frozen=True)
class Goal:
    """One line of the table: what is measured, the bar, and whether less is better."""

    name: str
    value: Callable[[Report], float]
    bar: float
    is_ceiling: bool = False

    def is_met(self, report: Report) -> bool:
        """Whether the figure is on the right side of the bar."""
        value = self.value(report)
        return value <= self.bar if self.is_ceiling else value >= self.bar


GOALS = (
    Goal("hit@1 over answerable questions", lambda r: r.hit1, 0.85),
    Goal("hit@3 over answerable questions", lambda r: r.hit3, 0.94),
    Goal("right among all automatic answers", lambda r: r.precision, 0.95),
    Goal("answerable questions answered automatically", lambda r: r.coverage, 0.70),
    Goal("answered right, or the right entry among the choices", lambda r: r.helped, 0.88),
    Goal("unanswerable questions answered", lambda r: r.false_answers, 0.03, is_ceiling=True),
)


@dataclass(frozen=True)
class Run:
    """What was measured: `mark` names the questions, `arms` the reports by name, the one in use under ""."""

    day: str
    command: str
    entries: int
    phrasings: int
    encoder: str
    mark: str
    arms: Mapping[str, Report]
    causes: Mapping[Cause, int]

    @property
    def own(self) -> Report:
        """The report of what is in use."""
        return self.arms[""]


def written(run: Run) -> str:
    """The block between the two marks, marks included."""
    report = run.own
    head = (
        f"One run on {run.day}: `{run.command}`; {run.entries} entries, {run.phrasings} phrasings, encoder "
        f"`{run.encoder}`; {report.answerable} answerable and {report.unanswerable} unanswerable questions "
        f"(`{run.mark}`). {report.degraded}".rstrip()
    )
    blocks = [BEGIN, head, _goals(report), _decisions(report)]
    for title, groups in (("kind of question", report.by_style), ("category", report.by_category)):
        if groups:
            blocks.append(_groups(title, groups))
    blocks.append(_calibration(report))
    if len(run.arms) > 1:
        blocks.append(_arms(run.arms))
    blocks += [_causes(run), END]
    return "\n\n".join(blocks) + "\n"


def put_into(document: str, block: str) -> str | None:
    """The document with its block replaced; None where it has no place for one."""
    start, end = document.find(BEGIN), document.find(END)
    if start < 0 or end < start:
        return None
    return document[:start] + block.rstrip("\n") + document[end + len(END) :]


def _goals(report: Report) -> str:
    rows = [
        (goal.name, f"{'≤' if goal.is_ceiling else '≥'} {goal.bar:.2f}", f"{goal.value(report):.3f}", _yes(goal.is_met(report)))
        for goal in GOALS
    ]  # fmt: skip
    for name, kinds in KINDS.items():
        right, count = _right_of(report, kinds)
        shown = f"{right / count:.2f} ({right:.0f} of {count:.0f})" if count else "not asked"
        rows.append(
            (
                f"right decision: {name}",
                f"≥ {KIND_GOAL:.2f}",
                shown,
                _yes(right >= KIND_GOAL * count) if count else "–",
            )
        )
    rows.append(("one question, p50 / p95", "≤ 3 ms", f"{report.p50_ms:.1f} / {report.p95_ms:.1f} ms", "–"))
    return "### Goals\n\n" + _table(("figure", "goal", "reached", "met"), rows)


def _right_of(report: Report, kinds: Sequence[str]) -> tuple[float, float]:
    rows = [report.by_kind[kind] for kind in kinds if kind in report.by_kind]
    return sum(row["right"] * row["questions"] for row in rows), sum(row["questions"] for row in rows)


def _decisions(report: Report) -> str:
    rows = []
    for kind, row in report.by_kind.items():
        made = ", ".join(f"{name} {row[name]:.0f}" for name in row if name not in {"questions", "right"})
        rows.append((kind, f"{row['questions']:.0f}", made))
    return "### Unanswerable questions, by kind\n\n" + _table(("kind", "questions", "decisions"), rows)


def _groups(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    names = ("hit1", "hit3", "coverage", "answered_right", "helped", "confidence")
    rows = [
        (name, f"{row['questions']:.0f}", *(f"{row[key]:.2f}" for key in names))
        for name, row in groups.items()
    ]
    head = (title, "questions", "hit@1", "hit@3", "answered", "answered right", "right or among choices", "mean confidence")  # fmt: skip
    return f"### By {title}\n\n" + _table(head, rows)


def _calibration(report: Report) -> str:
    rows = [
        (
            f"{step['from']:.1f}–{step['from'] + 1 / STEPS:.1f}",
            f"{step['questions']:.0f}",
            f"{step['confidence']:.2f}",
            f"{step['right']:.2f}",
        )
        for step in report.calibration
    ]
    head = ("confidence", "questions", "mean confidence", "first entry right")
    return "### Is the confidence true?\n\n" + _table(head, rows)


def _arms(arms: Mapping[str, Report]) -> str:
    rows = []
    own = arms[""]
    for name, report in arms.items():
        gap = "" if name == "" else f" ({(report.hit1 - own.hit1) * 100:+.1f})"
        shown = (f"{report.coverage:.3f}", f"{report.precision:.3f}", f"{report.helped:.3f}", f"{report.false_answers:.3f}")  # fmt: skip
        rows.append(
            (
                LEVER_NAMES.get(name, f"encoder `{name.rsplit('/', 1)[-1]}`") if name else "**as shipped**",
                f"{report.hit1:.3f}{gap}",
                f"{report.hit3:.3f}",
                f"{report.mrr:.3f}",
                *(("–",) * 4 if name == BM25 else shown),
                f"{report.p50_ms:.2f}",
            )
        )
    head = ("arm", "hit@1", "hit@3", "MRR", "answered", "precision", "right or among choices", "false answers", "p50 ms")  # fmt: skip
    text = (
        "### Side by side\n\nThe same questions in the same run, each asked of every arm in turn. A part is "
        "switched off without learning the weights anew, so what it gives is shown a little too large.\n\n"
    ) + _table(head, rows)
    if BM25 in arms:
        ratio = own.p50_ms / max(arms[BM25].p50_ms, 1e-9)
        text += f"\n\nA question takes {ratio:.1f} times as long as BM25 alone."
    return text


def _causes(run: Run) -> str:
    total = run.own.answerable + run.own.unanswerable
    rows = [(cause.value, str(count), f"{count / max(total, 1):.1%}") for cause, count in run.causes.items()]
    return "### What did not go as it should, by cause\n\n" + _table(("cause", "questions", "share"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"
