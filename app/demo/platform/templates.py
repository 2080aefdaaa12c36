"""`message/template/*`, `message/subscribe/*` and the account's list of templates."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from app.demo.platform.calls import ApiCall
from app.demo.platform.errcodes import ApiError
from app.demo.platform.fields import is_unusual_time, is_valid, shown_rows
from app.demo.platform.world import Person, Template, World

CLIENT_ID_LIFE = timedelta(seconds=600)
MAX_TEMPLATES = 25
_PLATFORM_FIELDS = frozenset({"first", "remark"})

# What the callback is told afterwards: person, number of the message, template id.
Afterwards = Callable[[Person, int, str], None]


def send_template(world: World, call: ApiCall, afterwards: Afterwards) -> dict[str, Any]:
    """A template message: no window needed, fields checked, the same client_msg_id shown once."""
    request = call.json()
    person = world.person(request.get("touser"))
    template = world.templates.get(str(request.get("template_id")))
    if template is None or template.kind == "subscribe":
        raise ApiError(40037)
    if not person.is_following:
        raise ApiError(43004)
    if person.is_blacklisted:
        raise ApiError(43019)
    values = _checked_values(world, template, request.get("data"))
    repeated = _earlier_number(world, person, request.get("client_msg_id"))
    if repeated is not None:
        return {"errcode": 0, "errmsg": "ok", "msgid": repeated}
    number = _message_number()
    _remember(world, person, request.get("client_msg_id"), number)
    if not person.rejects_messages:
        _show(world, person, template, values, "template", str(request.get("url") or ""))
    afterwards(person, number, template.template_id)
    return {"errcode": 0, "errmsg": "ok", "msgid": number}


def send_subscription(world: World, call: ApiCall, afterwards: Afterwards) -> dict[str, Any]:
    """A subscription notice: uses up the person's consent, follower or not."""
    request = call.json()
    person = world.person(request.get("touser"))
    template = world.templates.get(str(request.get("template_id")))
    if template is None or template.kind != "subscribe":
        raise ApiError(40037)
    page = str(request.get("page") or "")
    if page and urlsplit(page).scheme not in ("http", "https"):
        raise ApiError(41030)
    values = _checked_values(world, template, request.get("data"))
    left = person.credits.get(template.template_id, 0)
    if left == 0:
        raise ApiError(43101)
    if left > 0:
        person.credits[template.template_id] = left - 1
    number = _message_number()
    _show(world, person, template, values, "subscribe", page)
    afterwards(person, number, template.template_id)
    return {"errcode": 0, "errmsg": "ok", "msgid": number}


def add_template(world: World, call: ApiCall) -> dict[str, Any]:
    """Take a template from the library into the account's list."""
    request = call.json()
    if len(world.templates) >= MAX_TEMPLATES:
        raise ApiError(45026)
    template_id = secrets.token_urlsafe(32)
    names = [str(name) for name in request.get("keyword_name_list") or []]
    fields = {f"thing{number}": name for number, name in enumerate(names, start=1)}
    world.templates[template_id] = Template(template_id, str(request.get("template_id_short", "")), fields)
    return {"errcode": 0, "errmsg": "ok", "template_id": template_id}


def list_templates(world: World, _call: ApiCall) -> dict[str, Any]:
    """Every template of the account except subscription ones."""
    rows = [
        {
            "template_id": template.template_id,
            "title": template.title,
            "primary_industry": "",
            "deputy_industry": "",
            "content": "\n".join(f"{label}：{{{{{key}.DATA}}}}" for key, label in template.fields.items()),
            "example": "",
        }
        for template in world.templates.values()
        if template.kind != "subscribe"
    ]
    return {"template_list": rows}


def delete_template(world: World, call: ApiCall) -> dict[str, Any]:
    """Remove one."""
    if world.templates.pop(str(call.json().get("template_id")), None) is None:
        raise ApiError(40037)
    return {"errcode": 0, "errmsg": "ok"}


def _checked_values(world: World, template: Template, data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not data:
        raise ApiError(47003)
    values = {key: str(item.get("value", "")) for key, item in data.items() if isinstance(item, dict)}
    if template.kind == "history":
        return values
    for key in template.fields.keys() - _PLATFORM_FIELDS:
        value = values.get(key)
        if value is None or not is_valid(template, key, value):
            raise ApiError(47003, f"data.{key}.value invalid")
        if is_unusual_time(key, value):
            world.record.lint("time_format", key)
    return values


def _show(
    world: World, person: Person, template: Template, values: dict[str, str], kind: str, url: str
) -> None:
    rows = shown_rows(template, values)
    text = "\n".join([template.title, *(f"{label}：{value}" for label, value in rows)])
    world.show(person, kind, text, details={"title": template.title, "rows": rows, "url": url})


def _earlier_number(world: World, person: Person, client_id: Any) -> int | None:
    found = world.client_messages.get((person.openid, str(client_id))) if client_id else None
    return found[0] if found and found[1] > world.clock.now() else None


def _remember(world: World, person: Person, client_id: Any, number: int) -> None:
    if client_id:
        world.client_messages[person.openid, str(client_id)] = (number, world.clock.now() + CLIENT_ID_LIFE)


def _message_number() -> int:
    return 3_000_000_000_000_000_000 + secrets.randbelow(10**18)
