"""`qiying directory area-codes`: the account's codes that carry an area, for the notices that hang there (A7)."""

import typer


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("area-codes")(area_codes)


def area_codes() -> None:
    """为每个片区生成公众号二维码（带片区，印在公示牌上）；已有的不重复生成。"""
    from app.cli.account import the_account
    from app.directory import scenes
    from app.wechat import qrcodes

    with the_account("没有生成") as (db, client):
        with db.reading() as session:
            wanted = scenes.areas_without(session)
        found = scenes.made(wanted, lambda scene: qrcodes.create(client, scene))
        with db.transaction() as session:
            for code, address in found.items():
                scenes.remember(session, code, address)
    print(f"新生成 {len(found)} 个片区的二维码。到后台“片区 → 公示牌”打印。")
