"""Settings from the environment or `.env`: typed, with every fault reported at once in Chinese."""

import base64
import binascii
import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.clock import SHANGHAI
from app.errors import ConfigurationError

REAL_PLATFORM = "https://api.weixin.qq.com"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """Every setting of the contract; names are `QIYING_` + the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="QIYING_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    demo: bool = False
    district: str = "ninghe"
    database_url: str = ""
    data_dir: Path = Path("data")
    kb_dir: Path = Path("kb")
    kb_local_dir: Path | None = None
    embedding_model: str = ""
    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_encoding_aes_key: SecretStr = SecretStr("")
    wechat_original_id: str = ""
    wechat_previous_token: SecretStr = SecretStr("")
    wechat_previous_encoding_aes_key: SecretStr = SecretStr("")
    wechat_api_base_url: str = REAL_PLATFORM
    wechat_templates: dict[str, Any] = {}
    public_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr("")
    metrics_token: SecretStr = SecretStr("")
    now: datetime | None = None

    @field_validator("wechat_templates", mode="before")
    @classmethod
    def _templates_from_json(cls, value: Any) -> Any:
        return json.loads(value or "{}") if isinstance(value, str) else value

    @field_validator("now", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("now")
    @classmethod
    def _now_is_aware(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=SHANGHAI) if value is not None and value.tzinfo is None else value

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL; SQLite in the data dir where unset."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'qiying.db').resolve()}"

    @property
    def local_kb_dir(self) -> Path:
        """The district's own entries."""
        return self.kb_local_dir or self.data_dir / "kb"

    @property
    def index_dir(self) -> Path:
        """Where the built handbook index lives."""
        return self.data_dir / "index"

    @property
    def has_any_credential(self) -> bool:
        """Whether any WeChat credential is set: a demo must not run then."""
        return bool(
            self.wechat_app_id
            or self.wechat_app_secret.get_secret_value()
            or self.wechat_token.get_secret_value()
            or self.wechat_encoding_aes_key.get_secret_value()
        )

    @property
    def uses_real_platform(self) -> bool:
        """Whether calls go to anything but this machine."""
        return urlsplit(self.wechat_api_base_url).hostname not in LOOPBACK_HOSTS

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment; raise ConfigurationError naming every setting that cannot be read."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            faults = [
                f"QIYING_{'_'.join(str(part) for part in item['loc']).upper()} 的值读不懂：{item['msg']}"
                for item in error.errors()
            ]
            raise ConfigurationError(faults) from None


def credential_faults(settings: Settings) -> list[str]:
    """Why `serve` and `worker` may not start in production; empty if they may.

    Security mode only: without the AES key anyone could forge officer commands.
    """
    faults = []
    required = {
        "QIYING_WECHAT_APP_ID": settings.wechat_app_id,
        "QIYING_WECHAT_APP_SECRET": settings.wechat_app_secret.get_secret_value(),
        "QIYING_WECHAT_TOKEN": settings.wechat_token.get_secret_value(),
        "QIYING_WECHAT_ENCODING_AES_KEY": settings.wechat_encoding_aes_key.get_secret_value(),
    }
    faults += [
        f"缺少 {name}：到公众平台「设置与开发 → 基本配置」抄来"
        for name, value in required.items()
        if not value
    ]
    faults += _aes_key_faults("QIYING_WECHAT_ENCODING_AES_KEY", settings.wechat_encoding_aes_key)
    faults += _aes_key_faults(
        "QIYING_WECHAT_PREVIOUS_ENCODING_AES_KEY", settings.wechat_previous_encoding_aes_key
    )
    if settings.now is not None and settings.uses_real_platform:
        faults.append("QIYING_NOW 只能用于演示或测试：请删掉它")
    return faults


def demo_faults(settings: Settings) -> list[str]:
    """Why a demo may not start; empty if it may."""
    if settings.has_any_credential:
        return ["演示模式不能带公众号凭据：请删掉 QIYING_WECHAT_* 或不设 QIYING_DEMO"]
    return []


def _aes_key_faults(name: str, key: SecretStr) -> list[str]:
    value = key.get_secret_value()
    if not value:
        return []
    try:
        decoded = base64.b64decode(value + "=", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(value) != 43 or len(decoded) != 32:
        return [f"{name} 应是 43 个字母或数字（现在是 {len(value)} 个字符）：请从公众平台重新复制"]
    return []


def signing_key(settings: Settings) -> bytes:
    """The key that signs links; generated into the data dir (0600) where unset."""
    configured = settings.secret_key.get_secret_value()
    if configured:
        return configured.encode()
    path = settings.data_dir / "secret.key"
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip().encode()
