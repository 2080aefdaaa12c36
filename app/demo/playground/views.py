"""What the playground's page gets of a phone, as JSON."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.clock import SHANGHAI
from app.demo.platform.markup import Segment, segments
from app.demo.platform.phone import Phone
from app.demo.platform.world import Entry, World

WEEKDAYS = "一二三四五六日"


def phone_view(world: World, phone: Phone, after: int) -> dict[str, Any]:
    """A phone's chat after entry `after`, its menu and state."""
    person = phone.person
    with world.lock:
        entries = [entry for entry in person.chat if entry.number > after]
        menu = world.menu_for(person)
        return {
            "entries": [entry_view(entry) for entry in entries],
            "awaiting": person.awaiting > 0,
            "following": person.is_following,
            "menu": [_button_view(button) for button in (menu or {}).get("button", [])],
        }


def entry_view(entry: Entry) -> dict[str, Any]:
    """One chat line: who, when, and its pieces in reading order."""
    details = entry.details
    view: dict[str, Any] = {
        "number": entry.number,
        "kind": entry.kind,
        "at": int(entry.at.timestamp() * 1000),
        "parts": [_part_view(segment) for segment in _pieces(entry)],
    }
    if "rows" in details:
        view["card"] = {"title": details["title"], "rows": details["rows"], "url": _safe(details["url"])}
    if "article" in details:
        article = details["article"]
        view["card"] = {
            "title": article["title"], "rows": [], "text": article["description"],
            "picture": _safe(article["picture"]), "url": _safe(article["url"]),
        }  # fmt: skip
    if "media_id" in details:
        view["image"] = f"/playground/api/media/{details['media_id']}"
    if details.get("is_menu"):
        view["menu"] = True
    return view


def clock_view(world: World) -> dict[str, Any]:
    """The business moment as a person reads it."""
    now = world.clock.now().astimezone(SHANGHAI)
    text = f"{now.month}月{now.day}日 星期{WEEKDAYS[now.weekday()]} {now:%H:%M}"
    return {"text": text, "time": f"{now:%H:%M}"}


def latest(world: World) -> dict[str, int]:
    """The newest thing shown on each phone, for the dot beside a name."""
    with world.lock:
        return {openid: person.inbox[-1].number for openid, person in world.people.items() if person.inbox}


def _pieces(entry: Entry) -> list[Segment]:
    """Own words are shown as they are: nobody's client makes links of what its owner typed."""
    if entry.kind == "sent":
        return [Segment("text", entry.text)]
    found = segments(entry.text)
    for option in entry.details.get("options", ()):
        found = _with_option(found, option)
    return found


def _with_option(found: list[Segment], option: Mapping[str, Any]) -> list[Segment]:
    """Make one line of a menu message tappable."""
    content = str(option.get("content", ""))
    made: list[Segment] = []
    for segment in found:
        head, middle, tail = segment.text.partition(content) if segment.kind == "text" else ("", "", "")
        if not middle:
            made.append(segment)
            continue
        tap = Segment("option", content, say=content, option_id=str(option.get("id", "")))
        made += [piece for piece in (Segment("text", head), tap, Segment("text", tail)) if piece.text]
    return made


def _part_view(segment: Segment) -> dict[str, str]:
    if segment.kind == "option":
        return {"kind": "option", "text": segment.text, "say": segment.say, "id": segment.option_id}
    if segment.kind == "link" and _safe(segment.address):
        return {"kind": "link", "text": segment.text, "url": segment.address}
    return {"kind": "text", "text": segment.text}


def _button_view(button: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": button.get("name", ""),
        "type": button.get("type", ""),
        "key": button.get("key", ""),
        "url": _safe(str(button.get("url", ""))),
        "buttons": [_button_view(sub) for sub in button.get("sub_button") or []],
    }


def _safe(url: str) -> str:
    """Only web addresses: the page puts them into links."""
    return url if urlsplit(url).scheme in ("http", "https") else ""
