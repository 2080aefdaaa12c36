"""`qiying menu`: the account's menus."""

import typer

menu_app = typer.Typer(no_args_is_help=True)


@menu_app.callback()
def menus() -> None:
    """公众号菜单。"""


@menu_app.command("create")
def create() -> None:
    """创建两套菜单：企业用的默认菜单、打了标签的服务人员用的个性化菜单（可重复执行）。"""
    from app.cli.account import the_account
    from app.wechat import menus as wechat_menus  # wechatpy is not needed for --help

    with the_account("菜单没有建成") as (_db, client):
        wechat_menus.publish(client)
    print("菜单已创建：手机上最多 5 分钟后看到，重新进入公众号可立即看到")
