"""`GET, POST /wechat`: verify, decrypt, parse, hand over, seal the reply."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from app import log
from app.wechat.crypto import Gatekeeper, Opened, Refused, check_account
from app.wechat.parsing import Unreadable, parse
from app.wechat.xmltext import MAX_BODY_BYTES
from bot.messages import Incoming, MessageKind

SUCCESS = "success"
_UNANSWERABLE = frozenset({MessageKind.SILENT, MessageKind.UNFOLLOW})


def webhook_router(
    gatekeeper: Gatekeeper,
    receive: Callable[[Incoming], str],
    respond_budget_s: float,
    *,
    expected_account: Callable[[str], str] = lambda _seen: "",
    has_had_enough: Callable[[str], bool] = lambda _address: False,
) -> APIRouter:
    """The callback's routes.

    `receive` gives the plain reply document, or "" for a bare `success`; it de-duplicates and keeps the
    five-second rule. `respond_budget_s` (seconds) bounds how long a body may take to arrive.
    `expected_account` maps the account a message names to the one it must name ("" accepts any).
    `has_had_enough` counts a refused request of an address and says whether that was one too many; a verified
    call never counts, because the platform's own addresses carry everybody's messages.
    """
    router = APIRouter()

    async def body(request: Request) -> bytes | Refused:
        return await _capped_body(request, respond_budget_s)

    def refused(request: Request, refusal: Refused) -> Response:
        address = request.client.host if request.client else ""
        return _too_many() if has_had_enough(address) else _refusal(refusal)

    @router.get("/wechat", include_in_schema=False)
    def verify(request: Request) -> Response:
        try:
            return _plain(gatekeeper.echo(request.query_params))
        except Refused as refusal:
            return refused(request, refusal)

    @router.post("/wechat", include_in_schema=False)
    def callback(request: Request, body: Annotated[bytes | Refused, Depends(body)]) -> Response:
        try:
            if isinstance(body, Refused):
                raise body
            opened = gatekeeper.open(request.query_params, body)
            incoming = parse(opened.xml)
            if isinstance(incoming, Unreadable):
                log.event("message_unreadable", reason=incoming.reason)
                return _plain(SUCCESS)
            check_account(incoming.account, expected_account(incoming.account))
        except Refused as refusal:
            return refused(request, refusal)
        return _answer(gatekeeper, receive, incoming, opened)

    return router


def _answer(
    gatekeeper: Gatekeeper, receive: Callable[[Incoming], str], incoming: Incoming, opened: Opened
) -> Response:
    """Never `success` for a message that was not taken: the platform then sends it again."""
    try:
        reply = receive(incoming)
    except Exception as error:  # any fault below must not become a stack trace on the wire
        log.error("message_failed", error, kind=incoming.kind.value)
        return _plain("unavailable", 503)
    if not reply or incoming.kind in _UNANSWERABLE:
        return _plain(SUCCESS)
    return Response(gatekeeper.seal(reply, opened), media_type="application/xml; charset=utf-8")


async def _capped_body(request: Request, limit_s: float) -> bytes | Refused:
    """The body, read only as far as the cap: also where no length is declared or the declared one lies."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > MAX_BODY_BYTES:
        return Refused("too_large", 413)
    body = bytearray()
    try:
        async with asyncio.timeout(limit_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return Refused("too_large", 413)
    except TimeoutError:
        return Refused("slow_body", 408)
    except ClientDisconnect:
        return Refused("disconnected")
    return bytes(body)


def _refusal(refusal: Refused) -> Response:
    log.event("request_refused", reason=refusal.reason)
    response = _plain("refused", refusal.status_code)
    if refusal.status_code != 403:  # the rest of the body is not read, so the connection cannot serve on
        response.headers["Connection"] = "close"
    return response


def _too_many() -> Response:
    """Not logged each time: that is what a flood would want."""
    response = _plain("too many requests", 429)
    response.headers["Retry-After"] = "60"
    response.headers["Connection"] = "close"
    return response


def _plain(text: str, status_code: int = 200) -> PlainTextResponse:
    return PlainTextResponse(text, status_code, headers={"X-Content-Type-Options": "nosniff"})
