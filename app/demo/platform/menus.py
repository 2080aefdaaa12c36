"""`menu/*`: the default menu and those for tagged followers."""

from typing import Any

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import World

_TYPES = frozenset(
    {
        "click",
        "view",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "media_id",
        "article_id",
        "miniprogram",
    }
)
_PRIVATE_CRITERIA = frozenset({"sex", "country", "province", "city", "language"})
OK = {"errcode": 0, "errmsg": "ok"}


def create(world: World, call: ApiCall) -> dict[str, Any]:
    """Replace the default menu."""
    buttons = call.json().get("button")
    _check_buttons(buttons, most=3, name_bytes=16, codes=(40016, 40018))
    world.default_menu = {"button": buttons}
    return OK


def get(world: World, _call: ApiCall) -> dict[str, Any]:
    """Both kinds; error 46003 without a default menu."""
    if world.default_menu is None:
        raise ApiError(46003)
    answer: dict[str, Any] = {"menu": world.default_menu}
    if world.conditional_menus:
        answer["conditionalmenu"] = list(reversed(world.conditional_menus))
    return answer


def delete(world: World, _call: ApiCall) -> dict[str, Any]:
    """All menus go."""
    world.default_menu = None
    world.conditional_menus = []
    return OK


def add_conditional(world: World, call: ApiCall) -> dict[str, Any]:
    """A menu for the followers with a tag; it needs a default one to fall back to."""
    request = call.json()
    rule = request.get("matchrule")
    if world.default_menu is None:
        raise ApiError(65303)
    if not isinstance(rule, dict) or not any(rule.values()):
        raise ApiError(65304)
    if _PRIVATE_CRITERIA & {key for key, value in rule.items() if value}:
        raise ApiError(65320)
    _check_buttons(request.get("button"), most=3, name_bytes=16, codes=(40016, 40018))
    menu_id = str(world.next("menu", 400_000_001))
    world.conditional_menus.append({"button": request["button"], "matchrule": rule, "menuid": menu_id})
    return {"menuid": menu_id}


def delete_conditional(world: World, call: ApiCall) -> dict[str, Any]:
    """One goes; error 65301 if it is unknown."""
    menu_id = str(call.json().get("menuid"))
    left = [menu for menu in world.conditional_menus if menu["menuid"] != menu_id]
    if len(left) == len(world.conditional_menus):
        raise ApiError(65301)
    world.conditional_menus = left
    return OK


def try_match(world: World, call: ApiCall) -> dict[str, Any]:
    """What this follower's phone shows."""
    menu = world.menu_for(world.person(call.json().get("user_id")))
    if menu is None:
        raise ApiError(46003)
    return {"menu": {"button": menu["button"]}}


def _check_buttons(buttons: Any, *, most: int, name_bytes: int, codes: tuple[int, int]) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= most:
        raise ApiError(codes[0])
    for button in buttons:
        name = str(button.get("name", ""))
        if not name or len(name.encode()) > name_bytes:
            raise ApiError(codes[1])
        if button.get("sub_button"):
            _check_buttons(button["sub_button"], most=5, name_bytes=60, codes=(40023, 40025))
        else:
            _check_leaf(button)


def _check_leaf(button: dict[str, Any]) -> None:
    kind = button.get("type")
    if kind not in _TYPES:
        raise ApiError(40015)
    key, url = str(button.get("key", "")), str(button.get("url", ""))
    if kind == "view" and not 1 <= len(url.encode()) <= 1024:
        raise ApiError(40020)
    if kind not in ("view", "miniprogram", "media_id", "article_id") and not 1 <= len(key.encode()) <= 128:
        raise ApiError(40019)
