"""`qiying menu`: the account's menus."""

import typer

menu_app = typer.Typer(no_args_is_help=True)


@menu_app.callback()
def menus() -> None:
    """公众号菜单。"""


@menu_app.command("create")
def create() -> None:
    """创建两套菜单：企业用的默认菜单、打了标签的服务人员用的个性化菜单（可重复执行）。"""
    from app.db import Database  # wechatpy and SQLAlchemy are not needed for --help
    from app.errors import AppError, ConfigurationError
    from app.outbox.ports import DeliveryError
    from app.settings import Settings, credential_faults
    from app.wechat import menus as wechat_menus
    from app.wechat.client import BotClient

    settings = Settings.load()
    faults = credential_faults(settings)
    if faults:
        raise ConfigurationError(faults)
    db = Database(settings.resolved_database_url)
    try:
        wechat_menus.publish(BotClient.from_settings(settings, db))
    except DeliveryError as error:
        raise AppError(
            f"菜单没有建成（{error.message}）：检查凭据、服务器 IP 白名单和公众号认证后再试"
        ) from None
    finally:
        db.close()
    print("菜单已创建：手机上最多 5 分钟后看到，重新进入公众号可立即看到")
