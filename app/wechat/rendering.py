"""Replies → the text and the XML that a phone shows.

The platform counts bytes and shows a fault in place of a text over 2048; a link cut in two shows its
markup. So text is cut at 2000 bytes, between characters that belong together, never inside a link.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from urllib.parse import quote

from app.wechat.xmltext import cdata, clean
from bot.messages import Card, Incoming, Part, Reply, Tap, Url

MAX_BUBBLE_BYTES = 2000
MAX_BUBBLES = 3
CUT_NOTICE = "……\n（内容较长，这里先到此）"

_FORGED_LINK = re.compile(r"<(?=\s*/?\s*a\b)", re.IGNORECASE)
_LINK_START = '<a href="'
_ZERO_WIDTH_SPACE = "\u200b"
_JOINER = "\u200d"
_MAX_CLUSTER = 32
_BREAK_SEARCH_BYTES = 500


def bubbles(reply: Reply, public_url: str, *, most: int = MAX_BUBBLES) -> list[str]:
    """The reply as at most `most` texts of ≤ 2000 bytes of UTF-8 each; none for an empty reply.

    What does not fit is cut with a notice; the taps and links behind the cut stay, since they are the way on.
    """
    pieces = _pieces(reply, public_url)
    if _size(pieces) <= MAX_BUBBLE_BYTES:
        whole = "".join(pieces).strip("\n")
        return [whole] if whole.strip() else []
    packed = _packed(
        [atom for piece in pieces for atom in ([piece] if _is_link(piece) else _characters(piece))]
    )
    if len(packed) > most:
        rest = [atom for atoms in packed[most:] for atom in atoms if _is_link(atom)]
        packed = [*packed[: most - 1], _shortened(packed[most - 1], rest)]
    texts = ["".join(atoms).strip("\n") for atoms in packed]
    return [text for text in texts if text.strip()]


def passive_xml(text: str, incoming: Incoming, created_at: datetime) -> str:
    """The plain reply document to one message: sender and receiver change places."""
    return (
        f"<xml><ToUserName>{cdata(incoming.openid)}</ToUserName>"
        f"<FromUserName>{cdata(incoming.account)}</FromUserName>"
        f"<CreateTime>{int(created_at.timestamp())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content>{cdata(text)}</Content></xml>"
    )


def news_xml(card: Card, public_url: str, incoming: Incoming, created_at: datetime) -> str:
    """The plain reply document of a card: one article, which is all that the platform takes."""
    article = news_article(card, public_url)
    fields = {"title": "Title", "description": "Description", "picurl": "PicUrl", "url": "Url"}
    inside = "".join(f"<{fields[name]}>{cdata(value)}</{fields[name]}>" for name, value in article.items())
    return (
        f"<xml><ToUserName>{cdata(incoming.openid)}</ToUserName>"
        f"<FromUserName>{cdata(incoming.account)}</FromUserName>"
        f"<CreateTime>{int(created_at.timestamp())}</CreateTime><MsgType><![CDATA[news]]></MsgType>"
        f"<ArticleCount>1</ArticleCount><Articles><item>{inside}</item></Articles></xml>"
    )


def news_article(card: Card, public_url: str) -> dict[str, str]:
    """The one article of a card, by the names of the customer-service message; no picture where there is none."""
    address = _address(public_url, card.path)
    picture = {"picurl": _address(public_url, card.picture)} if card.picture else {}
    return {"title": clean(card.title), "description": clean(card.description), **picture, "url": address}


def _address(public_url: str, path: str) -> str:
    return public_url.rstrip("/") + quote(clean(path), safe="/?&=%#:+,;~@")


def _pieces(reply: Reply, public_url: str) -> list[str]:
    """Whole links and the texts between them, in reading order: a cut falls beside a link or inside a text."""
    pieces: list[str] = []
    for is_text, parts in groupby(reply.parts, lambda part: isinstance(part, str)):
        if is_text:  # neighbours are joined first: "<" + "a href=" must not pass as two harmless halves
            pieces.append(_harmless("".join(part for part in parts if isinstance(part, str))))
            continue
        for part in parts:
            link = _link(part, public_url)
            is_usable = link and len(link.encode()) <= MAX_BUBBLE_BYTES // 2
            pieces.append(link if is_usable else _label(part))
    return pieces


def _harmless(text: str) -> str:
    """Text that cannot pass as one of our links: an echoed `<a` is parted by an invisible character."""
    text = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    return _FORGED_LINK.sub("<" + _ZERO_WIDTH_SPACE, text)


def _link(part: Part, public_url: str) -> str:
    """The markup, or "" where there is nothing to touch or to say: phones do not send an empty option."""
    if not _label(part).strip():
        return ""
    if isinstance(part, Tap):
        say = quote(clean(part.say).strip() or _label(part).strip(), safe="")
        address = (
            f"weixin://bizmsgmenu?msgmenucontent={say}&msgmenuid={quote(part.option_id or '1', safe='')}"
        )
    elif isinstance(part, Url):
        address = _address(public_url, part.path)
    else:
        raise TypeError(type(part).__name__)
    return f'{_LINK_START}{address}">{_label(part)}</a>'


def _label(part: Part) -> str:
    """One line without angle brackets, which would end the link early."""
    label = part if isinstance(part, str) else part.label
    return re.sub(r"\s+", " ", clean(label)).replace("<", "＜").replace(">", "＞")


def _is_link(atom: str) -> bool:
    return atom.startswith(_LINK_START)


def _packed(atoms: list[str]) -> list[list[str]]:
    packed: list[list[str]] = [[]]
    size = 0
    for atom in atoms:
        width = len(atom.encode())
        if size + width > MAX_BUBBLE_BYTES:
            carried = _carried_over(packed[-1])
            packed.append(carried)
            size = _size(carried)
        packed[-1].append(atom)
        size += width
    return packed


def _carried_over(atoms: list[str]) -> list[str]:
    """Take the begun last line off a full bubble, if it is short, so that the cut falls between lines."""
    size = 0
    for index in range(len(atoms) - 1, 0, -1):
        if atoms[index] == "\n":
            carried = atoms[index + 1 :]
            del atoms[index:]
            return carried
        size += len(atoms[index].encode())
        if size > _BREAK_SEARCH_BYTES:
            break
    return []


def _shortened(atoms: list[str], rest: list[str]) -> list[str]:
    """The last bubble: as much text as leaves room for the notice and for the links behind the cut."""
    links = rest
    while _size(links) + len(links) > MAX_BUBBLE_BYTES // 2:
        links = links[1:]
    kept = list(atoms)
    room = MAX_BUBBLE_BYTES - len(CUT_NOTICE.encode())
    while kept and _size(kept) + _size(links) + len(links) > room:
        last = kept.pop()
        links = [last, *links] if _is_link(last) else links
    return [*kept, CUT_NOTICE, *(part for link in links for part in ("\n", link))]


def _size(atoms: list[str]) -> int:
    return sum(len(atom.encode()) for atom in atoms)


def _characters(text: str) -> Iterator[str]:
    """Visible characters: an emoji family, a flag or a letter with its accents is one."""
    cluster = ""
    for character in text:
        if cluster and (len(cluster) >= _MAX_CLUSTER or not _continues(cluster, character)):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _continues(cluster: str, character: str) -> bool:
    if character == "\n" or cluster == "\n":
        return False
    if character == _JOINER or cluster.endswith(_JOINER):
        return True
    if unicodedata.category(character) in ("Mn", "Me") or _is_modifier(ord(character)):
        return True
    return _is_regional(character) and len(cluster) == 1 and _is_regional(cluster)


def _is_modifier(point: int) -> bool:
    """Skin tones and the tag characters of regional flags."""
    return 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F


def _is_regional(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
