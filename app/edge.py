"""The outermost layer: a kind answer for what does not exist or breaks, and only hosts that are ours.

Nothing of an exception reaches the wire or the server's own log: its text may hold what somebody wrote.
"""

import secrets
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log
from app.settings import LOOPBACK_HOSTS

NOT_HERE = "没有这个地址。要找企业服务，请在微信里打开公众号对话；工作人员请从 /admin 进入后台。"
NOT_THIS_WAY = "这个地址不能这样访问。"
FAILED = "服务出了点问题，请稍后再试；一直这样，请把编号告诉管理员。"
WRONG_HOST = "这个域名不是本服务的地址。"
PROBES = ("/healthz", "/readyz", "/metrics")
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>打不开这一页</title><link rel="stylesheet" href="/phone-static/phone.css"></head>
<body><main class="page"><section class="message"><h1>打不开这一页</h1><p>{}</p></section></main></body></html>
"""
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'",
    "Cache-Control": "no-store",
}


def add_kind_answers(app: FastAPI) -> None:
    """Unknown paths and methods answer in Chinese."""

    async def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        message = {404: NOT_HERE, 405: NOT_THIS_WAY}.get(status, FAILED if status >= 500 else NOT_THIS_WAY)
        headers = error.headers if isinstance(error, HTTPException) else None
        return _said(request.scope, message, status, headers=headers)

    app.add_exception_handler(HTTPException, answer)


class Edge:
    """ASGI: refuses foreign hosts and turns whatever breaks below into one sentence with a number to quote."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self._is_ours(scope):
            log.event("request_refused", reason="host")
            await _said(scope, WRONG_HOST, 421)(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # answered as GET is; the server leaves out the body
            scope = {**scope, "method": "GET"}
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # the edge of the process
            number = secrets.token_hex(4)
            log.error("page_failed", error, number=number)
            if not has_started:
                await _said(scope, FAILED, 500, number=number)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        if not self.hosts or scope["path"] in PROBES:
            return True
        values = [value for name, value in scope["headers"] if name == b"host"]
        return len(values) == 1 and host_of(values[0].decode("latin-1")) in self.hosts


def _said(
    scope: Scope, message: str, status: int, *, number: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """A page for a browser, which says that it reads HTML; JSON for every other program."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"text/html" in accepted:
        words = f"{message}编号：{number}" if number else message
        return HTMLResponse(PAGE.format(escape(words)), status, headers={**PAGE_HEADERS, **(headers or {})})
    content = {"message": message, "number": number} if number else {"message": message}
    return JSONResponse(content, status, headers=headers)


def known_hosts(public_url: str, extra: str) -> frozenset[str]:
    """The names this server answers to; empty (any) while the public address is still this machine's own."""
    own = (urlsplit(public_url).hostname or "").lower()
    if own in LOOPBACK_HOSTS:
        return frozenset()
    named = {host.strip().lower() for host in extra.split(",") if host.strip()}
    return frozenset({own, *named, *LOOPBACK_HOSTS})


def host_of(value: str) -> str:
    """The name in a Host header, without port and brackets; "" for what is none."""
    try:
        return (urlsplit(f"//{value}").hostname or "").lower()
    except ValueError:
        return ""
