"""`user/*` and `tags/*`: what the account may know of its followers, and its labels for them."""

from typing import Any

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.world import Person, World

PAGE = 10_000
MAX_PER_CALL = 50
MAX_TAGS_OF_ONE = 20
MAX_TAGS = 100
OK = {"errcode": 0, "errmsg": "ok"}


def info(world: World, call: ApiCall) -> dict[str, Any]:
    """One person; no name and no picture since 2021."""
    person = world.person(call.query.get("openid"))
    if not person.is_following:
        return {"subscribe": 0, "openid": person.openid}
    return {
        "subscribe": 1,
        "openid": person.openid,
        "nickname": "",
        "headimgurl": "",
        "language": "zh_CN",
        "subscribe_time": int(person.followed_at.timestamp()) if person.followed_at else 0,
        "remark": "",
        "groupid": 0,
        "tagid_list": list(person.tags),
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 0,
        "qr_scene_str": person.scene,
    }


def listing(world: World, call: ApiCall) -> dict[str, Any]:
    """Followers' openids, a page at a time."""
    openids = [person.openid for person in world.people.values() if person.is_following]
    after = call.query.get("next_openid", "")
    start = openids.index(after) + 1 if after in openids else 0
    page = openids[start : start + PAGE]
    answer: dict[str, Any] = {"total": len(openids), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    answer["next_openid"] = page[-1] if start + PAGE < len(openids) else ""
    return answer


def create_tag(world: World, call: ApiCall) -> dict[str, Any]:
    """A new label; names are unique."""
    name = str((call.json().get("tag") or {}).get("name", ""))
    if name in world.tags.values():
        raise ApiError(45157)
    if len(world.tags) >= MAX_TAGS:
        raise ApiError(45056)
    number = world.next("tag", 100)
    world.tags[number] = name
    return {"tag": {"id": number, "name": name}}


def get_tags(world: World, _call: ApiCall) -> dict[str, Any]:
    """Labels with how many wear them."""
    rows = [
        {"id": number, "name": name, "count": len(_wearers(world, number))}
        for number, name in world.tags.items()
    ]
    return {"tags": rows}


def update_tag(world: World, call: ApiCall) -> dict[str, Any]:
    """Rename a label."""
    tag = call.json().get("tag") or {}
    world.tags[_known_tag(world, tag.get("id"))] = str(tag.get("name", ""))
    return OK


def delete_tag(world: World, call: ApiCall) -> dict[str, Any]:
    """Take a label off everybody."""
    number = _known_tag(world, (call.json().get("tag") or {}).get("id"))
    del world.tags[number]
    for person in _wearers(world, number):
        person.tags.remove(number)
    return OK


def tag_members(world: World, call: ApiCall) -> dict[str, Any]:
    """Put a label on up to fifty people."""
    number, people = _members(world, call)
    for person in people:
        if number not in person.tags:
            if len(person.tags) >= MAX_TAGS_OF_ONE:
                raise ApiError(45059)
            person.tags.append(number)
    return OK


def untag_members(world: World, call: ApiCall) -> dict[str, Any]:
    """Take a label off up to fifty people."""
    number, people = _members(world, call)
    for person in people:
        if number in person.tags:
            person.tags.remove(number)
    return OK


def tagged(world: World, call: ApiCall) -> dict[str, Any]:
    """The openids that wear a label; `data` is absent when nobody does."""
    openids = [person.openid for person in _wearers(world, _known_tag(world, call.json().get("tagid")))]
    answer: dict[str, Any] = {"count": len(openids), "next_openid": openids[-1] if openids else ""}
    return {**answer, "data": {"openid": openids}} if openids else answer


def tags_of(world: World, call: ApiCall) -> dict[str, Any]:
    """The labels of one person."""
    return {"tagid_list": list(world.person(call.json().get("openid")).tags)}


def _members(world: World, call: ApiCall) -> tuple[int, list[Person]]:
    request = call.json()
    openids = request.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= MAX_PER_CALL:
        raise ApiError(40003)
    return _known_tag(world, request.get("tagid")), [world.person(openid) for openid in openids]


def _known_tag(world: World, number: Any) -> int:
    if number not in world.tags:
        raise ApiError(40050)
    return int(number)


def _wearers(world: World, number: int) -> list[Person]:
    return [person for person in world.people.values() if number in person.tags]
