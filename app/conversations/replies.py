"""From replies to the one bubble and document that goes back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.outbox import service as outbox
from app.wechat.rendering import bubbles, news_xml, passive_xml
from bot.messages import Incoming, Part, Reply, Url

ROOM_FOR_NEWS_BYTES = 900
NEWS_HEADING = "\n———\n这是之前没送到的进展：\n"
NOTICE = Reply.of("为办理您的诉求，我们只记录您发来的内容和所属企业。", Url("隐私说明", "/privacy"))


def joined(replies: Sequence[Reply]) -> Reply:
    """Several replies as one bubble, a blank line between them."""
    if len(replies) == 1:
        return replies[0]
    parts: list[Part] = []
    for reply in replies:
        if parts and reply.parts:
            parts.append("\n\n")
        parts += reply.parts
    return Reply(tuple(parts))


def document_of(reply: Reply, incoming: Incoming, public_url: str) -> str:
    """The plain reply document to one message; "" for an empty reply."""
    if reply.card is not None:
        return news_xml(reply.card, public_url, incoming, incoming.sent_at)
    texts = bubbles(reply, public_url, most=1)
    return passive_xml(texts[0], incoming, incoming.sent_at) if texts else ""


def with_news(session: Session, incoming: Incoming, reply: Reply, now: datetime) -> Reply:
    """Add what waited for this contact, where there is room; the rest goes by customer-service messages."""
    has_room = len(reply.plain().encode()) <= ROOM_FOR_NEWS_BYTES
    news = outbox.take_pending(session, incoming.openid, now, limit=2 if has_room else 0)
    if not news:
        return reply
    parts: list[Part] = [*reply.parts, NEWS_HEADING]
    for item in news:
        parts += [*item.parts, "\n"]
    return Reply(tuple(parts))
