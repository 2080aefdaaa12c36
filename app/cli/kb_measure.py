"""`qiying kb eval` and `qiying kb report`: figures on labelled questions, searches side by side, failures to read."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.kb import service_of, sources_of
from app.cli.kb_output import difference, progress, say, show_cases, show_comparison, show_report
from app.clock import Clock, local_date
from app.errors import AppError
from app.settings import Settings

if TYPE_CHECKING:
    from handbook.arms import Arm
    from handbook.evaluation import Outcome, Report
    from handbook.labelled import Labelled
    from handbook.service import HandbookService, Sources

Files = Annotated[
    list[Path],
    typer.Argument(help='每行 {"query", "topic", "also"}，topic 为 null 表示不该回答；可写多个文件'),
]
Compare = Annotated[
    list[str] | None,
    typer.Option(
        "--compare",
        metavar="模型",
        help="并排比较：模型文件夹或名字、words（只用字词）、bm25、no-centroid 等；可写多次",
    ),
]
Calibrate = Annotated[
    bool, typer.Option("--calibrate", help="没校准过的语义模型先校准（没学过手册问法的模型才准），要几分钟")
]
Cases = Annotated[int, typer.Option("--cases", min=0, max=100, help="每种失败原因列出几题")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]


@dataclass(frozen=True)
class Measured:
    """One run: the handbook in use under "", and whatever was put beside it."""

    questions: "list[Labelled]"
    outcomes: "dict[str, list[Outcome]]"
    reports: "dict[str, Report]"
    notes: dict[str, str]
    categories: dict[str, str]
    service: "HandbookService"


def register(kb_app: typer.Typer) -> None:
    """Add both commands to `qiying kb`."""
    kb_app.command("eval")(evaluate)
    kb_app.command("report")(report)


def evaluate(
    files: Files,
    compare: Compare = None,
    calibrate: Calibrate = False,
    cases: Cases = 0,
    as_json: AsJson = False,
) -> None:
    """用带答案的问题评测：命中率、覆盖率、准确率、误答、延迟、最差的例子；可和别的模型并排比。"""
    from handbook.arms import BM25
    from handbook.failures import by_cause

    run = _measured(files, compare or [], calibrate=calibrate)
    groups = by_cause(run.outcomes[""])
    if as_json:
        causes = {cause.name.lower(): len(group) for cause, group in groups.items()}
        print(json.dumps({**asdict(run.reports[""]), "causes": causes, **_compared(run)}, ensure_ascii=False))
        return
    show_report(run.reports[""], run.categories)
    show_cases(groups, cases)
    for name in run.reports:
        if name:
            own, other = run.reports[""], run.reports[name]
            show_comparison(own, other, name, run.notes[name], run.categories, ranks_only=name == BM25)


def report(
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="写到这份文档里两个标记之间；文件不存在就新建")] = Path(
        "docs/quality.md"
    ),
    compare: Compare = None,
    levers: Annotated[bool, typer.Option("--levers", help="把每一样手段逐个关掉再测一遍")] = False,
    cases: Cases = 10,
) -> None:
    """把一次评测写成文档里的表：目标、各类问题、类目、耗时、各手段的作用、失败原因；例子打在屏幕上。"""
    from handbook.arms import BM25, LEVERS, WORDS
    from handbook.embedding import encoder_fingerprint
    from handbook.failures import by_cause
    from handbook.labelled import mark_of
    from handbook.reporting import Run, put_into, written

    document = out.read_text("utf-8") if out.exists() else ""
    if document and put_into(document, "") is None:
        raise AppError(f"{out} 里没有放数字的两个标记，没有改动：换一个文件名，或先加上标记")
    names = list(dict.fromkeys([*(LEVERS if levers else (WORDS,)), BM25, *(compare or [])]))
    run = _measured(files, names, calibrate=False)
    settings = Settings.load()
    groups = by_cause(run.outcomes[""])
    entries = run.service.handbook.entries
    block = written(
        Run(
            day=local_date(Clock.starting_at(settings.now).now()).isoformat(),
            command=f"qiying kb report FILE…{' --levers' if levers else ''}",
            entries=len(entries),
            phrasings=sum(len(entry.phrasings) for entry in entries),
            encoder=encoder_fingerprint(settings.embedding_model),
            mark=mark_of(run.questions),
            arms=run.reports,
            causes={cause: len(group) for cause, group in groups.items()},
        )
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(put_into(document, block) or block, "utf-8")
    show_cases(groups, cases)
    print(f"已写入 {out}")


def _measured(files: Sequence[Path], names: Sequence[str], *, calibrate: bool) -> Measured:
    from handbook.evaluation import measure
    from handbook.evaluation import report as count
    from handbook.labelled import QuestionFileError, read_questions

    try:
        questions = [question for file in files for question in read_questions(file)]
    except QuestionFileError as error:
        raise AppError(str(error)) from None
    settings = Settings.load()
    sources = sources_of(settings)
    if calibrate:
        _calibrate_stale(sources, names)
    service = service_of(settings)
    arms = _arms(sources, service, names)
    searches = {"": service, **{arm.name: arm.search for arm in arms}}
    outcomes = measure(searches, questions, tick=lambda number: progress(number, len(questions)))
    return Measured(
        questions,
        outcomes,
        {name: count(found) for name, found in outcomes.items()},
        {arm.name: arm.note for arm in arms},
        _category_names(sources),
        service,
    )


def _category_names(sources: "Sources") -> dict[str, str]:
    from handbook.loader import read_categories

    found: dict[str, str] = {}
    for folder in sources.folders:
        found |= {key: item.label for key, item in read_categories(folder)[0].items()}
    return found


def _arms(sources: "Sources", service: "HandbookService", names: Sequence[str]) -> "list[Arm]":
    if not names:
        return []
    from handbook.arms import Bench, UnknownArm
    from handbook.bm25 import YardstickMissing
    from handbook.embedding import EncoderUnavailable

    bench = Bench(sources, service.handbook)
    try:
        return [bench.arm(name) for name in dict.fromkeys(names)]
    except (UnknownArm, YardstickMissing, EncoderUnavailable) as error:
        raise AppError(str(error)) from None


def _calibrate_stale(sources: "Sources", names: Sequence[str]) -> None:
    """Calibrate the configured model and every model to compare that has no calibration yet."""
    from dataclasses import replace

    from handbook.arms import BM25, LEVERS
    from handbook.calibration import is_stale
    from handbook.embedding import EncoderUnavailable
    from handbook.recalibration import NotEnoughEntries, recalibrate

    models = [sources.embedding_model, *(name for name in names if name not in {BM25, *LEVERS})]
    for model in dict.fromkeys(models):
        own = replace(sources, embedding_model=model)
        if is_stale(model, sources.index_dir):
            say("校准", model or "自带的语义模型")
            try:
                recalibrate(own, own.read(None), tick=say)
            except (NotEnoughEntries, EncoderUnavailable) as error:
                raise AppError(str(error)) from None


def _compared(run: Measured) -> dict[str, Any]:
    rows = [
        {
            "name": name,
            "note": run.notes[name],
            "report": asdict(found),
            "difference": difference(run.reports[""], found),
        }
        for name, found in run.reports.items()
        if name
    ]
    return {"compared": rows} if rows else {}
