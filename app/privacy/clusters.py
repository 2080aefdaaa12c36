"""Clusters of unanswered questions: named by somebody's question, without its names and numbers, but in their words.

Their tables are known by name only: the floor that fills them lies beside this one.
"""

import re
from collections.abc import Collection

from sqlalchemy import column, delete, select, table
from sqlmodel import Session, col

from app.conversations.models import Answer
from app.db import UtcDateTime

CLUSTERS = table("gap_cluster", column("id"), column("name"), column("last_at", UtcDateTime))
QUESTIONS = table(
    "gap_question", column("id"), column("cluster_id"), column("answer_id"), column("at", UtcDateTime)
)
NOTICES = table(
    "topic_notice", column("id"), column("kind"), column("topic"), column("raised_at", UtcDateTime)
)
GAP = "gap"
# What was put in place of numbers and names; spaces were squeezed.
_REPLACED = re.compile(r"（[^（）]{1,8}）|某企业|某人|\s+")
_SPACE = re.compile(r"\s+")
SHORTEST = 2


def erase_clusters(session: Session, openids: Collection[str]) -> int:
    """Take these people's questions out; a cluster named by one of them goes, and is made anew from the others'.

    To be called while the questions still have their words. How many clusters went.
    """
    connection = session.connection()
    asked = select(col(Answer.id), col(Answer.question)).where(col(Answer.openid).in_(openids)).subquery()
    statement = (
        select(CLUSTERS.c.id, CLUSTERS.c.name, asked.c.question)
        .join(QUESTIONS, QUESTIONS.c.cluster_id == CLUSTERS.c.id)
        .join(asked, asked.c.id == QUESTIONS.c.answer_id)
    )
    named = {
        number for number, name, question in connection.execute(statement) if is_named_by(name, question)
    }
    connection.execute(delete(QUESTIONS).where(QUESTIONS.c.answer_id.in_(select(asked.c.id))))
    connection.execute(delete(QUESTIONS).where(QUESTIONS.c.cluster_id.in_(named)))
    connection.execute(
        delete(NOTICES).where(NOTICES.c.kind == GAP, NOTICES.c.topic.in_([str(number) for number in named]))
    )
    connection.execute(delete(CLUSTERS).where(CLUSTERS.c.id.in_(named)))
    return len(named)


def is_named_by(name: str, question: str) -> bool:
    """Whether what is left of a question in the name stands in this question, piece by piece."""
    plain = _SPACE.sub("", question)
    pieces = [piece for piece in _REPLACED.split(name) if len(piece) >= SHORTEST]
    return bool(plain) and all(piece in plain for piece in pieces)
