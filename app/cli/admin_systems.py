"""`qiying admin`: keys and webhooks of the systems that exchange tickets with us."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.audited import record, transaction
from app.settings import Settings

if TYPE_CHECKING:
    from app.api.keys import Scope


def register(admin_app: typer.Typer) -> None:
    """Add the commands to `qiying admin`."""
    admin_app.command("create-api-key")(create_api_key)
    admin_app.command("list-api-keys")(list_api_keys)
    admin_app.command("revoke-api-keys")(revoke_api_keys)
    admin_app.command("register-webhook")(register_webhook)
    admin_app.command("remove-webhook")(remove_webhook)
    admin_app.command("retry-webhooks")(retry_webhooks)


def create_api_key(
    system: Annotated[str, typer.Argument(metavar="系统", help="对接系统的代号，如 hotline-12345")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="权限，可重复：tickets 来单与查单、answers 查应答手册；默认两种都给"),
    ] = None,
) -> None:
    """给一个对接系统发密钥，只显示这一次；它的旧密钥仍有效，换好后用 revoke-api-keys 停掉。"""
    import getpass

    from app.api import keys  # see create_user
    from app.clock import real_now

    scopes = [_scope(text) for text in scope] if scope else list(keys.Scope)
    with transaction() as session:
        key = keys.create_key(session, system, scopes, by=getpass.getuser(), now=real_now())
        record(session, "api-key.create", f"system:{system}", {"scopes": ",".join(scopes)})
    print(f"{system} 的密钥（只显示这一次，请用安全的方式交给对方）：")
    print(key)


def list_api_keys() -> None:
    """列出有效的密钥：系统、权限、发放与最近使用时间（密钥本身不保存）。"""
    from app.api import keys  # see create_user
    from app.clock import local_text

    with transaction() as session:
        rows = keys.live_keys(session)
        for row in rows:
            used = local_text(row.last_used_at) if row.last_used_at else "没有用过"
            print(f"{row.system}\t{','.join(row.scopes)}\t发放 {local_text(row.created_at)}\t最近 {used}")
    if not rows:
        print("还没有发过密钥：qiying admin create-api-key 系统")


def revoke_api_keys(
    system: Annotated[str, typer.Argument(metavar="系统", help="对接系统的代号")],
    keep_newest: Annotated[bool, typer.Option("--keep-newest", help="留下最新的一个（轮换）")] = False,
) -> None:
    """停用一个系统的密钥，立即生效。"""
    from app.api import keys  # see create_user
    from app.clock import real_now

    with transaction() as session:
        count = keys.revoke_keys(session, system, besides_newest=keep_newest, now=real_now())
        record(session, "api-key.revoke", f"system:{system}", {"count": str(count)})
    print(f"已停用 {system} 的 {count} 个密钥")


def register_webhook(
    system: Annotated[str, typer.Argument(metavar="系统", help="对接系统的代号，与密钥的一致")],
    url: Annotated[str, typer.Argument(metavar="地址", help="https 地址，不能是内网")],
) -> None:
    """登记进展回传地址，显示签名用的密钥（只显示这一次）；再登记一次就换地址、换密钥。"""
    import getpass

    from app.api.webhooks import service, signing  # see create_user
    from app.clock import real_now
    from app.settings import signing_key

    settings = Settings.load()
    loopback = settings.demo or not settings.uses_real_platform
    with transaction() as session:
        row = service.register(
            session, system, url, by=getpass.getuser(), allows_loopback=loopback, now=real_now()
        )
        record(session, "webhook.register", f"system:{system}", {"url": url})
        secret = signing.secret_of(signing_key(settings), system, row.salt)
    print(f"已登记：{system} 的来单有进展时发往 {url}")
    print("对方用下面的密钥核对 X-Qiying-Signature（对「时间戳.正文」做 HMAC-SHA256）：")
    print(secret)


def remove_webhook(system: Annotated[str, typer.Argument(metavar="系统")]) -> None:
    """不再向这个系统回传。"""
    from app.api.webhooks import service  # see create_user

    with transaction() as session:
        service.remove(session, system)
        record(session, "webhook.remove", f"system:{system}", {})
    print(f"已停止向 {system} 回传")


def retry_webhooks(system: Annotated[str, typer.Argument(metavar="系统")]) -> None:
    """对方恢复后，把多次没送到的进展重新排队。"""
    from app.api.webhooks import service  # see create_user
    from app.clock import Clock

    with transaction() as session:
        count = service.send_again(session, system, Clock.starting_at(Settings.load().now).now())
        record(session, "webhook.retry", f"system:{system}", {"count": str(count)})
    print(f"已重新排队 {count} 条")


def _scope(text: str) -> "Scope":
    from app.api.keys import Scope
    from app.errors import AppError

    if text not in set(Scope):
        raise AppError("权限应是：" + "、".join(Scope))
    return Scope(text)
