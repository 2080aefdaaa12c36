"""`qiying kb`: check, write, build and ask the handbook. The encoder loads only where it is needed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.kb_output import explained, progress, say, show_explanation, show_problems
from app.clock import Clock, local_date
from app.districts.loader import load_profile, shipped_profiles
from app.errors import AppError
from app.settings import Settings

if TYPE_CHECKING:
    from handbook.entry import Problem
    from handbook.loader import Library
    from handbook.service import HandbookService, Sources

kb_app = typer.Typer(no_args_is_help=True, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]


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
    from handbook.district_names import unknown_districts

    settings = Settings.load()
    library = _library(settings)
    today = local_date(Clock.starting_at(settings.now).now())
    known = {*shipped_profiles(), load_profile(settings.district).key}
    problems = [
        *library.problems,
        *check_library(library, today=today),
        *unknown_districts(library, known),
    ]
    if index:
        from handbook.check_index import check_index  # loads the encoder

        problems += check_index(service_of(settings).handbook, library)
    problems = _within(problems, paths or [], [settings.kb_dir, settings.local_kb_dir])
    show_problems(problems, library, as_json=as_json)
    raise typer.Exit(1 if any(not problem.is_warning for problem in problems) else 0)


@kb_app.command()
def new(
    entry_id: Annotated[str, typer.Argument(metavar="类别/短名", help="例如 permit/food-truck")],
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
    """构建索引：只切分、编码改过的问法。"""
    import time  # only here

    from handbook.channels import outside_of, segmenter_of
    from handbook.embedding import EncoderUnavailable, load_encoder
    from handbook.index import build_index
    from handbook.lexicon_store import open_lexicon

    settings = Settings.load()
    start = time.perf_counter()
    library = _library(settings)
    if not library.entries:
        raise AppError(
            f"{settings.kb_dir} 里没有能用的条目，索引没有动：请检查 QIYING_KB_DIR，或运行 qiying kb check"
        )
    sources = sources_of(settings)
    say("读取条目……", f"{len(library.entries)} 条")
    segmenter = segmenter_of(sources.folders, index_dir=settings.index_dir)
    lexicon = open_lexicon(library.entries, segmenter, outside_of(sources.folders), settings.index_dir)
    try:
        encoder = load_encoder(settings.embedding_model)
    except EncoderUnavailable as error:
        raise AppError(str(error)) from None
    say("语义模型……", encoder.fingerprint)
    report = build_index(
        library.entries,
        lexicon,
        encoder,
        settings.index_dir,
        tick=lambda done, of: say("编码……", f"{done}/{of}"),
    )
    counts = {
        "entries": report.entries, "phrasings": report.phrasings, "unlike": report.unlike,
        "cut": lexicon.fresh, "encoded": report.encoded, "reused": report.reused, "seconds": round(time.perf_counter() - start, 2),
        "problems": len(library.faults), "folder": str(report.folder),
    }  # fmt: skip
    if as_json:
        print(json.dumps(counts, ensure_ascii=False))
        return
    print(
        f"{report.entries} 个条目，{report.phrasings} 条问法，{report.unlike} 条反例；"
        f"新切分 {lexicon.fresh}，新编码 {report.encoded}，沿用 {report.reused}；用时 {counts['seconds']} 秒"
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
    from handbook.explaining import explain

    found = explain(service_of(Settings.load()), question, staff=staff)
    if as_json:
        print(json.dumps(explained(found), ensure_ascii=False))
    else:
        show_explanation(found)


@kb_app.command()
def answer(
    source: Annotated[Path, typer.Option("--input", help='每行一个 {"query": …}')],
    target: Annotated[Path, typer.Option("--output", help="结果写到这个文件")],
) -> None:
    """成批回答一个文件里的问题。"""
    import time  # only here

    from handbook.labelled import QuestionFileError, read_queries

    try:
        queries = read_queries(source)
    except QuestionFileError as error:
        raise AppError(str(error)) from None
    service = service_of(Settings.load())
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
            progress(number, len(queries))
    if service.degraded:
        print(f"提醒：{service.degraded}", file=sys.stderr)


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
        weights = recalibrate(sources_of(settings), _library(settings), tick=say)
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
    folders = sources_of(settings).folders
    outcome = train(
        library.entries, outside_of(folders), segmenter_of(folders), texts,
        targets=default_targets(), recipe=Recipe(seed=seed),
        tick=lambda what, step, of: say(what, f"{step}/{of}"),
    )  # fmt: skip
    print(f"完成，模型指纹 {outcome.fingerprint}")


def sources_of(settings: Settings) -> "Sources":
    """Where the handbook of these settings comes from."""
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


def service_of(settings: Settings) -> "HandbookService":
    """The handbook with its encoder, ready; a missing encoder is said, not fatal."""
    from handbook.service import HandbookService

    now = Clock.starting_at(settings.now).now()
    service = HandbookService(sources_of(settings), today=lambda: local_date(now))
    if not service.public_entries():
        raise AppError(f"{settings.kb_dir} 里没有能用的条目：请检查 QIYING_KB_DIR，或运行 qiying kb check")
    service.join_encoder()
    return service


def _within(problems: "list[Problem]", paths: list[Path], folders: list[Path]) -> "list[Problem]":
    """The problems of these paths; AppError for one that was not read, which must not look faultless."""
    if not paths:
        return problems
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise AppError(f"没有这个文件：{'、'.join(missing)}")
    roots = [path.resolve() for path in paths]
    read = [folder.resolve() for folder in folders]
    outside = [
        root
        for root in roots
        if not any(root == one or one in root.parents or root in one.parents for one in read)
    ]
    if outside:
        raise AppError(
            f"{outside[0]} 不在手册目录 {folders[0]} 里，没有检查：放进去再检查，或改 QIYING_KB_DIR"
        )
    return [
        problem
        for problem in problems
        if any(root == (file := Path(problem.path).resolve()) or root in file.parents for root in roots)
    ]
