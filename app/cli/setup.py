"""`qiying setup`: from an unpacked installation to a serving one, step by step; may be run again at any time."""

import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.cli.setup_answers import Answers
    from app.settings import Settings

TEMPLATE = Path(".env.example")
DEFAULT_DISTRICT = "ninghe"
# What .env.example holds: nobody has said anything yet.
UNTOUCHED_URL = "http://127.0.0.1:8000"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("setup")(setup)


def setup(
    answers: Annotated[
        Path | None, typer.Option(help="回答写在这个 TOML 文件里；没写到的照样问", show_default=False)
    ] = None,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="不提问：缺哪个回答就说出来并停下")
    ] = False,
) -> None:
    """第一次安装的向导：本区、网址、凭据、数据库、管理员、试接口、名录、菜单、备份。可以反复运行，已有的不动。"""
    # The database and web stacks load in the command that needs them: --help stays quick.
    from app.cli.setup_answers import Answers, read_answers
    from app.cli.setup_steps import attempt, steps
    from app.settings import Settings

    _refuse_wrong_person()
    given = Answers(read_answers(answers), is_interactive=not non_interactive)
    _settle_settings(given)
    settings = Settings.load()
    _foresee_admin(settings, given)
    given.refuse_faults()
    is_complete = True
    for step in steps():
        typer.echo(f"\n【{step.title}】")
        is_settled, text = attempt(step, settings, given)
        typer.echo(f"  {'✓' if is_settled else '✗'} {text}")
        is_complete = is_complete and is_settled
    typer.echo("\n下一步：qiying doctor 看一遍；启动服务（systemctl start qiying.service 或 make run）。")
    if not is_complete:
        typer.echo("打 ✗ 的还没有办好：照上面说的改好后，再运行一遍 qiying setup。")
        raise typer.Exit(1)


def _refuse_wrong_person() -> None:
    """Not in a demo, and not as root over a service account's data: that account could not write it any more."""
    from app.cli.envfile import read_values
    from app.errors import AppError
    from app.settings import settings_file

    values = {**read_values(settings_file()), **os.environ}
    if values.get("QIYING_DEMO", "") not in ("", "0"):
        raise AppError("演示不需要 setup：请不设 QIYING_DEMO 再运行")
    data_dir = Path(values.get("QIYING_DATA_DIR") or "data")
    if os.geteuid() == 0 and data_dir.exists() and data_dir.stat().st_uid != 0:
        owner = _name_of(data_dir.stat().st_uid)
        raise AppError(f"{data_dir} 属于 {owner}：请用 sudo -u {owner} 运行 qiying setup")


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def _settle_settings(answers: "Answers") -> None:
    """Ask for district, address and credentials, and write what changed into the settings file."""
    from app.cli.envfile import read_values, write_values
    from app.settings import settings_file

    file = settings_file()
    written = read_values(file)
    known = {**written, **{name: value for name, value in os.environ.items() if name.startswith("QIYING_")}}
    typer.echo("【设置】")
    values = {**_asked_place(answers, known), **_asked_credentials(answers, known)}
    answers.refuse_faults()
    hidden = [name for name in values if os.environ.get(name, values[name]) != values[name]]
    wanted = {name: value for name, value in values.items() if value or name in written}
    changed = write_values(file, wanted, TEMPLATE)
    typer.echo(f"  ✓ {file.resolve()}：" + ("、".join(changed) + " 已写入" if changed else "没有变化"))
    if hidden:
        typer.echo(f"  ! 环境变量里另有 {'、'.join(hidden)}，以环境变量为准：请删掉它们")


def _asked_place(answers: "Answers", known: Mapping[str, str]) -> dict[str, str]:
    from app.cli.setup_checks import district_fault, url_fault

    return {
        "QIYING_DISTRICT": answers.text(
            "district",
            "本区（dongli 东丽、beichen 北辰、tpftz 保税区、ninghe 宁河、binhai 滨海，或配置文件路径）",
            known=known.get("QIYING_DISTRICT") or DEFAULT_DISTRICT,
            check=district_fault,
        ),
        "QIYING_PUBLIC_URL": answers.text(
            "public_url",
            "手机访问本服务的网址（https://域名）",
            known=known.get("QIYING_PUBLIC_URL", "").replace(UNTOUCHED_URL, ""),
            check=url_fault,
        ),
    }


def _asked_credentials(answers: "Answers", known: Mapping[str, str]) -> dict[str, str]:
    from app.cli import setup_checks

    if not answers.is_wanted("credentials", "现在填公众号凭据吗（「设置与开发 → 基本配置」）？"):
        typer.echo("  公众号凭据跳过；以后再运行 qiying setup，或直接改设置文件")
        return {}
    questions = (
        ("app_id", "AppID", setup_checks.app_id_fault, False),
        ("app_secret", "AppSecret", setup_checks.app_secret_fault, True),
        ("token", "Token（自己定，3 到 32 位字母数字）", setup_checks.token_fault, True),
        ("encoding_aes_key", "EncodingAESKey（43 位）", setup_checks.aes_key_fault, True),
    )
    values = {}
    for name, question, check, is_secret in questions:
        setting = f"QIYING_WECHAT_{name.upper()}"
        values[setting] = answers.text(
            f"wechat.{name}", question, known=known.get(setting, ""), check=check, is_secret=is_secret
        )
    values["QIYING_WECHAT_ORIGINAL_ID"] = answers.text(
        "wechat.original_id",
        "原始 ID（gh_ 开头，可不填）",
        known=known.get("QIYING_WECHAT_ORIGINAL_ID", ""),
        check=setup_checks.original_id_fault,
        is_required=False,
    )
    return values


def _foresee_admin(settings: "Settings", answers: "Answers") -> None:
    """Without a person to ask, a missing administrator's name is said before anything is done."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.cli.setup_checks import username_fault
    from app.cli.setup_steps import first_admin

    if answers.is_interactive or not answers.is_wanted("admin", ""):
        return
    with suppress(SQLAlchemyError):  # the step itself says so
        if first_admin(settings):
            return
    answers.text("admin.username", "管理员账号（小写字母和数字）", check=username_fault)
