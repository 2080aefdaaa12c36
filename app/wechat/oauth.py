"""Who is reading a page: WeChat's web sign-in with `snsapi_base`, silent, and it gives the chat's openid.

The answer's tokens are not kept, and no address that holds the secret is ever logged.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import requests

from app import log
from app.errors import AppError
from app.settings import Settings

REAL_SIGN_IN = "https://open.weixin.qq.com"
TIMEOUT = (3.0, 5.0)
AGAIN = "没能确认您的微信身份，请关掉这一页，从对话里的链接再进一次"
PREVIEW = "现在是预览模式，看不到您的身份：请点右下角「使用完整服务」再试"


class SignIn:
    """One account's sign-in."""

    def __init__(self, app_id: str, secret: Callable[[], str], api_base: str, page_base: str) -> None:
        self._app_id = app_id
        self._secret = secret
        self._api_base = api_base.rstrip("/")
        self._page_base = page_base.rstrip("/")

    @classmethod
    def from_settings(cls, settings: Settings) -> "SignIn":
        """The configured account's; a platform on this machine serves the sign-in page itself."""
        api = settings.wechat_api_base_url
        page = REAL_SIGN_IN if settings.uses_real_platform else api
        return cls(settings.wechat_app_id, settings.wechat_app_secret.get_secret_value, api, page)

    def address(self, back: str, state: str) -> str:
        """Where to send the reader; WeChat sends them on to `back` with a code and this state."""
        query = urlencode(
            {
                "appid": self._app_id,
                "redirect_uri": back,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
            }
        )
        return f"{self._page_base}/connect/oauth2/authorize?{query}#wechat_redirect"

    def openid(self, code: str) -> str:
        """The person behind a code; AppError with what to do where there is none (used, expired, preview)."""
        query = {
            "appid": self._app_id,
            "secret": self._secret(),
            "code": code[:512],
            "grant_type": "authorization_code",
        }
        try:
            answer = requests.get(
                f"{self._api_base}/sns/oauth2/access_token",
                params=query,
                timeout=TIMEOUT,
                allow_redirects=False,
            ).json()
        except (requests.RequestException, ValueError) as error:
            log.event("sign_in_failed", reason=type(error).__name__)
            raise AppError(AGAIN) from None
        if answer.get("is_snapshotuser"):
            raise AppError(PREVIEW)
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            log.event("sign_in_failed", reason=str(answer.get("errcode", "no openid")))
            raise AppError(AGAIN)
        return openid
