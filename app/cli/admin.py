"""`qiying admin`: panel accounts and one-time codes for officers. No account ships with a password."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.audited import record, transaction
from app.settings import Settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.panel.roles import Role

admin_app = typer.Typer(no_args_is_help=True)

Generate = Annotated[bool, typer.Option("--generate", help="自动生成一个口令，只显示这一次")]


@admin_app.command("create-user")
def create_user(
    username: Annotated[str, typer.Argument(help="账号：小写字母和数字")],
    role: Annotated[
        str,
        typer.Option(
            help="hub 运行中枢、officer-leader 片区负责人、department 部门经办人、editor 手册编辑、auditor 审计员、admin 管理员"
        ),
    ],
    name: Annotated[str, typer.Option(help="姓名，显示在办理过程里")] = "",
    area: Annotated[str, typer.Option(help="片区负责人的片区编码")] = "",
    department: Annotated[str, typer.Option(help="部门经办人的部门；姓名用 --name，要在部门名单里")] = "",
    generate: Generate = False,
) -> None:
    """新建后台账号；不带 --generate 时输入口令（不回显，至少 12 个字符）。"""
    # The database stack loads in the command that needs it: --help stays quick.
    from app.clock import real_now
    from app.panel import accounts
    from app.panel.passwords import Passwords

    wanted = _role(role)
    password = _password(generate)
    with transaction() as session:
        person = _coordinator(session, department, name) if department else None
        accounts.check_scope(session, None, accounts.Profile(name, wanted, _area(session, area), person))
        accounts.create_user(
            session,
            Passwords(),
            username=username,
            name=name,
            role=wanted,
            password=password,
            area_code=area,
            coordinator_id=person,
            now=real_now(),
        )
        scope = {"role": wanted.value, "area": area, "department": department}
        record(session, "user.create", f"user:{username}", scope)
    print(f"已新建账号 {username}")
    _show(generate, password)


@admin_app.command("reset-password")
def reset_password(
    username: Annotated[str, typer.Argument(help="账号")],
    generate: Generate = False,
) -> None:
    """给账号换口令；它在各处的登录一并失效。"""
    from app.clock import real_now  # see create_user
    from app.panel import accounts
    from app.panel.passwords import Passwords

    password = _password(generate)
    with transaction() as session:
        accounts.reset_password(session, Passwords(), username=username, password=password, now=real_now())
        record(session, "user.reset-password", f"user:{username}", {})
    print(f"已为账号 {username} 换了口令，旧的登录都已失效")
    _show(generate, password)


@admin_app.command("reset-second-factor")
def reset_second_factor(username: Annotated[str, typer.Argument(help="账号")]) -> None:
    """解除一个账号的动态口令（手机和备用码都丢了时用）；它在各处的登录一并失效。"""
    from app.errors import NotFound  # see create_user
    from app.panel import accounts

    with transaction() as session:
        user = accounts.find_user(session, username)
        if user is None:
            raise NotFound(f"没有账号 {username}")
        accounts.reset_second_factor(session, user)
        record(session, "totp.reset", f"user:{username}", {})
    print(f"已解除账号 {username} 的动态口令，旧的登录都已失效")


@admin_app.command("unlock")
def unlock(username: Annotated[str, typer.Argument(help="账号")]) -> None:
    """解锁一个账号：口令或动态口令输错太多次，不必等锁定时间过去。"""
    from app.errors import NotFound  # see create_user
    from app.panel import accounts, lockout

    with transaction() as session:
        if accounts.find_user(session, username) is None:
            raise NotFound(f"没有账号 {username}")
        count = lockout.unlock(session, username)
        record(session, "user.unlock", f"user:{username}", {"count": str(count)})
    print(f"已解锁账号 {username}，现在就可以再登录")


@admin_app.command("invite-officer")
def invite_officer(staff_no: Annotated[str, typer.Argument(metavar="工号", help="服务人员的工号")]) -> None:
    """给服务人员发一次性口令：本人在公众号里发「绑定工号 口令」。"""
    from app.clock import Clock  # see create_user
    from app.directory import binding

    with transaction() as session:
        code = binding.invite_officer(session, staff_no, Clock.starting_at(Settings.load().now).now())
        record(session, "officer.invite", f"officer:{staff_no}", {})
    hours = int(binding.INVITATION_LIFETIME.total_seconds() // 3600)
    print(f"请工号 {staff_no} 的本人在公众号对话里发：绑定工号 口令。{hours} 小时内有效，用过作废。")
    print(code)


@admin_app.command("invite-coordinator")
def invite_coordinator(
    department: Annotated[str, typer.Argument(metavar="部门", help="部门名称")],
    name: Annotated[str, typer.Argument(metavar="姓名", help="协调专员姓名")],
) -> None:
    """给部门协调专员发一次性口令：本人在公众号里发「绑定工号 口令」。"""
    from app.clock import Clock  # see create_user
    from app.directory import binding

    with transaction() as session:
        person = _coordinator(session, department, name)
        code = binding.invite_coordinator(session, person, Clock.starting_at(Settings.load().now).now())
        record(session, "coordinator.invite", f"coordinator:{person}", {})
    print(f"请 {department} {name} 本人在公众号对话里发：绑定工号 口令。用过作废。")
    print(code)


def _role(text: str) -> "Role":
    from app.errors import AppError
    from app.panel.roles import ROLE_NAMES, Role

    if text not in set(Role):
        raise AppError(
            "角色应是：" + "、".join(f"{role.value}（{name}）" for role, name in ROLE_NAMES.items())
        )
    return Role(text)


def _coordinator(session: "Session", department: str, name: str) -> int:
    from app.directory import lookup
    from app.errors import NotFound

    found = [
        person
        for unit, person in lookup.find_coordinators(session, department, limit=50)
        if person.name == name and department in unit.name
    ]
    if len(found) != 1 or found[0].id is None:
        raise NotFound(f"{department} 没有叫 {name} 的协调专员，请先导入部门名单")
    return found[0].id


def _area(session: "Session", code: str) -> str:
    from app.directory.models import Area
    from app.errors import NotFound

    if code and session.get(Area, code) is None:
        raise NotFound(f"没有编码为 {code} 的片区，请先导入片区（qiying import areas）")
    return code


def _password(generate: bool) -> str:
    from app.panel.passwords import generate_password

    if generate:
        return generate_password()
    return str(typer.prompt("口令", hide_input=True, confirmation_prompt="再输一次"))


def _show(generate: bool, password: str) -> None:
    """A generated password alone on the last line, so that a script can take it."""
    if generate:
        print("口令只显示这一次，请记下后尽快登录：")
        print(password)
