"""`qiying kb`: check, write, build, ask and measure the handbook. The encoder loads only where it is needed."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.clock import Clock, local_date
from app.districts.loader import load_profile
from app.errors import AppError
from app.settings import Settings

if TYPE_CHECKING:
    from handbook.entry import Problem, SearchResult
    from handbook.evaluation import Report
    from handbook.loader import Library
    from handbook.service import HandbookService, Sources

kb_app = typer.Typer(no_args_is_help=True, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]
_PROGRESS_EVERY = 50


@kb_app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="只看这些文件或文件夹的问题；不写就看全部")
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="还要查近似问法和问不到的条目（要加载语义模型）")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """检查条目：哪个文件、哪一行、什么问题、怎么改。有问题时退出码是 1。"""
    from handbook.check import check_library  # each command pays only for what it uses

    settings = Settings.load()
    library = _library(settings)
    today = local_date(Clock.starting_at(settings.now).now())
    problems = [*library.problems, *check_library(library, today=today)]
    if index:
        from handbook.check_index import check_index  # loads the encoder

        problems += check_index(_service(settings).handbook, library)
    problems = _within(problems, paths or [])
    _show_problems(problems, library, as_json=as_json)
    raise typer.Exit(1 if any(not problem.is_warning for problem in problems) else 0)


@kb_app.command()
def new(
    entry_id: Annotated[str, typer.Argument(metavar="CATEGORY/SLUG", help="例如 permit/food-truck")],
    title: Annotated[str, typer.Option("--title", help="标准问法")],
    local: Annotated[bool, typer.Option("--local", help="写到本区自己的文件夹")] = False,
) -> None:
    """照模板新建一个条目。"""
    from handbook.writing import WritingRefused, new_entry

    settings = Settings.load()
    folder = settings.local_kb_dir if local else settings.kb_dir
    today = local_date(Clock.starting_at(settings.now).now())
    try:
        file = new_entry(settings.kb_dir, folder, entry_id, title=title, today=today)
    except WritingRefused as error:
        raise AppError(str(error)) from None
    print(f"已新建 {file}，写好后运行 qiying kb check {file}")


@kb_app.command()
def build(as_json: AsJson = False) -> None:
    """构建索引：只编码改过的问法。"""
    import time  # only here

    from handbook.channels import build_lexicon, outside_of, segmenter_of
    from handbook.embedding import EncoderUnavailable, load_encoder
    from handbook.index import build_index

    settings = Settings.load()
    start = time.perf_counter()
    library = _library(settings)
    sources = _sources(settings)
    _say("读取条目……", f"{len(library.entries)} 条")
    lexicon = build_lexicon(library.entries, segmenter_of(sources.folders), outside_of(sources.folders))
    try:
        encoder = load_encoder(settings.embedding_model)
    except EncoderUnavailable as error:
        raise AppError(f"{error}。不用语义模型也能回答，只是准确率低一些") from None
    _say("语义模型……", encoder.fingerprint)
    report = build_index(library.entries, lexicon, encoder, settings.index_dir)
    counts = {
        "entries": report.entries, "phrasings": report.phrasings, "unlike": report.unlike,
        "encoded": report.encoded, "reused": report.reused, "seconds": round(time.perf_counter() - start, 2),
        "problems": len(library.faults), "folder": str(report.folder),
    }  # fmt: skip
    if as_json:
        print(json.dumps(counts, ensure_ascii=False))
        return
    print(
        f"{report.entries} 个条目，{report.phrasings} 条问法，{report.unlike} 条反例；"
        f"新编码 {report.encoded}，沿用 {report.reused}；用时 {counts['seconds']} 秒"
    )
    if library.faults:
        print(f"有 {len(library.faults)} 处问题没有进索引，请运行 qiying kb check")


@kb_app.command()
def ask(
    question: Annotated[str, typer.Argument(help="像企业那样问")],
    staff: Annotated[bool, typer.Option("--staff", help="按工作人员的身份问")] = False,
    as_json: AsJson = False,
) -> None:
    """试问一句：机器人会怎么答、为什么。"""
    service = _service(Settings.load())
    result = service.search(question, staff=staff)
    why = {found.entry.id: service.handbook.explain(question, found.entry.id) for found in result.candidates}
    if as_json:
        print(json.dumps(_explained(result, why), ensure_ascii=False))
        return
    print(f"决定：{_DECISIONS[result.decision.value]}（把握 {result.confidence:.2f}）")
    if result.degraded:
        print(f"提醒：{result.degraded}")
    for place, candidate in enumerate(result.candidates, start=1):
        print(f"{place}. {candidate.entry.title}  [{candidate.entry.id}]  {candidate.score:.3f}")
        strongest = sorted(candidate.why.items(), key=lambda item: -float(str(item[1])))[:6]
        print("   " + "  ".join(f"{name}={value}" for name, value in strongest))
        for name, text in why[candidate.entry.id].items():
            print(f"   {_EXPLAINED[name]}：{text}")
    if result.best is not None and result.decision.value not in {"none", "choose"}:
        print(f"\n{result.best.entry.summary}")


@kb_app.command()
def answer(
    source: Annotated[Path, typer.Option("--input", help='每行一个 {"query": …}')],
    target: Annotated[Path, typer.Option("--output", help="结果写到这个文件")],
) -> None:
    """成批回答一个文件里的问题。"""
    import time  # only here

    from handbook.evaluation import QuestionFileError, read_queries

    try:
        queries = read_queries(source)
    except QuestionFileError as error:
        raise AppError(str(error)) from None
    service = _service(Settings.load())
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as output:
        for number, query in enumerate(queries, start=1):
            start = time.perf_counter()
            result = service.search(query)
            elapsed = (time.perf_counter() - start) * 1000
            row = {
                "query": query,
                "decision": result.decision.value,
                "entries": [{"id": found.entry.id, "score": found.score} for found in result.candidates],
                "ms": round(elapsed, 3),
            }
            output.write(json.dumps(row, ensure_ascii=False) + "\n")
            _progress(number, len(queries))
    if service.degraded:
        print(f"提醒：{service.degraded}", file=sys.stderr)


@kb_app.command(name="eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help='每行 {"query", "topic", "also"}，topic 为 null 表示不该回答')],
    as_json: AsJson = False,
) -> None:
    """用带答案的问题评测：命中率、覆盖率、答案准确率、误答、延迟、最差的例子。"""
    from handbook.evaluation import QuestionFileError, read_questions
    from handbook.evaluation import evaluate as measure

    try:
        questions = read_questions(file)
    except QuestionFileError as error:
        raise AppError(str(error)) from None
    service = _service(Settings.load())
    report = measure(service, questions, tick=lambda number: _progress(number, len(questions)))
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return
    _show_report(report)


@kb_app.command()
def stale(as_json: AsJson = False) -> None:
    """过了复审日期的条目。"""
    from handbook.check import stale_entries

    settings = Settings.load()
    today = local_date(Clock.starting_at(settings.now).now())
    rows = stale_entries(_library(settings), today)
    if as_json:
        print(
            json.dumps([{"id": entry.id, "due": day.isoformat()} for entry, day in rows], ensure_ascii=False)
        )
        return
    for entry, day in rows:
        print(f"{day}  {entry.id}  {entry.title}（{entry.department}）")
    print(f"共 {len(rows)} 条到期" if rows else "没有到期的条目")


@kb_app.command()
def calibrate() -> None:
    """换了语义模型之后：用留出的问法重新校准，结果放在索引目录里。"""
    from handbook.recalibration import NotEnoughEntries, recalibrate

    settings = Settings.load()
    try:
        weights = recalibrate(_sources(settings), _library(settings), tick=_say)
    except NotEnoughEntries as error:
        raise AppError(str(error)) from None
    print(f"已校准：把握 {weights.answer_at:.2f} 以上直接回答，{weights.choose_at:.2f} 以上给出选项")


@kb_app.command(name="train-encoder")
def train_encoder(
    texts: Annotated[Path, typer.Option("--texts", help="放训练文本（*.jsonl、*.jsonl.gz）的文件夹")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子")] = 11,
) -> None:
    """重新训练自带的语义模型并校准（两个核，几分钟）。"""
    from handbook.channels import outside_of, segmenter_of
    from handbook.encoder_build import default_targets, train
    from handbook.training import Recipe

    settings = Settings.load()
    library = _library(settings)
    folders = _sources(settings).folders
    outcome = train(
        library.entries, outside_of(folders), segmenter_of(folders), texts,
        targets=default_targets(), recipe=Recipe(seed=seed),
        tick=lambda what, step, of: _say(what, f"{step}/{of}"),
    )  # fmt: skip
    print(f"完成，模型指纹 {outcome.fingerprint}")


_EXPLAINED = {"phrasing": "最像的问法", "clause": "起作用的分句", "unlike": "最像的反例"}
_DECISIONS = {
    "answer": "直接回答", "choose": "给出选项让人选", "none": "没有答案，转人工", "redirect": "指到别的渠道",
    "smalltalk": "闲谈", "command": "当作指令", "out_of_scope": "不受理，说明去哪里",
}  # fmt: skip


def _sources(settings: Settings) -> "Sources":
    from handbook.service import Sources

    profile = load_profile(settings.district)
    return Sources(
        kb_dir=settings.kb_dir, index_dir=settings.index_dir, local_dir=settings.local_kb_dir,
        embedding_model=settings.embedding_model, district=profile.key, variables=profile.handbook_variables(),
    )  # fmt: skip


def _library(settings: Settings) -> "Library":
    from handbook import loader

    profile = load_profile(settings.district)
    return loader.load(
        settings.kb_dir, settings.local_kb_dir, district=profile.key, variables=profile.handbook_variables()
    )


def _service(settings: Settings) -> "HandbookService":
    """The handbook with its encoder, ready; a missing encoder is said, not fatal."""
    from handbook.service import HandbookService

    now = Clock.starting_at(settings.now).now()
    service = HandbookService(_sources(settings), today=lambda: local_date(now))
    if not service.public_entries():
        raise AppError(f"{settings.kb_dir} 里没有能用的条目：请检查 QIYING_KB_DIR，或运行 qiying kb check")
    service.join_encoder()
    return service


def _within(problems: "list[Problem]", paths: list[Path]) -> "list[Problem]":
    if not paths:
        return problems
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise AppError(f"没有这个文件：{'、'.join(missing)}")
    roots = [path.resolve() for path in paths]
    return [
        problem
        for problem in problems
        if any(root == (file := Path(problem.path).resolve()) or root in file.parents for root in roots)
    ]


def _show_problems(problems: "list[Problem]", library: "Library", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
        return
    for problem in problems:
        print(f"{'提醒 ' if problem.is_warning else ''}{problem}")
    faults = sum(not problem.is_warning for problem in problems)
    print(f"{len(library.entries)} 个条目，{faults} 处问题，{len(problems) - faults} 处提醒")


def _explained(result: "SearchResult", why: dict[str, dict[str, str]]) -> dict[str, Any]:
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


def _show_report(report: "Report") -> None:
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


def _progress(number: int, of: int) -> None:
    if sys.stderr.isatty() and (number % _PROGRESS_EVERY == 0 or number == of):
        print(f"\r{number}/{of}", end="\n" if number == of else "", file=sys.stderr)


def _say(what: str, detail: str) -> None:
    print(f"{what} {detail}", file=sys.stderr)
