"""Handbook markdown as safe HTML: no raw HTML, an allow-list of tags, only https, tel and our own addresses.

Entries are written by many hands and may come out of a Word file, so the output is cleaned even though the
renderer escapes: two locks on one door.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from handbook.media import is_video_address, is_video_label, picture_name

TAGS = {
    "p", "br", "strong", "em", "a", "img", "ul", "ol", "li", "blockquote", "code", "pre", "hr",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "class"}, "ol": {"start"}, "img": {"src", "alt", "loading", "decoding", "class"}}
PICTURES = "/h-images/"
VIDEO, PICTURE = "video", "picture"
SCHEMES = {"https", "tel"}
# One slash only: `//host` and `/\host` are other sites in disguise.
_OWN_ADDRESS = re.compile(r"/(?![/\\])")
# National service numbers; any other five digits may be an amount.
_HOTLINES = (
    "12345|12366|12333|12315|12329|12348|12350|12368|12309|12388|12389|12393|12318|12338|12351|12367|12360"
)
_PHONE = re.compile(
    rf"(?<![\d.])(?:{_HOTLINES}|022-\d{{8}}|400-?\d{{3}}-?\d{{4}}|1[3-9]\d{{9}})(?![\d.]|\s*(?:元|人|户|平))"
)


class BlockKind(StrEnum):
    """How a piece of a section is shown."""

    ITEMS = "items"
    STEPS = "steps"
    PROSE = "prose"


@dataclass(frozen=True)
class Block:
    """A list with one clean HTML fragment per item, or prose as a single fragment."""

    kind: BlockKind
    fragments: tuple[str, ...]


class Renderer:
    """Turns markdown into blocks and fragments."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
        self._markdown.core.ruler.push("phones", _link_phones)
        self._markdown.core.ruler.push("media", _show_media)

    def html(self, text: str) -> str:
        """A clean fragment for a whole text, without pictures."""
        return _clean(self._markdown.render(text))

    def blocks(self, text: str, entry_id: str = "") -> tuple[Block, ...]:
        """The top-level lists of a text apart from the prose around them, in reading order.

        Pictures are shown at the addresses of `entry_id`; without one their description stands for them.
        """
        tokens = self._markdown.parse(text, {"entry_id": entry_id})
        return tuple(self._block(group) for group in _top_level(tokens))

    def _block(self, tokens: Sequence[Token]) -> Block:
        if tokens[0].type == "bullet_list_open":
            return Block(BlockKind.ITEMS, self._items(tokens))
        if tokens[0].type == "ordered_list_open":
            return Block(BlockKind.STEPS, self._items(tokens))
        return Block(BlockKind.PROSE, (self._fragment(tokens),))

    def _items(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        level = tokens[0].level + 1
        return tuple(
            self._fragment(group[1:-1])
            for group in _groups(tokens[1:-1], level)
            if group[0].type == "list_item_open"
        )

    def _fragment(self, tokens: Sequence[Token]) -> str:
        return _clean(self._markdown.renderer.render(tokens, self._markdown.options, {}))


def is_safe_address(address: str) -> bool:
    """Whether a link may point there: https, tel, or a path of ours."""
    return address.startswith(("https://", "tel:")) or _OWN_ADDRESS.match(address) is not None


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    ).strip()


def _keep(_tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if is_safe_address(value) else None
    if name == "src":
        return value if value.startswith(PICTURES) else None
    return value if name != "class" or value in (VIDEO, PICTURE) else None


def _top_level(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Lists one by one; neighbouring other blocks as one group."""
    prose: list[Token] = []
    for group in _groups(tokens, 0):
        if group[0].type in ("bullet_list_open", "ordered_list_open"):
            if prose:
                yield prose
                prose = []
            yield group
        else:
            prose.extend(group)
    if prose:
        yield prose


def _groups(tokens: Sequence[Token], level: int) -> Iterator[list[Token]]:
    """Each block of this level with everything inside it."""
    group: list[Token] = []
    for token in tokens:
        group.append(token)
        if token.level == level and token.nesting <= 0:
            yield group
            group = []


def _show_media(state: StateCore) -> None:
    """Our own pictures get our address, any other only its words; links to videos become buttons."""
    for token in state.tokens:
        children = token.children or [] if token.type == "inline" else []
        for place, child in enumerate(children):
            if child.type == "image":
                _show_picture(child, str(state.env.get("entry_id", "")))
            elif child.type == "link_open" and _is_video(child, children[place + 1]):
                child.attrs["class"] = VIDEO


def _is_video(link: Token, label: Token) -> bool:
    return is_video_label(label.content) and is_video_address(str(link.attrs.get("href", "")))


def _show_picture(token: Token, entry_id: str) -> None:
    name = picture_name(str(token.attrs.get("src", "")))
    if not name or not entry_id:
        token.type, token.tag = "text", ""
        return
    token.attrs = {
        "src": f"{PICTURES}{entry_id}/{name}", "alt": "", "loading": "lazy", "decoding": "async", "class": PICTURE,
    }  # fmt: skip


def _link_phones(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = list(_with_phones(token.children))


def _with_phones(children: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for child in children:
        depth += child.nesting if child.type.startswith("link_") else 0
        if child.type == "text" and depth == 0:
            yield from _split_phones(child.content)
        else:
            yield child


def _split_phones(text: str) -> Iterator[Token]:
    end = 0
    for match in _PHONE.finditer(text):
        yield _text(text[end : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": f"tel:{match[0]}"})
        yield _text(match[0])
        yield Token("link_close", "a", -1)
        end = match.end()
    yield _text(text[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
