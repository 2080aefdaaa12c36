"""The decrypted document → `bot.messages.Incoming`, by a closed table of kinds (wechat callback, messages
and events). Whatever does not fit becomes `Unreadable`, which the webhook acknowledges and logs."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.wechat.xmltext import XmlError, clean, read_root
from bot.messages import Incoming, MessageKind

UNSUPPORTED_MARK = "【收到不支持的消息类型"
MAX_MSG_ID = 2**64 - 1
LATEST_TIMESTAMP = 4_102_444_800  # 2100-01-01

_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,40}")
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_SCENE_PREFIX = "qrscene_"
_SUBSCRIPTION_WRAPPERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Unreadable:
    """An authenticated message that we cannot use; `reason` is a code without content."""

    reason: str


class _UnusableError(Exception):
    """`str()` is the reason code."""


def parse(document: str) -> Incoming | Unreadable:
    """Read one decrypted document; never raises."""
    try:
        return _parsed(read_root(document))
    except XmlError as fault:
        return Unreadable(str(fault))
    except _UnusableError as fault:
        return Unreadable(str(fault))


def _parsed(fields: Fields) -> Incoming | Unreadable:
    message_type = _word(fields, "MsgType")
    common: dict[str, Any] = {
        "account": _matching(_ACCOUNT, fields, "ToUserName"),
        "openid": _matching(_OPENID, fields, "FromUserName"),
        "sent_at": _moment(fields),
    }
    if message_type == "event":
        event = _word(fields, "Event")
        own = _EVENTS.get(event.lower(), _silent)(fields)
        return Incoming(**common, **own, event=event, dedupe_key=_event_key(fields))
    reader = _MESSAGES.get(message_type.lower())
    if reader is None:
        return Unreadable("unknown_type")
    msg_id = _msg_id(fields)
    # The sender is part of it: whatever the platform does with ids, nobody gets another person's reply.
    key = hashlib.sha256(f"{common['account']}|{common['openid']}|{msg_id}".encode()).hexdigest()
    return Incoming(**common, **reader(fields), msg_id=msg_id, dedupe_key=f"message:{key}")


def _text(fields: Fields) -> dict[str, Any]:
    """Stickers, files and cards arrive as a text with a fixed notice; an empty text asks nothing."""
    content = _string(fields, "Content")
    if not content or UNSUPPORTED_MARK in content:
        return {"kind": MessageKind.UNSUPPORTED}
    return {"kind": MessageKind.TEXT, "text": content, "option_id": _string(fields, "bizmsgmenuid")}


def _image(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.IMAGE,
        "media_id": _string(fields, "MediaId"),
        "data": {"url": _string(fields, "PicUrl")},
    }


def _voice(fields: Fields) -> dict[str, Any]:
    """`Recognition` is retired by the platform and ignored."""
    return {
        "kind": MessageKind.VOICE,
        "media_id": _string(fields, "MediaId"),
        "data": {"format": _string(fields, "Format")},
    }


def _video(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.VIDEO,
        "media_id": _string(fields, "MediaId"),
        "data": {"thumbnail": _string(fields, "ThumbMediaId")},
    }


def _place(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.LOCATION,
        "data": {
            "latitude": _string(fields, "Location_X"),
            "longitude": _string(fields, "Location_Y"),
            "label": _string(fields, "Label"),
        },
    }


def _link(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.LINK,
        "data": {
            "title": _string(fields, "Title"),
            "description": _string(fields, "Description"),
            "url": _string(fields, "Url"),
        },
    }


def _follow(fields: Fields) -> dict[str, Any]:
    key = _string(fields, "EventKey")
    scene = key.removeprefix(_SCENE_PREFIX) if key.startswith(_SCENE_PREFIX) else ""
    return {"kind": MessageKind.FOLLOW, "scene": scene, "data": {"ticket": _string(fields, "Ticket")}}


def _unfollow(_fields: Fields) -> dict[str, Any]:
    return {"kind": MessageKind.UNFOLLOW}


def _scan(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.SCAN,
        "scene": _string(fields, "EventKey").removeprefix(_SCENE_PREFIX),
        "data": {"ticket": _string(fields, "Ticket")},
    }


def _click(fields: Fields) -> dict[str, Any]:
    return {"kind": MessageKind.CLICK, "key": _string(fields, "EventKey")}


def _scancode(fields: Fields) -> dict[str, Any]:
    """A menu button that scans: a click with what was scanned."""
    info = fields.get("ScanCodeInfo")
    scanned = info if isinstance(info, dict) else {}
    return {
        **_click(fields),
        "data": {"scan_type": _string(scanned, "ScanType"), "scan_result": _string(scanned, "ScanResult")},
    }


def _view(fields: Fields) -> dict[str, Any]:
    return {"kind": MessageKind.SILENT, "data": {"url": _string(fields, "EventKey")}}


def _position(fields: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.SILENT,
        "data": {"latitude": _string(fields, "Latitude"), "longitude": _string(fields, "Longitude")},
    }


def _receipt(fields: Fields) -> dict[str, Any]:
    """What became of a template message. `msgid` is the number that the send call returned."""
    return {
        "kind": MessageKind.SILENT,
        "data": {"msgid": _string(fields, "MsgID"), "status": _string(fields, "Status")},
    }


def _subscription(fields: Fields) -> dict[str, Any]:
    """Consent to, refusal of, or delivery of subscription notices: always a list, though a single item
    arrives without one. The change event is documented with either of two wrappers."""
    wrapper: Fields = next(
        (fields[name] for name in _SUBSCRIPTION_WRAPPERS if isinstance(fields.get(name), dict)), {}
    )
    rows = wrapper.get("List") or []
    items = [
        {
            "template_id": _string(row, "TemplateId"),
            "status": _string(row, "SubscribeStatusString") or _string(row, "ErrorStatus"),
            "scene": _string(row, "PopupScene"),
            "msgid": _string(row, "MsgID"),
            "code": _string(row, "ErrorCode"),
        }
        for row in (rows if isinstance(rows, list) else [rows])
        if isinstance(row, dict)
    ]
    return {"kind": MessageKind.SILENT, "data": {"items": items}}


def _silent(_fields: Fields) -> dict[str, Any]:
    return {"kind": MessageKind.SILENT}


Reader = Callable[[Fields], dict[str, Any]]

_MESSAGES: Mapping[str, Reader] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _place,
    "link": _link,
}

_EVENTS: Mapping[str, Reader] = {
    "subscribe": _follow,
    "unsubscribe": _unfollow,
    "scan": _scan,
    "click": _click,
    "scancode_push": _scancode,
    "scancode_waitmsg": _scancode,
    "view": _view,
    "location": _position,
    "templatesendjobfinish": _receipt,
    "subscribe_msg_popup_event": _subscription,
    "subscribe_msg_change_event": _subscription,
    "subscribe_msg_sent_event": _subscription,
}


def _event_key(fields: Fields) -> str:
    """Openid and second alone would merge two menu taps of one second, so everything that tells two
    events apart goes in; the account too, because ids are not unique across accounts."""
    names = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "MsgID", "MsgId")
    values = [_string(fields, name) for name in names]
    values += [f"{item['template_id']}:{item['msgid']}" for item in _subscription(fields)["data"]["items"]]
    return "event:" + hashlib.sha256("|".join(values).encode()).hexdigest()


def _msg_id(fields: Fields) -> str:
    value = _string(fields, "MsgId")
    if not _DIGITS.fullmatch(value) or int(value) > MAX_MSG_ID:
        raise _UnusableError("msg_id")
    return str(int(value))


def _moment(fields: Fields) -> datetime:
    value = _string(fields, "CreateTime")
    if not _DIGITS.fullmatch(value) or int(value) > LATEST_TIMESTAMP:
        raise _UnusableError("create_time")
    return datetime.fromtimestamp(int(value), UTC)


def _word(fields: Fields, name: str) -> str:
    value = _string(fields, name)
    if not value:
        raise _UnusableError(f"no_{name.lower()}")
    return value


def _matching(pattern: re.Pattern[str], fields: Fields, name: str) -> str:
    value = _string(fields, name)
    if not pattern.fullmatch(value):
        raise _UnusableError(name.lower())
    return value


def _string(fields: Fields, name: str) -> str:
    """A plain text child; empty if absent. A nested, repeated or attributed one is not the platform's."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _UnusableError(f"structure_{name.lower()}")
    return clean(value)
