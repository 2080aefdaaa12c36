"""The Official Account as a command needs it: credentials checked, a refusal of the platform as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # wechatpy and SQLAlchemy are not needed for --help
    from app.db import Database
    from app.wechat.client import BotClient


@contextmanager
def the_account(what: str) -> "Iterator[tuple[Database, BotClient]]":
    """Database and client; raises ConfigurationError for missing credentials, AppError «`what` failed» for a refusal."""
    from app.db import Database
    from app.errors import AppError, ConfigurationError
    from app.outbox.ports import DeliveryError
    from app.settings import Settings, credential_faults
    from app.wechat.client import BotClient

    settings = Settings.load()
    faults = credential_faults(settings)
    if faults:
        raise ConfigurationError(faults)
    db = Database(settings.resolved_database_url)
    try:
        yield db, BotClient.from_settings(settings, db)
    except DeliveryError as error:
        raise AppError(f"{what}（{error.message}）：检查凭据、服务器 IP 白名单和公众号认证后再试") from None
    finally:
        db.close()
