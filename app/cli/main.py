"""`qiying`: the command line. Each group is a module; heavy imports happen inside the command that needs them."""

import gc
import sys
from importlib import metadata
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from app.cli import (
    admin_systems,
    chinese,
    faults,
    help_words,
    kb_documents,
    kb_measure,
    kb_preview,
    kb_review,
    setup,
)
from app.cli.admin import admin_app
from app.cli.audit import audit_app
from app.cli.bench import bench_app
from app.cli.calendar import calendar_app
from app.cli.database import db_app
from app.cli.directory import directory_app
from app.cli.exchange import exchange_app
from app.cli.imports import import_app
from app.cli.kb import kb_app
from app.cli.menu import menu_app
from app.cli.policies import digest, policies_app
from app.cli.privacy import privacy_app
from app.cli.tickets import tickets_app

app = typer.Typer(
    name="qiying",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"qiying {metadata.version('qiying')}")
        raise typer.Exit


@app.callback()
def whole(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="显示版本，然后退出")
    ] = False,
) -> None:
    """企应：区级企业服务助手。企有所需，应有所答。"""


for module in (kb_documents, kb_measure, kb_preview, kb_review):
    module.register(kb_app)
admin_systems.register(admin_app)
setup.register(app)
app.add_typer(kb_app, name="kb", help="应答手册：检查、构建、试问、评测")
app.add_typer(db_app, name="db", help="数据库：升级、检查")
app.add_typer(import_app, name="import", help="导入名录：先看差异，加 --apply 才写入")
app.add_typer(directory_app, name="directory", help="名录：覆盖情况、增减台账、指定与移交、外出")
app.add_typer(admin_app, name="admin", help="后台账号与工作人员口令")
app.add_typer(audit_app, name="audit", help="操作记录：核对有没有被改动、导出")
app.add_typer(calendar_app, name="calendar", help="工作日历：录入放假通知、单独改一天")
app.add_typer(privacy_app, name="privacy", help="个人信息：给本人一份副本、按本人要求删除")
app.add_typer(tickets_app, name="tickets", help="诉求：清单、分派、督办、会商、转出、回访、问题清单")
app.add_typer(exchange_app, name="exchange", help="文件对接：12345 等系统的来单表、结果表、办理情况")
app.add_typer(bench_app, name="bench", help="测速：检索、启动、内存、索引")
kb_app.command("digest")(digest)
app.add_typer(policies_app, name="policies", help="政策推送：进展、停发")
app.add_typer(menu_app, name="menu", help="公众号菜单")


@app.command()
def serve(
    host: Annotated[str, typer.Option(envvar="HOST", help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="端口", min=0, max=65535)] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="只跑网页，不在里面跑后台任务")] = False,
) -> None:
    """启动服务（默认连同后台任务）。"""
    gc.disable()  # what starting makes stays: looking through it for garbage takes a fifth of the start
    from app.cli.serving import serve_forever  # web stack and encoder: seconds that --help must not pay

    serve_forever(host, port, with_worker=not no_worker)


@app.command()
def worker() -> None:
    """单独启动后台任务（PostgreSQL 上可以有多个）。"""
    from app.cli.serving import work_forever  # see serve

    work_forever()


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False) -> None:
    """体检：设置、数据库、索引、日历、时钟，逐项说好不好、怎么办。"""
    from app.cli.doctor import examine, show  # see serve

    raise typer.Exit(0 if show(examine(), as_json=as_json) else 1)


def run() -> None:
    """Entry point of `qiying`."""
    carry_out(app, "qiying")


def carry_out(commands: typer.Typer, name: str) -> NoReturn:
    """Do what was typed and end: expected refusals are one clear message on standard error and exit code 1."""
    command = typer.main.get_command(commands)
    help_words.translate(command)
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(2) from None
    except UsageError as error:
        print(chinese.usage_fault(error), file=sys.stderr)
        raise SystemExit(2) from None
    except typer.Abort:
        print("已取消，没有改动", file=sys.stderr)
        raise SystemExit(1) from None
    except Exception as error:
        sentence = faults.sentence_of(error)
        if not sentence:
            raise
        print(sentence, file=sys.stderr)
        raise SystemExit(1) from None
