"""What `qiying setup` tries against the world: values of the right form, the platform's token, our own callback."""

import hashlib
import re
import secrets
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from app.cli.envfile import is_writable_value
from app.clock import real_now
from app.db import Database
from app.districts.loader import load_profile
from app.errors import ConfigurationError
from app.outbox.ports import DeliveryError
from app.settings import LOOPBACK_HOSTS, Settings, aes_key_faults
from app.wechat.client import BotClient

TIMEOUT_S = 5
TOKEN_ADVICE = {
    40164: "本服务器的出口地址不在白名单：到「设置与开发 → 基本配置 → IP 白名单」加上",
    40013: "AppID 不对：到「设置与开发 → 基本配置」重新复制",
    40125: "AppSecret 不对：到「设置与开发 → 基本配置」重置后重新填",
    40001: "AppSecret 不对：到「设置与开发 → 基本配置」重置后重新填",
    40243: "AppSecret 被冻结：到「设置与开发 → 基本配置」解冻",
    50002: "账号被限制使用接口：看公众平台的通知",
}
NOT_REACHED = "连不上微信接口：检查这台服务器能不能访问 api.weixin.qq.com"
# The callback's own answers, as this server gives them.
CALLBACK_ADVICE = {
    403: "服务在运行，但不认这个 Token：设置改过以后要重启服务；本机时间差超过 5 分钟也会这样",
    404: "这个地址后面不是企应：检查反向代理有没有把 /wechat 转到本服务",
    421: "服务不认这个域名：QIYING_PUBLIC_URL 要与域名一致，改后重启服务",
    429: "刚才试错太多次，一分钟后再试",
    502: "反向代理后面的服务没有启动",
    503: "服务启动了但收不了消息：看 qiying doctor",
}


def district_fault(value: str) -> str:
    """Why this district cannot be used."""
    if not is_writable_value(value):
        return "不能有空格、引号、# 或 $"
    try:
        load_profile(value)
    except ConfigurationError as error:
        return error.message
    return ""


def url_fault(value: str) -> str:
    """Why phones could not use this address."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "不是网址：要写成 https://域名"
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_writable_value(value):
        return "不是网址：要写成 https://域名"
    if parts.hostname in LOOPBACK_HOSTS:
        return ""
    if parts.scheme != "https":
        return "要用 https：手机页面和公众平台都要证书"
    if port not in (None, 443) or parts.path.strip("/") or parts.query:
        return "只写到域名：公众平台只连 443 端口，后面不带路径"
    return ""


def app_id_fault(value: str) -> str:
    """AppID: wx and sixteen letters or digits."""
    return "" if re.fullmatch(r"wx[0-9a-zA-Z]{16}", value) else "AppID 以 wx 开头，一共 18 位"


def app_secret_fault(value: str) -> str:
    """AppSecret: 32 letters or digits."""
    return "" if re.fullmatch(r"[0-9a-zA-Z]{32}", value) else f"AppSecret 是 32 位，现在是 {len(value)} 位"


def token_fault(value: str) -> str:
    """Token: 3 to 32 letters or digits, as the console asks."""
    return "" if re.fullmatch(r"[0-9a-zA-Z]{3,32}", value) else "Token 要 3 到 32 位字母或数字"


def aes_key_fault(value: str) -> str:
    """EncodingAESKey: 43 letters or digits that decode to a key."""
    faults = aes_key_faults("EncodingAESKey", SecretStr(value)) if value else ["EncodingAESKey 是 43 位"]
    return faults[0] if faults else ""


def original_id_fault(value: str) -> str:
    """The account's own id, or nothing."""
    return (
        "" if not value or re.fullmatch(r"gh_[0-9a-zA-Z]{12}", value) else "原始 ID 以 gh_ 开头，一共 15 位"
    )


def username_fault(value: str) -> str:
    """The account name of the panel."""
    return "" if re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,31}", value) else "账号用小写字母和数字，2 到 32 个字符"


def try_token(settings: Settings, db: Database) -> str:
    """Ask the platform for a token with the credentials as they are now; why it refused, "" if it did not."""
    tokens = BotClient.from_settings(settings, db).tokens
    try:
        tokens.replacement(tokens.current())
    except DeliveryError as error:
        known = TOKEN_ADVICE.get(error.code) if error.code is not None else NOT_REACHED
        return known or f"微信拒绝了（错误码 {error.code}）：到公众平台「错误码」查含义"
    return ""


def try_callback(settings: Settings) -> str:
    """Do what the console does when the address is saved; why it would refuse, "" if it would not."""
    timestamp, nonce = str(int(real_now().timestamp())), str(secrets.randbelow(9 * 10**8) + 10**8)
    echo = str(secrets.randbelow(10**18))
    token = settings.wechat_token.get_secret_value()
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()  # noqa: S324 - the platform's own
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    address = f"{settings.public_url.rstrip('/')}/wechat"
    try:
        answer = requests.get(address, params=query, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.exceptions.SSLError:
        return "证书有问题：要用受信任的证书，并带上中间证书"
    except requests.Timeout:
        return "5 秒内没有回答：检查防火墙和反向代理"
    except requests.RequestException:
        return "连不上：服务还没启动，或域名没有指到这台服务器"
    if answer.status_code == 200 and answer.text == echo:
        return ""
    return CALLBACK_ADVICE.get(answer.status_code, f"回答不对（HTTP {answer.status_code}）：检查反向代理")
