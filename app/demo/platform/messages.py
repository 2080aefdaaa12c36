"""`message/custom/*`: customer-service messages inside the window that a contact opens."""

from typing import Any

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import World

MAX_TEXT_BYTES = 2048
_WITH_MEDIA = frozenset({"image", "voice", "video", "mpnews"})
_TYPES = _WITH_MEDIA | {
    "text",
    "music",
    "news",
    "mpnewsarticle",
    "msgmenu",
    "wxcard",
    "miniprogrampage",
}


def send_custom(world: World, call: ApiCall) -> dict[str, Any]:
    """Check in the platform's order, use up one message of a window, show the message."""
    request = call.json()
    person = world.person(request.get("touser"))
    kind = request.get("msgtype")
    if kind not in _TYPES:
        raise ApiError(40008)
    content = request.get(kind)
    if not isinstance(content, dict):
        raise ApiError(44004)
    text = _checked_text(world, kind, content)
    world.take_from_window(person)
    if person.rejects_messages:
        raise ApiError(48002)
    world.show(person, "custom", text, details={"type": kind, **_details(kind, content)})
    return {"errcode": 0, "errmsg": "ok"}


def typing(world: World, call: ApiCall) -> dict[str, Any]:
    """The «正在输入» hint; it needs an open window and uses nothing."""
    request = call.json()
    person = world.person(request.get("touser"))
    now = world.clock.now()
    if not any(window.until > now for window in person.windows.values()):
        raise ApiError(45015)
    return {"errcode": 0, "errmsg": "ok"}


def _checked_text(world: World, kind: str, content: dict[str, Any]) -> str:
    if kind == "news":
        return _news_text(content)
    if kind in _WITH_MEDIA:
        media_id = content.get("media_id")
        if not media_id:
            raise ApiError(41006)
        if media_id not in world.media:
            raise ApiError(40007)
        return f"[{kind}]"
    if kind == "msgmenu":
        return _menu_text(world, content)
    if kind == "text":
        return _sized(str(content.get("content") or ""))
    return str(content.get("title") or f"[{kind}]")


def _news_text(content: dict[str, Any]) -> str:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        raise ApiError(44003)
    if len(articles) > 1:
        raise ApiError(45008)
    return str(articles[0].get("title", ""))


def _menu_text(world: World, content: dict[str, Any]) -> str:
    if not world.account.is_verified:
        raise ApiError(48001)
    items = [str(item.get("content", "")) for item in content.get("list", [])]
    lines = [str(content.get("head_content") or ""), *items, str(content.get("tail_content") or "")]
    return _sized("\n".join(line for line in lines if line))


def _sized(text: str) -> str:
    if not text:
        raise ApiError(44004)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ApiError(45002)
    return text


def _details(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    if kind == "msgmenu":
        return {"options": content.get("list", [])}
    if kind == "news":
        article = content["articles"][0]
        names = {"title": "title", "description": "description", "picture": "picurl", "url": "url"}
        return {"article": {name: str(article.get(key, "")) for name, key in names.items()}}
    return {"media_id": content["media_id"]} if kind in _WITH_MEDIA else {}
