"""The platform's HTTP interface over wechatpy, with its gaps closed.

wechatpy 1.8.18 retries a refused token without limit, asks for it without a time limit at a fixed address,
and returns an answer that is no JSON as if it were a success; its exceptions carry the URL with the token.
So every call goes through `BotClient.call`: at most one new token and one repeat, a time limit everywhere,
and a `DeliveryError` that names endpoint and code only.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from app import log
from app.db import Database
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.settings import Settings
from app.wechat import errcodes
from app.wechat.tokens import Tokens

TIMEOUT = (3.0, 5.0)
CHUNK = 64 * 1024
GATEWAY_TIMEOUTS = (408, 504)
NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, NameResolutionError, SSLError)


@dataclass(frozen=True)
class Fault:
    """A failed call; `code` is the platform's, None if it gave none."""

    kind: ErrorKind
    message: str
    is_alarming: bool = False
    code: int | None = None

    def error(self) -> DeliveryError:
        """As the exception that callers see."""
        return DeliveryError(self.kind, self.message, is_alarming=self.is_alarming, code=self.code)


class _Http(requests.Session):
    """A time limit on every call, no proxy from the environment, no redirect, a connection of its own.

    A pooled connection that the platform closed meanwhile would look like a message that may have arrived.
    """

    def __init__(self, timeout: tuple[float, float]) -> None:
        super().__init__()
        self._timeout = timeout

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does, within the limits above."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        kwargs["allow_redirects"] = False
        with requests.Session() as once:
            once.trust_env = False
            once.headers["Connection"] = "close"
            return once.request(*args, **kwargs)


class BotClient(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """One account's calls. Threads may share it."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        base_url: str,
        db: Database,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        super().__init__(app_id, secret, timeout=timeout, auto_retry=False)
        self.API_BASE_URL = base_url.rstrip("/") + "/cgi-bin/"
        self._http = _Http(timeout)
        self.tokens = Tokens(db, app_id, self._fetch_stable_token)
        # urllib3 writes whole URLs, tokens included, at DEBUG
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    @classmethod
    def from_settings(cls, settings: Settings, db: Database) -> "BotClient":
        """The client of the configured account."""
        secret = settings.wechat_app_secret.get_secret_value()
        return cls(settings.wechat_app_id, secret, settings.wechat_api_base_url, db)

    @property
    def access_token(self) -> str:
        """For wechatpy's own helpers; ours pass the token themselves."""
        return self.tokens.current()

    def fetch_access_token(self) -> None:
        """wechatpy's hook; the store behind `tokens` decides."""
        self.tokens.current()

    def call(self, endpoint: str, payload: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """POST `payload` (GET without one) to `/cgi-bin/{endpoint}`; the decoded answer.

        Raises DeliveryError. A refused token is replaced once and the call repeated once.
        """
        token = self.tokens.current()
        answer = self._attempt(endpoint, payload, {**query, "access_token": token})
        if isinstance(answer, Fault) and answer.code in errcodes.TOKEN_REJECTED:
            fresh = self.tokens.replacement(token)
            if fresh != token:
                answer = self._attempt(endpoint, payload, {**query, "access_token": fresh})
        if isinstance(answer, Fault):
            raise answer.error()
        return answer

    def download(self, endpoint: str, limit: int, **query: str) -> bytes:
        """GET a file of at most `limit` bytes; raises DeliveryError, also for a JSON error in its place."""
        token = self.tokens.current()
        content = self._attempt_download(endpoint, limit, {**query, "access_token": token})
        if isinstance(content, Fault) and content.code in errcodes.TOKEN_REJECTED:
            fresh = self.tokens.replacement(token)
            if fresh != token:
                content = self._attempt_download(endpoint, limit, {**query, "access_token": fresh})
        if isinstance(content, Fault):
            raise content.error()
        return content

    def _attempt(
        self, endpoint: str, payload: dict[str, Any] | None, query: dict[str, str | None]
    ) -> dict[str, Any] | Fault:
        try:
            if payload is None:
                result = self.get(endpoint, params=query)
            else:
                result = self.post(endpoint, data=payload, params=query)
        except (WeChatClientException, requests.RequestException, ValueError) as error:
            return _fault(endpoint, error)
        if not isinstance(result, dict):
            return Fault(ErrorKind.UNREACHABLE, f"{endpoint}: answer is not JSON")
        return result

    def _attempt_download(self, endpoint: str, limit: int, query: dict[str, str]) -> bytes | Fault:
        content = b""
        try:
            with self._http.get(self.API_BASE_URL + endpoint, params=query, stream=True) as response:
                response.raise_for_status()
                for chunk in response.iter_content(CHUNK):
                    content += chunk
                    if len(content) > limit:
                        return Fault(ErrorKind.CONTENT, f"{endpoint}: larger than {limit} bytes")
        except requests.RequestException as error:
            return _fault(endpoint, error)
        if content[:1] in (b"", b"{", b"<"):
            return _no_file(endpoint, content)
        return content

    def _fetch_stable_token(self) -> tuple[str, int]:
        payload = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        answer = self._attempt("stable_token", payload, {"access_token": None})
        if isinstance(answer, Fault):
            fault = _on_token_endpoint(answer)
        elif isinstance(answer.get("access_token"), str) and str(answer.get("expires_in")).isdigit():
            return answer["access_token"], int(answer["expires_in"])
        else:
            fault = Fault(ErrorKind.UNREACHABLE, "stable_token: no token in the answer")
        log.event("token_failed", level=logging.ERROR, reason=fault.message)
        raise fault.error()


def _on_token_endpoint(fault: Fault) -> Fault:
    """No message was on its way, so nothing is ambiguous; any refusal is a matter of configuration."""
    if fault.kind in (ErrorKind.AMBIGUOUS, ErrorKind.UNREACHABLE, ErrorKind.BUSY):
        return Fault(ErrorKind.UNREACHABLE, fault.message)
    return Fault(ErrorKind.CREDENTIAL, fault.message, is_alarming=True, code=fault.code)


def _fault(endpoint: str, error: Exception) -> Fault:
    """Nothing of the exception's own text goes on: it may hold the URL with the token."""
    if isinstance(error, WeChatClientException) and error.errcode is not None:
        return _refusal(endpoint, error.errcode)
    if isinstance(error, WeChatClientException | requests.HTTPError):
        status = error.response.status_code
        kind = ErrorKind.AMBIGUOUS if status in GATEWAY_TIMEOUTS else ErrorKind.UNREACHABLE
        return Fault(kind, f"{endpoint}: HTTP {status}")
    if isinstance(error, requests.RequestException):
        kind = ErrorKind.UNREACHABLE if _never_connected(error) else ErrorKind.AMBIGUOUS
        return Fault(kind, f"{endpoint}: {type(error).__name__}")
    return Fault(ErrorKind.UNEXPLAINED, f"{endpoint}: answer cannot be read", is_alarming=True)


def _no_file(endpoint: str, content: bytes) -> Fault:
    """What came in a file's place: the platform's JSON error, or something that is not the platform."""
    try:
        code = int(json.loads(content)["errcode"])
    except (ValueError, KeyError, TypeError):
        return Fault(ErrorKind.UNREACHABLE, f"{endpoint}: no file in the answer")
    return _refusal(endpoint, code)


def _refusal(endpoint: str, code: int) -> Fault:
    reaction = errcodes.reaction(code)
    return Fault(reaction.kind, f"{endpoint}: errcode {code}", reaction.is_alarming, code)


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NOT_CONNECTED)
