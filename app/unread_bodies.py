"""What a door did not read of a request is read and dropped, so that its refusal arrives.

A server that hangs up with bytes of the body still coming makes the sender's system throw away the answer
(RFC 9112, 9.6): instead of «图片太大» the person would see a broken connection.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 2**20
LONGEST_S = 10.0
TOO_LARGE = 413
BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class HearOut:
    """ASGI: holds back the end of an answer until the body has been heard, within 64 MiB and ten seconds.

    Not where the answer itself says `Connection: close`, except to say «too large»: the callback hangs up on what
    is hostile, but a sender of too much should hear why.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        has_body = scope["type"] == "http" and any(name in BODY_HEADERS for name, _ in scope["headers"])
        if not has_body:
            await self.app(scope, receive, send)
            return
        is_over = False

        async def heard() -> Message:
            nonlocal is_over
            message = await receive()
            is_over = not message.get("more_body", False)
            return message

        async def held(message: Message) -> None:
            nonlocal is_over
            if message["type"] == "http.response.start":
                is_over = is_over or (
                    message["status"] != TOO_LARGE and (b"connection", b"close") in _lowered(message)
                )
            if not is_over and not message.get("more_body", False) and "body" in message:
                await send({**message, "more_body": True})
                await _drop(heard)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app(scope, heard, held)


async def _drop(receive: Receive) -> None:
    left = MOST_BYTES
    try:
        async with asyncio.timeout(LONGEST_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _lowered(message: Message) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value.lower()) for name, value in message.get("headers", [])]
