"""The account's menus: one for everybody, one for people tagged as officers.

A button's key is the chat command it stands for, so a tap and a typed word take the same way. What a person
sees is no permission: the role is checked on every command.
"""

from collections.abc import Collection
from typing import Any

from app.outbox.ports import DeliveryError
from app.wechat import errcodes
from app.wechat.client import BotClient

OFFICER_TAG = "为企服务人员"
TAGGED_AT_ONCE = 50


def _button(name: str, command: str | None = None) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": command or name}


def _group(name: str, *buttons: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "sub_button": list(buttons)}


def enterprise_menu() -> list[dict[str, Any]]:
    """What every follower sees."""
    return [
        _group("问一问", _button("常见问题"), _button("怎么用", "帮助"), _button("找人工", "人工")),
        _group("我的诉求", _button("查进度", "进度"), _button("催一催", "催办"), _button("补充情况", "补充")),
        _group("我的企业", _button("我的服务员"), _button("绑定企业", "绑定"), _button("换一家企业", "切换")),
    ]


def officer_menu() -> list[dict[str, Any]]:
    """What officers and coordinators see."""
    return [
        _button("待办"),
        _group(
            "查一查",
            _button("查手册", "手册"),
            _button("查企业"),
            _button("查专员"),
            _button("查进度", "查看"),
        ),
        _group("记一笔", _button("登记诉求", "登记"), _button("走访记录", "走访"), _button("怎么用", "帮助")),
    ]


def publish(client: BotClient) -> None:
    """Replace both menus. Deleting the default one takes every earlier conditional one along."""
    try:
        client.call("menu/delete")
    except DeliveryError as error:
        if error.code != errcodes.NO_MENU:
            raise
    client.call("menu/create", {"button": enterprise_menu()})
    tag_id = ensure_tag(client)
    client.call("menu/addconditional", {"button": officer_menu(), "matchrule": {"tag_id": str(tag_id)}})


def ensure_tag(client: BotClient) -> int:
    """The id of the officers' tag, made if it is missing."""
    for tag in client.call("tags/get").get("tags", []):
        if tag.get("name") == OFFICER_TAG:
            return int(tag["id"])
    return int(client.call("tags/create", {"tag": {"name": OFFICER_TAG}})["tag"]["id"])


def sync_officers(client: BotClient, openids: Collection[str]) -> tuple[int, int]:
    """Make the tag's members exactly these people; how many were added and removed."""
    tag_id = ensure_tag(client)
    answer = client.call("user/tag/get", {"tagid": tag_id, "next_openid": ""})
    tagged = set(answer.get("data", {}).get("openid", []))
    wanted = set(openids)
    _in_batches(client, "tags/members/batchtagging", tag_id, sorted(wanted - tagged))
    _in_batches(client, "tags/members/batchuntagging", tag_id, sorted(tagged - wanted))
    return len(wanted - tagged), len(tagged - wanted)


def _in_batches(client: BotClient, endpoint: str, tag_id: int, openids: list[str]) -> None:
    for start in range(0, len(openids), TAGGED_AT_ONCE):
        batch = openids[start : start + TAGGED_AT_ONCE]
        client.call(endpoint, {"openid_list": batch, "tagid": tag_id})
