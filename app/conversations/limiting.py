"""How much one person may write: asked before the transaction, decided inside it, said once a minute.

Moments are real ones: a clock that was moved for a demonstration gives nobody more.
"""

from datetime import datetime

from sqlmodel import Session

from app.conversations import inbox
from app.followers import pacing
from app.followers.holding import Held
from app.limits.bucket import Rate
from app.wechat.rendering import passive_xml
from bot.messages import Incoming, MessageKind

SLOW_DOWN = "您发得有点快，我看不过来了。请过一分钟再发，最好把事情写在一条里；急事请打 {hotline}。"
NEVER_LIMITED = frozenset({MessageKind.SILENT, MessageKind.UNFOLLOW, MessageKind.FOLLOW})


def is_used_up(rate: Rate | None, row: Held | None, incoming: Incoming, moment: datetime) -> bool:
    """Whether somebody has written so much that the message need not be looked at; nobody is limited without a rate."""
    if rate is None or incoming.kind in NEVER_LIMITED:
        return False
    return pacing.is_empty(row, rate, moment)


def allows(rate: Rate | None, follower: Held, incoming: Incoming, moment: datetime) -> bool:
    """Take this message from what the person may write; False where nothing is left."""
    if rate is None or incoming.kind in NEVER_LIMITED:
        return True
    return pacing.may_write(follower, rate, moment)


def slow_down(session: Session, follower: Held, incoming: Incoming, hotline: str, moment: datetime) -> str:
    """The reply to one message too many, kept for its repeats; said once, then "" (nothing)."""
    if not pacing.should_say_so(follower, moment):
        return ""
    document = passive_xml(SLOW_DOWN.format(hotline=hotline), incoming, incoming.sent_at)
    inbox.save_reply(session, incoming.dedupe_key, document)
    return document
