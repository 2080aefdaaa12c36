"""The gate of the callback: signatures, freshness, AES, account. Security mode only.

In plaintext mode the signature does not cover the body, so one captured query string would forge an
officer's command; a body without `Encrypt` is therefore refused as a downgrade.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from app.clock import real_now
from app.errors import ConfigurationError
from app.settings import Settings
from app.wechat.xmltext import MAX_BODY_BYTES, XmlError, read_root

FRESHNESS_S = 300
AES_KEY_CHARS = 43

_TIMESTAMP = re.compile(r"[0-9]{10}")
_ENCRYPTED = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Refused(Exception):
    """The caller is not the platform, or not our account. `reason` is a code for the log, never content."""

    def __init__(self, reason: str, status_code: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status_code = status_code


@dataclass(frozen=True)
class Credentials:
    """What the account's console shows. The previous pair is accepted during a rotation."""

    app_id: str
    token: str
    aes_key: str
    previous_token: str = ""
    previous_aes_key: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> "Credentials":
        """The account of these settings."""
        return cls(
            app_id=settings.wechat_app_id,
            token=settings.wechat_token.get_secret_value(),
            aes_key=settings.wechat_encoding_aes_key.get_secret_value(),
            previous_token=settings.wechat_previous_token.get_secret_value(),
            previous_aes_key=settings.wechat_previous_encoding_aes_key.get_secret_value(),
        )

    def __repr__(self) -> str:
        """Never the secrets: this value passes through tracebacks."""
        return f"Credentials(app_id={self.app_id!r})"


@dataclass(frozen=True)
class Opened:
    """A verified, decrypted body, and the token and key that fitted: the reply is sealed with the same."""

    xml: str
    token: str
    cipher: "_Cipher"


class Gatekeeper:
    """Verifies, opens and seals for one account; holds no state and may be shared by threads."""

    def __init__(self, credentials: Credentials, *, now: Callable[[], datetime] = real_now) -> None:
        """Raise ConfigurationError for an empty token or AppID or a key that is not 43 characters."""
        faults = _credential_faults(credentials)
        if faults:
            raise ConfigurationError(faults)
        self._app_id = credentials.app_id
        self._tokens = [token for token in (credentials.token, credentials.previous_token) if token]
        keys = [key for key in (credentials.aes_key, credentials.previous_aes_key) if key]
        self._ciphers = [_Cipher(_decoded(key)) for key in keys]
        self._now = now

    def echo(self, query: Mapping[str, str]) -> str:
        """The `echostr` to answer when the console verifies the address; raise Refused."""
        self._verified_token(query)
        return _required(query, "echostr")

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """Check everything that can be checked outside the message and decrypt it; raise Refused."""
        if len(body) > MAX_BODY_BYTES:
            raise Refused("too_large", 413)
        token = self._verified_token(query)
        if query.get("encrypt_type") != "aes":
            raise Refused("downgrade")
        message_signature = _required(query, "msg_signature")
        encrypted = _encrypted_part(body)
        if not _same(message_signature, _signature(token, query["timestamp"], query["nonce"], encrypted)):
            raise Refused("msg_signature")
        for cipher in self._ciphers:
            xml = cipher.decrypted(encrypted, self._app_id)
            if xml is not None:
                return Opened(xml, token, cipher)
        raise Refused("decryption")

    def seal(self, xml: str, opened: Opened) -> str:
        """The encrypted, signed envelope around a reply."""
        timestamp = str(int(self._now().timestamp()))
        nonce = str(secrets.randbelow(9 * 10**9) + 10**9)
        encrypted = opened.cipher.encrypt(xml, self._app_id).decode("ascii")
        signature = _signature(opened.token, timestamp, nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def _verified_token(self, query: Mapping[str, str]) -> str:
        """The token whose signature fits. The timestamp's form is checked too: the signed text has no
        separators, so a digit moved over from the nonce would keep the signature valid."""
        signature, timestamp, nonce = (_required(query, name) for name in ("signature", "timestamp", "nonce"))
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Refused("timestamp")
        if abs(self._now().timestamp() - int(timestamp)) > FRESHNESS_S:
            raise Refused("stale")
        for token in self._tokens:
            if _same(signature, _signature(token, timestamp, nonce)):
                return token
        raise Refused("signature")


def check_account(account: str, expected: str) -> None:
    """Refuse a message that is addressed to another account; an empty `expected` accepts any."""
    if expected and not _same(account, expected):
        raise Refused("account")


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's AES with an unpredictable prefix and one outcome for every way to fail."""

    def get_random_string(self) -> str:
        """16 characters: with a fixed IV the prefix is what keeps equal replies from looking equal."""
        return secrets.token_hex(8)

    def decrypted(self, encrypted: str, app_id: str) -> str | None:
        """The message, or None if it was not encrypted with this key for this AppID."""
        try:
            return str(self.decrypt(encrypted, app_id))
        except Exception:  # wechatpy: IndexError, ValueError, struct.error, UnicodeDecodeError and its own
            return None


def _signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*(part.encode("utf-8", "replace") for part in parts))  # half a character is no text
    return str(signer.signature)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8"))


def _required(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "")
    if not value:
        raise Refused(f"missing_{name}")
    return value


def _encrypted_part(body: bytes) -> str:
    """`Encrypt` of the outer document; in compatible mode its plain fields are ignored."""
    try:
        encrypted = read_root(body.decode("utf-8-sig")).get("Encrypt")
    except (XmlError, UnicodeDecodeError):
        raise Refused("envelope") from None
    if not isinstance(encrypted, str):
        raise Refused("downgrade")
    if not _ENCRYPTED.fullmatch(encrypted):
        raise Refused("encrypt")
    return encrypted


def _credential_faults(credentials: Credentials) -> list[str]:
    faults = []
    if not credentials.token:
        faults.append("QIYING_WECHAT_TOKEN 是空的：空令牌谁都能伪造消息，请从公众平台复制")
    if not credentials.app_id:
        faults.append("QIYING_WECHAT_APP_ID 是空的：请从公众平台复制")
    keys = {"QIYING_WECHAT_ENCODING_AES_KEY": credentials.aes_key}
    if credentials.previous_aes_key:
        keys["QIYING_WECHAT_PREVIOUS_ENCODING_AES_KEY"] = credentials.previous_aes_key
    for name, key in keys.items():
        if len(_decoded(key)) != 32:
            faults.append(f"{name} 应是 {AES_KEY_CHARS} 个字母或数字（现在是 {len(key)} 个字符）")
    return faults


def _decoded(key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey, or nothing if it is not one."""
    if len(key) != AES_KEY_CHARS:
        return b""
    try:
        return base64.b64decode(key + "=", validate=True)
    except (binascii.Error, ValueError):
        return b""
