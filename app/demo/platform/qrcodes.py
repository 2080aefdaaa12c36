"""QR codes with a scene, and the small endpoints that need no file of their own."""

import io
import secrets
from datetime import timedelta
from typing import Any

import segno

from app.demo.platform.calls import ApiCall, RawAnswer
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import World

LONGEST_S = 2_592_000
SHORTEST_S = 30
PERMANENT = 100_000
CLEARS_PER_MONTH = 10
_MEDIA_LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}


def create(world: World, call: ApiCall) -> dict[str, Any]:
    """A ticket for a temporary or permanent code; error 40053 for anything out of range."""
    request = call.json()
    action = str(request.get("action_name"))
    scene = ((request.get("action_info") or {}).get("scene")) or {}
    value = scene.get("scene_str") if "STR" in action else scene.get("scene_id")
    is_temporary = action in ("QR_SCENE", "QR_STR_SCENE")
    if not is_temporary and action not in ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise ApiError(40053)
    if not _is_scene(value, most=2**32 - 1 if is_temporary else PERMANENT):
        raise ApiError(40053)
    if not is_temporary and world.next("permanent_qrcode") > PERMANENT:
        raise ApiError(40053)
    ticket = "gQ" + secrets.token_urlsafe(69)
    code: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{secrets.token_urlsafe(16)}"}
    stored: dict[str, Any] = {"scene": str(value), "until": None, "url": code["url"]}
    if is_temporary:
        seconds = min(max(int(request.get("expire_seconds") or SHORTEST_S), 1), LONGEST_S)
        code["expire_seconds"] = seconds
        stored["until"] = world.clock.now() + timedelta(seconds=seconds)
    world.qrcodes[ticket] = stored
    return code


def picture(world: World, call: ApiCall) -> RawAnswer:
    """The picture of a ticket."""
    if call.query.get("ticket") not in world.qrcodes:
        return RawAnswer(b"", "text/html", 404)
    drawn = io.BytesIO()
    segno.make(world.qrcodes[call.query["ticket"]]["url"], error="m").save(drawn, kind="png", scale=8)
    return RawAnswer(drawn.getvalue(), "image/png")


def addresses(_world: World, _call: ApiCall) -> dict[str, Any]:
    """Where callbacks come from."""
    return {"ip_list": ["127.0.0.1"]}


def js_ticket(_world: World, _call: ApiCall) -> dict[str, Any]:
    """For signing pages."""
    return {"errcode": 0, "errmsg": "ok", "ticket": secrets.token_urlsafe(64), "expires_in": 7200}


def clear_quota(world: World, call: ApiCall) -> dict[str, Any]:
    """Ten times a month."""
    if call.json().get("appid") != world.account.app_id:
        raise ApiError(40013)
    if world.next(f"clear_quota {world.clock.now():%Y-%m}") > CLEARS_PER_MONTH:
        raise ApiError(48006)
    world.quota.clear()
    return {"errcode": 0, "errmsg": "ok"}


def download(world: World, call: ApiCall) -> RawAnswer:
    """A file that a person or the bot sent."""
    found = world.media.get(call.query.get("media_id", ""))
    if found is None:
        raise ApiError(40007)
    kind, content = found
    return RawAnswer(content, kind, headers={"Content-disposition": 'attachment; filename="media"'})


def upload(world: World, call: ApiCall) -> dict[str, Any]:
    """A file for sending; the multipart body must hold one `media` part."""
    kind = call.query.get("type", "")
    if kind not in _MEDIA_LIMITS:
        raise ApiError(40004)
    content = _file_part(call)
    if not content:
        raise ApiError(44002)
    if len(content) > _MEDIA_LIMITS[kind]:
        raise ApiError(40006)
    media_id = keep(world, "application/octet-stream", content)
    return {"type": kind, "media_id": media_id, "created_at": int(world.clock.now().timestamp())}


def keep(world: World, content_type: str, content: bytes) -> str:
    """Store a file and give its id."""
    media_id = secrets.token_urlsafe(48)
    world.media[media_id] = (content_type, content)
    return media_id


def _is_scene(value: Any, *, most: int) -> bool:
    if isinstance(value, str):
        return 1 <= len(value) <= 64
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _file_part(call: ApiCall) -> bytes:
    marker = call.headers.get("content-type", "").partition("boundary=")[2].strip('"')
    if not marker:
        return call.body
    for part in call.body.split(b"--" + marker.encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="media"' in head:
            return content.removesuffix(b"\r\n")
    return b""
