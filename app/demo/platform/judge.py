"""What the platform makes of the callback's answer: show it, show nothing, or show a fault."""

from dataclasses import dataclass

from app.demo.platform.crypto import CallbackCipher, signature
from app.demo.platform.exchange import HttpAnswer
from app.demo.platform.messages import MAX_TEXT_BYTES
from app.demo.platform.strictxml import Node, read
from app.demo.platform.world import Account

FAULT_TEXT = "该公众号提供的服务出现故障，请稍后再试"
_TYPES = frozenset({"text", "image", "voice", "video", "music", "news", "transfer_customer_service"})
_NOTHING = (b"", b"success")


@dataclass(frozen=True)
class Judgement:
    """`outcome`: silent, shown, http_<status> or invalid_<why>; `reply` is the plain document."""

    outcome: str
    reply: str = ""
    text: str = ""
    article: dict[str, str] | None = None


class _InvalidError(Exception):
    pass


def judge(answer: HttpAnswer, account: Account, openid: str) -> Judgement:
    """Decide about one complete answer to a message of `openid`."""
    if answer.status >= 300 or answer.status < 200:
        return Judgement(f"http_{answer.status}")
    if answer.body in _NOTHING:
        return Judgement("silent")
    try:
        reply = _plain(answer.body, account)
        root = _document(reply)
        text = _text(root, account, openid)
        article = _article(root) if _only(root, "MsgType") == "news" else None
    except _InvalidError as fault:
        return Judgement(f"invalid_{fault}")
    return Judgement("shown", reply, article["title"] if article else text, article)


def _document(reply: str | bytes) -> Node:
    try:
        root = read(reply)
    except ValueError:
        raise _InvalidError("xml") from None
    if root.name != "xml":
        raise _InvalidError("root")
    return root


def _only(root: Node, name: str) -> str:
    try:
        return root.only(name)
    except ValueError:
        raise _InvalidError(name.lower()) from None


def _plain(body: bytes, account: Account) -> str:
    """The reply itself; in security mode out of its envelope, signature and AppID checked."""
    if account.mode == "plain":
        return body.decode("utf-8", "replace")
    envelope = _document(body)
    if account.mode == "compat" and not any(child.name == "Encrypt" for child in envelope.children):
        return body.decode("utf-8", "replace")
    encrypted, timestamp, nonce = (_only(envelope, name) for name in ("Encrypt", "TimeStamp", "Nonce"))
    if _only(envelope, "MsgSignature") != signature(account.token, timestamp, nonce, encrypted):
        raise _InvalidError("signature")
    for key in filter(None, (account.aes_key, account.previous_aes_key)):
        try:
            return CallbackCipher(key, account.app_id).decrypt(encrypted)
        except ValueError:
            continue
    raise _InvalidError("encryption")


def _article(root: Node) -> dict[str, str]:
    """The one article: title and address must be there."""
    lists = [child for child in root.children if child.name == "Articles"]
    items = [child for one in lists for child in one.children if child.name == "item"]
    if len(lists) != 1 or len(items) != 1:
        raise _InvalidError("articles")
    found = {child.name: child.text for child in items[0].children}
    if not found.get("Title") or not found.get("Url", "").startswith(("http://", "https://")):
        raise _InvalidError("article")
    return {
        "title": found["Title"], "description": found.get("Description", ""),
        "picture": found.get("PicUrl", ""), "url": found["Url"],
    }  # fmt: skip


def _text(root: Node, account: Account, openid: str) -> str:
    if _only(root, "ToUserName") != openid or _only(root, "FromUserName") != account.original_id:
        raise _InvalidError("address")
    if not _only(root, "CreateTime").isdigit():
        raise _InvalidError("createtime")
    kind = _only(root, "MsgType")
    if kind not in _TYPES:
        raise _InvalidError("msgtype")
    if kind == "news" and _only(root, "ArticleCount") != "1":
        raise _InvalidError("articles")
    if kind != "text":
        return f"[{kind}]"
    content = _only(root, "Content")
    if not content or len(content.encode()) > MAX_TEXT_BYTES:
        raise _InvalidError("content")
    return content
