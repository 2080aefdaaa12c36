"""`/playground`: two phones beside each other in front of the real callback. Demo mode only."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel, Field

from app.demo.platform.oauth import PHONE_COOKIE
from app.demo.platform.phone import Phone
from app.demo.platform.stand_in import StandIn
from app.demo.playground.people import DemoPerson, Side
from app.demo.playground.views import clock_view, latest, phone_view

HERE = Path(__file__).parent
FILES = {
    "playground.css": "text/css",
    "playground.js": "text/javascript",
    "phone.js": "text/javascript",
    "page.js": "text/javascript",
}
MAX_IMAGE_BYTES = 5 << 20
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Act(BaseModel):
    """What somebody does on a phone. `text` is what is said, `value` an option id, menu key or address."""

    openid: str
    do: Literal["text", "menu", "view", "follow", "unfollow", "voice", "location"]
    text: str = Field(default="", max_length=2000)
    value: str = Field(default="", max_length=1024)


class Step(BaseModel):
    """How far the demo's clock goes, in working days."""

    days: int = Field(default=1, ge=1, le=30)


def playground_router(
    platform: StandIn,
    people: Sequence[DemoPerson],
    advance: Callable[[int], object],
    *,
    reset: Callable[[], object] | None = None,
    account_name: str = "企业服务",
) -> APIRouter:
    """The page and its small API over the stand-in.

    `advance(working_days)` moves the business clock and does what falls due; `reset` puts the demo data
    back (without it only the chats are emptied). Everybody in `people` gets a phone.
    """
    for person in people:
        platform.user(person.openid, is_following=person.is_following)
    playground = _Playground(platform, people, advance, reset, account_name)
    router = APIRouter(prefix="/playground", include_in_schema=False)
    router.add_api_route("", playground.page, response_class=HTMLResponse)
    router.add_api_route("/static/{name}", playground.file)
    router.add_api_route("/api/phone", playground.phone)
    router.add_api_route("/api/media/{media_id}", playground.media)
    router.add_api_route("/api/act", playground.act, methods=["POST"], status_code=202)
    router.add_api_route("/api/image", playground.image, methods=["POST"], status_code=202)
    router.add_api_route("/api/advance", playground.advance, methods=["POST"])
    router.add_api_route("/api/reset", playground.reset, methods=["POST"])
    return router


class _Playground:
    def __init__(
        self,
        platform: StandIn,
        people: Sequence[DemoPerson],
        advance: Callable[[int], object],
        reset: Callable[[], object] | None,
        account_name: str,
    ) -> None:
        self._platform = platform
        self._people = {person.openid: person for person in people}
        self._advance = advance
        self._reset = reset
        self._account_name = account_name
        self._generation = 1
        self._templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)

    def page(self) -> HTMLResponse:
        """The page itself."""
        by_side = {side: [p for p in self._people.values() if p.side is side] for side in Side}
        html = self._templates.get_template("playground.html").render(
            account_name=self._account_name,
            cookie=PHONE_COOKIE,
            sides=[
                ("enterprise", "企业", by_side[Side.ENTERPRISE] or by_side[Side.OFFICER]),
                ("officer", "服务专员", by_side[Side.OFFICER] or by_side[Side.ENTERPRISE]),
            ],
            groups=[("企业", by_side[Side.ENTERPRISE]), ("服务专员", by_side[Side.OFFICER])],
            can_reset=self._reset is not None,
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    def file(self, name: str) -> Response:
        """Its style and script."""
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(
            HERE / "static" / name, media_type=FILES[name], headers={"Cache-Control": "no-cache"}
        )

    def phone(self, openid: str, after: int = 0, generation: int = 0) -> dict[str, Any]:
        """What is new on one phone; everything again after a reset."""
        phone = self._known(openid)
        since = after if generation == self._generation else 0
        return {
            **phone_view(self._platform.world, phone, since),
            "generation": self._generation,
            "clock": clock_view(self._platform.world),
            "latest": latest(self._platform.world),
        }

    def media(self, media_id: str) -> Response:
        """A picture that somebody sent."""
        kind, content = self._platform.world.media.get(media_id, ("", b""))
        if kind not in IMAGE_TYPES:
            raise HTTPException(404)
        return Response(content, media_type=kind, headers={"X-Content-Type-Options": "nosniff"})

    def act(self, act: Act) -> JSONResponse:
        """Do it in the background: the page sees the outcome on the phone, as a person would."""
        phone = self._known(act.openid)
        actions: dict[str, Callable[[], object]] = {
            "text": lambda: phone.send_text(act.text.strip(), act.value),
            "menu": lambda: phone.tap_menu(act.value, act.text),
            "view": lambda: phone.open_view(act.value),
            "follow": phone.follow,
            "unfollow": phone.unfollow,
            "voice": phone.send_voice,
            "location": phone.send_location,
        }
        needs_following = act.do != "follow"
        if (act.do == "text" and not act.text.strip()) or needs_following is not phone.person.is_following:
            raise HTTPException(409)
        return self._begin(actions[act.do])

    async def image(self, request: Request, openid: str) -> JSONResponse:
        """Send a picture; the body is the file itself."""
        phone = self._known(openid)
        kind = request.headers.get("content-type", "")
        if kind not in IMAGE_TYPES:
            raise HTTPException(415, "只能发图片：PNG、JPEG、GIF 或 WebP")
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_IMAGE_BYTES:
                raise HTTPException(413, "图片太大：请选 5 MB 以内的")
        return self._begin(lambda: phone.send_image(bytes(content), kind))

    def advance(self, step: Step) -> dict[str, Any]:
        """Let working days pass."""
        self._advance(step.days)
        return clock_view(self._platform.world)

    def reset(self, _body: dict[str, Any]) -> dict[str, Any]:
        """Empty the chats and put the demo data back. The body is an empty object: a form cannot send it."""
        self._platform.clear_chats()
        if self._reset is not None:
            self._reset()
        self._generation += 1
        return clock_view(self._platform.world)

    def _known(self, openid: str) -> Phone:
        if openid not in self._people:
            raise HTTPException(404)
        return self._platform.user(openid)

    def _begin(self, action: Callable[[], object]) -> JSONResponse:
        threading.Thread(target=action, daemon=True).start()
        return JSONResponse({}, 202)
