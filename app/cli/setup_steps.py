"""The steps of `qiying setup`, each of which may be repeated: what is done already is left as it is."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from app import audit
from app.cli import database, imports, menu
from app.cli.setup_answers import Answers
from app.cli.setup_checks import try_callback, try_token, username_fault
from app.clock import SHANGHAI, real_now
from app.db import Database, sqlite_path
from app.errors import AppError
from app.migrations import runner
from app.panel import accounts
from app.panel.models import User
from app.panel.passwords import Passwords, generate_password
from app.panel.roles import Role
from app.settings import Settings, credential_faults

ROSTERS = {"areas": "片区", "departments": "部门", "officers": "服务人员", "enterprises": "企业"}


class Later(Exception):
    """A step that could not be taken now; the text says why."""


@dataclass(frozen=True)
class Step:
    """`key` is what an answers file names under `skip`; `act` returns what was done or raises Later or AppError."""

    key: str
    title: str
    question: str
    later: str
    act: Callable[[Settings, Answers], str]


def steps() -> list[Step]:
    """In this order; the settings are written before."""
    return [
        Step("database", "数据库", "现在建好（或升级）数据库吗？", "qiying db upgrade", _database),
        Step(
            "admin",
            "管理员账号",
            "现在开第一个管理员账号吗？",
            "qiying admin create-user 账号 --role admin --generate",
            _admin,
        ),
        Step("token", "微信接口", "现在试一下能不能取到微信凭证吗？", "qiying doctor，再运行 qiying setup", _token),
        Step("callback", "服务器地址", "现在试一下服务器地址吗？", "服务起来以后再运行 qiying setup", _callback),
        Step("imports", "名录", "现在导入名录吗？", "qiying import areas 文件 --apply（部门、人员、企业一样）", _imports),
        Step("menu", "公众号菜单", "现在创建公众号菜单吗？", "qiying menu create", _menu),
        Step("backup", "备份", "现在做第一次备份吗？", "qiying db backup 文件", _backup),
    ]  # fmt: skip


def first_admin(settings: Settings) -> str:
    """The name of an administrator who can log in already; "" if there is none or no database yet."""
    path = sqlite_path(settings.resolved_database_url)
    if path is not None and not path.exists():
        return ""
    db = Database(settings.resolved_database_url)
    try:
        if runner.current(db) != runner.head():
            return ""
        with db.reading() as session:
            statement = select(User).where(User.role == Role.ADMIN, col(User.is_active))
            user = session.exec(statement.order_by(col(User.id))).first()
            return user.username if user is not None else ""
    finally:
        db.close()


def _database(settings: Settings, _answers: Answers) -> str:
    db = Database(settings.resolved_database_url)
    try:
        before, after = runner.upgrade(db)
    finally:
        db.close()
    return f"已是最新（{after}）" if before == after else f"已建好（{after}）"


def _admin(settings: Settings, answers: Answers) -> str:
    existing = first_admin(settings)
    if existing:
        return f"已有管理员 {existing}，没有改动"
    username = answers.text("admin.username", "管理员账号（小写字母和数字）", check=username_fault)
    name = answers.text("admin.name", "管理员姓名（可不填）", is_required=False)
    answers.refuse_faults()
    password = generate_password()
    db = Database(settings.resolved_database_url)
    try:
        runner.demand_newest(db)
        with db.transaction() as session:
            accounts.create_user(
                session,
                Passwords(),
                username=username,
                name=name,
                role=Role.ADMIN,
                password=password,
                must_change_password=True,
                now=real_now(),
            )
            audit.record(
                session,
                at=real_now(),
                actor_kind="cli",
                actor=getpass.getuser()[:100],
                action="user.create",
                target=f"user:{username}",
                detail={"role": Role.ADMIN.value, "area": ""},
            )
    finally:
        db.close()
    typer.echo(f"  初始口令（只显示这一次，第一次登录要换）：{password}")
    return f"已新建 {username}"


def _token(settings: Settings, _answers: Answers) -> str:
    _need_credentials(settings)
    db = Database(settings.resolved_database_url)
    try:
        runner.demand_newest(db)
        fault = try_token(settings, db)
    finally:
        db.close()
    if fault:
        raise Later(fault)
    return "取到了"


def _callback(settings: Settings, _answers: Answers) -> str:
    _need_credentials(settings)
    typer.echo("  公众平台「设置与开发 → 基本配置 → 服务器配置」这样填：")
    typer.echo(f"    URL：{settings.public_url.rstrip('/')}/wechat")
    typer.echo("    Token、EncodingAESKey：与设置文件里的一致")
    typer.echo("    消息加解密方式：安全模式；数据格式：XML")
    fault = try_callback(settings)
    if fault:
        raise Later(fault)
    return "回答正确，可以到公众平台点「提交」"


def _need_credentials(settings: Settings) -> None:
    if credential_faults(settings):
        raise Later("公众号凭据还没有填齐")


def _imports(_settings: Settings, answers: Answers) -> str:
    seen, written = [], []
    for key, label in ROSTERS.items():
        given = answers.text(f"imports.{key}", f"{label}名册文件（没有就回车）", is_required=False)
        if not given:
            continue
        seen.append(label)
        if _import_one(key, label, Path(given), answers):
            written.append(label)
    if not seen:
        return "没有给名册文件；以后：qiying import areas 文件 --apply（部门、人员、企业一样）"
    return f"已写入{'、'.join(written)}" if written else "只看了差异，没有写入"


def _import_one(key: str, label: str, file: Path, answers: Answers) -> bool:
    """First what would change, then, if that is wanted, the change; whether it was made."""
    command = {
        "areas": imports.areas,
        "departments": imports.departments,
        "officers": imports.officers,
        "enterprises": imports.enterprises,
    }[key]
    typer.echo(f"  {label}：")
    command(file)
    if not answers.flag("imports.apply", f"按上面的差异写入{label}吗？"):
        return False
    command(file, apply=True)
    return True


def _menu(settings: Settings, _answers: Answers) -> str:
    _need_credentials(settings)
    menu.create()
    return "已创建"


def _backup(settings: Settings, _answers: Answers) -> str:
    stamp = f"{real_now().astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
    file = settings.data_dir / "backups" / f"qiying-{stamp}.backup"
    if first_admin(settings) == "":
        raise Later("还没有管理员账号，先不备份")
    database.backup(file)
    return "已备份；请再抄一份到别的机器"


def attempt(step: Step, settings: Settings, answers: Answers) -> tuple[bool, str]:
    """Whether the step is settled, and what to say of it."""
    if not answers.is_wanted(step.key, step.question):
        return True, f"跳过；以后：{step.later}"
    try:
        return True, step.act(settings, answers)
    except (AppError, Later) as error:
        return False, f"{error}\n    以后：{step.later}"
    except SQLAlchemyError as error:
        fault = (
            f"用不了数据库（{type(error).__name__}）：检查 QIYING_DATABASE_URL、数据库服务和数据目录的权限"
        )
        return False, f"{fault}\n    以后：{step.later}"
