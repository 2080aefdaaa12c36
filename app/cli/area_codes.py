"""`qiying directory area-codes`: the account's codes that carry an area, for the notices that hang there (A7)."""

import typer


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("area-codes")(area_codes)


def area_codes() -> None:
    """为每个片区生成公众号二维码（带片区，印在公示牌上）；已有的不重复生成。"""
    from app.db import Database  # wechatpy and SQLAlchemy are not needed for --help
    from app.directory import scenes
    from app.errors import AppError, ConfigurationError
    from app.outbox.ports import DeliveryError
    from app.settings import Settings, credential_faults
    from app.wechat import qrcodes
    from app.wechat.client import BotClient

    settings = Settings.load()
    faults = credential_faults(settings)
    if faults:
        raise ConfigurationError(faults)
    db = Database(settings.resolved_database_url)
    try:
        with db.reading() as session:
            wanted = scenes.areas_without(session)
        client = BotClient.from_settings(settings, db)
        found = scenes.made(wanted, lambda scene: qrcodes.create(client, scene))
        with db.transaction() as session:
            for code, address in found.items():
                scenes.remember(session, code, address)
    except DeliveryError as error:
        raise AppError(f"没有生成（{error.message}）：检查凭据、IP 白名单和公众号认证后再试") from None
    finally:
        db.close()
    print(f"新生成 {len(found)} 个片区的二维码。到后台“片区 → 公示牌”打印。")
