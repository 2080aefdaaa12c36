"""The client's side of a text: which stretches are links and options. Used by taps and by the playground."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit

_LINK = re.compile(
    r"<a\s[^>]*?href\s*=\s*(?:\"([^\"]*)\"|'([^']*)')[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL
)
_OPTION_SCHEME = "weixin://bizmsgmenu?"


@dataclass(frozen=True)
class Segment:
    """A stretch of a text. `kind`: text, link (with `address`), or option (with `say` and `option_id`)."""

    kind: str
    text: str
    address: str = ""
    say: str = ""
    option_id: str = ""


def segments(text: str) -> list[Segment]:
    """The text as the client shows it, in order; an option without id or content is plain text."""
    found: list[Segment] = []
    position = 0
    for match in _LINK.finditer(text):
        if match.start() > position:
            found.append(Segment("text", text[position : match.start()]))
        found.append(_segment(match.group(1) or match.group(2) or "", match.group(3)))
        position = match.end()
    if position < len(text):
        found.append(Segment("text", text[position:]))
    return found


def options(text: str) -> list[Segment]:
    """Only what can be tapped to say something."""
    return [segment for segment in segments(text) if segment.kind == "option"]


def links(text: str) -> list[Segment]:
    """Only what opens a page."""
    return [segment for segment in segments(text) if segment.kind == "link"]


def _segment(address: str, label: str) -> Segment:
    if address.startswith(_OPTION_SCHEME):
        fields = parse_qs(address.removeprefix(_OPTION_SCHEME), keep_blank_values=True)
        say, option_id = (fields.get(name, [""])[0] for name in ("msgmenucontent", "msgmenuid"))
        if say and option_id:
            return Segment("option", label, say=say, option_id=option_id)
        return Segment("text", label)
    if urlsplit(address).scheme in ("http", "https"):
        return Segment("link", label, address=unescape(address))
    return Segment("text", label)
