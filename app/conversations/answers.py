"""Answers given: recorded so that «没解决» can count against them, named outside by a signed id."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from app import signed
from app.conversations import learning
from app.conversations.models import Answer
from bot.effects import RecordAnswer
from bot.messages import Part, Reply, Url
from bot.state import ConversationState

QUESTION_LENGTH = 500
KIND = "answer"
LINK_LASTS = timedelta(days=7)
_INSERT = insert(Answer).returning(col(Answer.id))
_INSERT_MANY = insert(Answer).returning(col(Answer.id), sort_by_parameter_order=True)


def record(session: Session, openid: str, effect: RecordAnswer, now: datetime) -> int:
    """Keep what was asked and what was said, and what a choice teaches; returns the answer's id."""
    values = _values(openid, effect, now)
    answer_id = int(session.connection().execute(_INSERT, values).scalar_one() or 0)
    if effect.decision == learning.CHOSEN:
        learning.keep(session, session.get_one(Answer, answer_id))
    return answer_id


def record_many(session: Session, given: Sequence[tuple[str, RecordAnswer]], now: datetime) -> list[int]:
    """The same for answers to many people; none of them a choice, which would teach. Ids in the same order."""
    if not given:
        return []
    rows = [_values(openid, effect, now) for openid, effect in given]
    return [int(row[0] or 0) for row in session.connection().execute(_INSERT_MANY, rows)]


def _values(openid: str, effect: RecordAnswer, now: datetime) -> dict[str, Any]:
    return {
        "openid": openid,
        "question": effect.question[:QUESTION_LENGTH],
        "decision": str(effect.decision),
        "entry_id": effect.entry_id,
        "offered": list(effect.offered),
        "confidence": effect.confidence,
        "at": now,
    }


def mark_unsolved(session: Session, answer_id: int, openid: str) -> Answer | None:
    """The answer did not help; None if it is not this person's."""
    row = session.get(Answer, answer_id)
    if row is None or row.openid != openid:
        return None
    row.is_solved = False
    session.add(row)
    learning.refute(session, answer_id)
    return row


def unsolved_counts(session: Session, since: datetime) -> dict[str, int]:
    """How often each entry did not help since then, by entry id; entries without such an answer are left out."""
    statement = (
        select(col(Answer.entry_id), func.count())
        .where(col(Answer.at) >= since, col(Answer.is_solved).is_(False), col(Answer.entry_id) != "")
        .group_by(col(Answer.entry_id))
    )
    return dict(session.exec(statement).all())


def most_given(session: Session, since: datetime, limit: int) -> list[str]:
    """The entries that answered most questions since then."""
    statement = (
        select(Answer.entry_id)
        .where(col(Answer.at) >= since, col(Answer.decision).in_(("answer", "chosen")))
        .group_by(col(Answer.entry_id))
        .order_by(func.count().desc(), col(Answer.entry_id))
        .limit(limit)
    )
    return list(session.exec(statement))


def sign(answer_id: int, key: bytes) -> str:
    """The id as the entry page carries it: `123.0a1b…`."""
    return signed.signed(KIND, answer_id, key)


def is_settled_for(session: Session, token: str, key: bytes, openid: str, now: datetime) -> bool:
    """Whether the link of an answer no longer carries the question on: a week later, or in somebody else's hands.

    `openid` is who reads, "" if nobody knows: then whoever has the link counts as the one who asked.
    """
    answer = session.get(Answer, read_signed(token, key) or 0)
    if answer is None:
        return False
    return now - answer.at > LINK_LASTS or openid not in ("", answer.openid)


def read_signed(token: str, key: bytes) -> int | None:
    """The answer's id, or None for a forged or damaged token."""
    return signed.read_signed(KIND, token, key)


def with_answer_link(reply: Reply, answer_id: int, key: bytes) -> Reply:
    """Let links to entry pages carry the answer they came from."""
    return Reply(tuple(_linked(part, answer_id, key) for part in reply.parts))


def with_links_of_last(said: Iterable[Reply], state: ConversationState, key: bytes) -> list[Reply]:
    """A part of the answer given last leads to the same page, which knows what was asked as well.

    A card is made to be passed on: whoever opens that one asked nothing.
    """
    if state.answer_id is None or len(state.near) != 1:
        return list(said)
    path, answer_id = f"/h/{state.near[0]}", state.answer_id
    return [
        with_answer_link(reply, answer_id, key) if reply.card is None and _leads_to(reply, path) else reply
        for reply in said
    ]


def _leads_to(reply: Reply, path: str) -> bool:
    return any(isinstance(part, Url) and part.path == path for part in reply.parts)


def _linked(part: Part, answer_id: int, key: bytes) -> Part:
    if isinstance(part, Url) and part.path.startswith("/h/"):
        return Url(part.label, f"{part.path}?a={sign(answer_id, key)}")
    return part
