"""`qiying bench`: measure this machine. One run, ratios side by side, a table and a JSON file."""

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.kb_output import say
from app.settings import Settings

if TYPE_CHECKING:
    from app.bench.synthetic import Pool
    from handbook.service import HandbookService

bench_app = typer.Typer(no_args_is_help=True, add_completion=False)

Json = Annotated[Path | None, typer.Option("--json", help="结果也写到这个文件（JSON）")]


@bench_app.command()
def retrieval(
    questions: Annotated[
        Path | None, typer.Option("--questions", help='每行一个 {"query": …}；不写就用编造的问题')
    ] = None,
    sizes: Annotated[
        list[int] | None, typer.Option("--entries", help="编造多少条目，可以写几次；0 是只量现有手册")
    ] = None,
    phrasings: Annotated[int, typer.Option("--phrasings", help="编造的条目各有几种问法", min=1)] = 48,
    body: Annotated[
        int | None, typer.Option("--body", help="编造的正文最多多少字；不写就和现有手册一样长", min=1)
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", help="每个问题问几遍，取最快的一次", min=1)] = 3,
    file: Json = None,
) -> None:
    """检索：现有手册和编造的大手册，一个线程，旁边是 bm25s 和逐条比对。"""
    from app.bench import retrieval as measure  # the encoder and its libraries: only here
    from app.bench.synthetic import pool_of
    from app.bench.synthetic import questions as made_up_questions
    from handbook.labelled import read_queries

    service = _service()
    pool = pool_of(service.handbook.entries)
    asked = (
        read_queries(questions) if questions else made_up_questions(pool, 10, seed=1, how_many=measure.ASKED)
    )
    rows: dict[str, Any] = {"shipped": measure.shipped(service, asked, rounds=rounds)}
    for size in filter(None, sizes or [217, 10_000]):
        with tempfile.TemporaryDirectory(prefix="qiying-bench-") as folder:
            found = measure.made(service, size, Path(folder), phrasings=phrasings, body=body, tell=_tell)
            rows[str(size)] = measure.scaled(service, found, rounds=rounds)
            _tell(f"{size} entries: {rows[str(size)]}")
    made = [row for name, row in rows.items() if name != "shipped"]
    for row in made[1:]:
        row["p99_growth"] = round(
            row["search"]["processor_p99_ms"] / made[0]["search"]["processor_p99_ms"], 2
        )
    _give("retrieval", rows, file)


@bench_app.command()
def start(
    rounds: Annotated[int, typer.Option("--rounds", help="启动几次", min=1)] = 5, file: Json = None
) -> None:
    """启动：从进程开始到第一条回答、到完整检索的秒数，旁边是 import torch。"""
    from app.bench.starting import start_times

    _give("start", start_times(Settings.load(), rounds=rounds), file)


@bench_app.command()
def memory(file: Json = None) -> None:
    """内存：一个 serve 进程，旁边是只导入那些软件包的进程。"""
    from app.bench.starting import memory_held

    _give("memory", memory_held(Settings.load()), file)


@bench_app.command()
def index(
    size: Annotated[int, typer.Option("--entries", help="编造多少条目", min=1)] = 1000,
    phrasings: Annotated[int, typer.Option("--phrasings", help="各有几种问法", min=1)] = 48,
    file: Json = None,
) -> None:
    """构建索引：每一千条要多久、多少内存；改一句问法以后重新编码几条。"""
    from app.bench.building import index_costs

    _give("index", index_costs(_service(), size, tell=_tell, phrasings=phrasings), file)


Seconds = Annotated[float, typer.Option("--seconds", help="每一段量多少秒", min=1)]


@bench_app.command()
def web(seconds: Seconds = 20, file: Json = None) -> None:
    """网页端：加密消息到答复的速率和时延，旁边是只解密、答固定文字的同一服务器。"""
    from app.bench.web import web_figures

    _give("web", web_figures(Settings.load(), _pool(), seconds=seconds, tell=_tell), file)


@bench_app.command()
def outbox(
    count: Annotated[int, typer.Option("--messages", help="积压多少条", min=4)] = 10_000, file: Json = None
) -> None:
    """推送：平台恢复后清空积压的速率，旁边是平台替身自己的上限。"""
    from app.bench.draining import drained

    _give("outbox", drained(Settings.load(), count, tell=_tell), file)


@bench_app.command()
def postgres(
    database: Annotated[
        str, typer.Option("--database", help="一个空的 PostgreSQL 库：postgresql+psycopg://…")
    ],
    seconds: Seconds = 20,
    file: Json = None,
) -> None:
    """多进程：同一个 PostgreSQL 上，各一个和各两个 serve、worker，每条消息花多少处理器时间。"""
    from app.bench.several import compared

    _give("postgres", compared(Settings.load(), _pool(), database, seconds=seconds, tell=_tell), file)


@bench_app.command()
def soak(
    seconds: Annotated[float, typer.Option("--seconds", help="跑多少秒", min=5)] = 60,
    rate: Annotated[float, typer.Option("--rate", help="每秒多少条", min=1)] = 50,
    file: Json = None,
) -> None:
    """久跑：稳定的消息量，同时改手册、备份、开页面；内存、打开的文件、日志长不长。"""
    from app.bench.soak import soak as run

    _give("soak", run(Settings.load(), _pool(), seconds=seconds, rate=rate, tell=_tell), file)


@bench_app.command()
def week(
    district: Annotated[str, typer.Option("--district", help="哪个区的规则；不写就用 QIYING_DISTRICT")] = "",
    is_small: Annotated[bool, typer.Option("--small", help="只过一天，一百来条，约半分钟")] = False,
    seed: Annotated[int, typer.Option("--seed", help="同一个数，同样的人和事")] = 20260921,
    keep: Annotated[Path | None, typer.Option("--keep", help="数据留在这个空文件夹里，事后可看")] = None,
    text: Annotated[Path | None, typer.Option("--markdown", help="报告也写到这个文件")] = None,
    file: Json = None,
) -> None:
    """模拟一周：几百家企业、几十名服务人员照常说话办事，钟拨着走；核对一遍该成立的。有不符的退出码 1。"""
    from app.bench.week.report import week_report

    settings = Settings.load()
    if district:
        settings = settings.model_copy(update={"district": district})
    found = week_report(settings, is_small=is_small, seed=seed, folder=keep, tell=_tell)
    print(found.text)
    if text is not None:
        _write(text, found.text)
    if file is not None:
        _write(file, json.dumps(found.values, ensure_ascii=False, indent=1, default=str))
    raise typer.Exit(1 if found.faults else 0)


@bench_app.command()
def panel(
    small: Annotated[int, typer.Option("--small", help="小的一区：企业和工单各多少", min=1)] = 1000,
    enterprises: Annotated[int, typer.Option("--enterprises", help="大的一区：多少企业", min=1)] = 100_000,
    tickets: Annotated[int, typer.Option("--tickets", help="大的一区：多少工单", min=1)] = 50_000,
    rounds: Annotated[int, typer.Option("--rounds", help="每页开几遍，取最快的一次", min=1)] = 5,
    file: Json = None,
) -> None:
    """管理后台：每个列表和条件，在小区和大区各要多少毫秒，差几倍。"""
    from app.bench.district import Size
    from app.bench.panel import compared

    large = Size(enterprises, tickets)
    _give("panel", compared(_pool(), Size(small, small), large, rounds=rounds, tell=_tell), file)


def _pool() -> "Pool":
    from app.bench.synthetic import pool_of

    return pool_of(_service().handbook.entries)


def _service() -> "HandbookService":
    from app.cli.kb import service_of

    return service_of(Settings.load())


def _tell(text: str) -> None:
    say("bench", text)


def _give(what: str, figures: dict[str, Any], file: Path | None) -> None:
    """Print a table; write the JSON with the machine in general words."""
    machine = {
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
    }
    print(f"{what}: {machine['processors']} 核，{machine['memory_gib']} GiB 内存，Python {machine['python']}")
    for name, value in _flat(figures):
        print(f"{name:<44} {value}")
    if file is not None:
        _write(file, json.dumps({"machine": machine, what: figures}, ensure_ascii=False, indent=1))


def _write(file: Path, text: str) -> None:
    """Also into a folder that is not there yet: what took an hour is not lost."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{before}{name}.")
        else:
            rows.append((f"{before}{name}", value))
    return rows
