"""Settings from the environment or `.env`: typed, with every fault reported at once in Chinese."""

import base64
import binascii
import ipaddress
import json
import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import NonNegativeInt, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.clock import SHANGHAI
from app.errors import ConfigurationError

REAL_PLATFORM = "https://api.weixin.qq.com"
DATABASE_URL = re.compile(r"sqlite:///.+|postgresql\+psycopg://.*")
SHORTEST_KEY = 32
EVERY_PROXY = "*"
HOST_NAME = re.compile(r"[\w.-]+|\[[0-9a-fA-F:]+\]")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def settings_file() -> Path:
    """The file whose lines are settings where the environment says nothing: `.env` here, or QIYING_ENV_FILE."""
    return Path(os.environ.get("QIYING_ENV_FILE") or ".env")


class Settings(BaseSettings):
    """Every setting of the contract; names are `QIYING_` + the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="QIYING_", env_file_encoding="utf-8-sig", extra="ignore", frozen=True
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
    wechat_templates: Annotated[dict[str, Any], NoDecode] = {}
    public_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr("")
    password_days: NonNegativeInt = 90
    totp_roles: str = ""
    separate_duties: bool = True
    metrics_token: SecretStr = SecretStr("")
    retention: Annotated[dict[str, Any], NoDecode] = {}
    messages_per_minute: NonNegativeInt = 20
    api_requests_per_minute: NonNegativeInt = 300
    trusted_proxies: str = "127.0.0.1,::1"
    allowed_hosts: str = ""
    now: datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        """As a line `NAME=` of a copied file has it."""
        return {name: value for name, value in values.items() if value != ""}

    @field_validator("wechat_templates", "retention", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

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
            settings = cls(**{"_env_file": settings_file(), **overrides})
        except ValidationError as error:
            names = {f"QIYING_{str(item['loc'][0]).upper()}" for item in error.errors()}
            raise ConfigurationError([_unreadable(name) for name in sorted(names)]) from None
        except UnicodeDecodeError:
            raise ConfigurationError([f"{settings_file()} 不是 UTF-8 编码：请另存为 UTF-8"]) from None
        faults = value_faults(settings)
        if faults:
            raise ConfigurationError(faults)
        return settings


def value_faults(settings: Settings) -> list[str]:
    """Values of the right type that nothing can be done with; empty if there are none."""
    faults = [
        f"{name} 应是 http(s):// 开头的完整网址：现在是「{value}」"
        for name, value in (
            ("QIYING_PUBLIC_URL", settings.public_url),
            ("QIYING_WECHAT_API_BASE_URL", settings.wechat_api_base_url),
        )
        if not _is_web_address(value)
    ]
    if settings.database_url and not _is_database_address(settings.database_url):
        faults.append(
            "QIYING_DATABASE_URL 应写成 sqlite:///文件 或 postgresql+psycopg://用户:口令@主机/库，口令里的 : / @ 写成 %3A %2F %40"
        )
    if settings.kb_local_dir is not None and settings.kb_local_dir.is_file():
        faults.append(f"QIYING_KB_LOCAL_DIR 应是文件夹：{settings.kb_local_dir} 是一个文件")
    faults += [
        f"QIYING_TRUSTED_PROXIES 里的「{name}」不是地址：写成 10.0.0.8 或 10.0.0.0/24，逗号分隔"
        for name in _listed(settings.trusted_proxies)
        if settings.trusted_proxies != EVERY_PROXY and not _is_network(name)
    ]
    faults += [
        f"QIYING_ALLOWED_HOSTS 里的「{name}」不是域名：不带 https://、端口和路径，逗号分隔"
        for name in _listed(settings.allowed_hosts)
        if not HOST_NAME.fullmatch(name)
    ]
    return faults


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _is_network(name: str) -> bool:
    try:
        ipaddress.ip_network(name)
    except ValueError:
        return False
    return True


def _is_database_address(value: str) -> bool:
    """Whether the database's library can take it apart."""
    from sqlalchemy.engine import make_url  # only where an address is set: commands start faster without
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(value)
    except (ValueError, ArgumentError):
        return False
    return DATABASE_URL.fullmatch(value) is not None


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _unreadable(name: str) -> str:
    hints = {
        "QIYING_NOW": "要写成 2026-11-20T09:30:00+08:00 这样的时间",
        "QIYING_DEMO": "要写 1（演示）或不设",
        "QIYING_RETENTION": '要写成一行 JSON，如 {"questions": 90}',
        "QIYING_MESSAGES_PER_MINUTE": "要写一个不小于 0 的整数，0 为不限",
        "QIYING_API_REQUESTS_PER_MINUTE": "要写一个不小于 0 的整数，0 为不限",
        "QIYING_PASSWORD_DAYS": "要写一个不小于 0 的整数，0 为不要求",
        "QIYING_SEPARATE_DUTIES": "要写 1（分开）或 0（管理员什么都能看）",
        "QIYING_WECHAT_TEMPLATES": '要写成一行 JSON，如 {"ticket_resolved": {"id": "模板ID", "fields": {"thing1": "title"}}}',
    }
    return f"{name} 的值读不懂：{hints.get(name, '请对照 README 的设置一节')}"


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
    faults += aes_key_faults("QIYING_WECHAT_ENCODING_AES_KEY", settings.wechat_encoding_aes_key)
    faults += aes_key_faults(
        "QIYING_WECHAT_PREVIOUS_ENCODING_AES_KEY", settings.wechat_previous_encoding_aes_key
    )
    secret = settings.secret_key.get_secret_value()
    if secret and len(secret) < SHORTEST_KEY:
        faults.append(f"QIYING_SECRET_KEY 太短：至少 {SHORTEST_KEY} 个字符，或者不设，由程序自己生成")
    if settings.now is not None and settings.uses_real_platform:
        faults.append("QIYING_NOW 只能用于演示或测试：请删掉它")
    return faults


def demo_faults(settings: Settings) -> list[str]:
    """Why a demo may not start; empty if it may."""
    if settings.has_any_credential:
        return ["演示模式不能带公众号凭据：请删掉 QIYING_WECHAT_* 或不设 QIYING_DEMO"]
    return []


def aes_key_faults(name: str, key: SecretStr) -> list[str]:
    """Why this cannot be an EncodingAESKey; empty for one that can, or none at all."""
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
