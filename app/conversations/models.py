"""The inbox (durable de-duplication with the stored reply), answers given, and what people's choices teach."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class InboxState(StrEnum):
    """ANSWERED: `reply_xml` is what every repeat gets. DEFERRED: acknowledged with `success`, the answer
    goes through the outbox once ready."""

    ANSWERED = "answered"
    DEFERRED = "deferred"


class InboxMessage(SQLModel, table=True):
    """One message of the platform, once. `body` is kept only while DEFERRED, then emptied (PIPL 19)."""

    __tablename__ = "inbox"

    dedupe_key: str = Field(primary_key=True, max_length=80)
    openid: str = Field(max_length=64, index=True)
    msg_id: str = Field(default="", max_length=32)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16, index=True)
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    reply_xml: str = Field(default="", max_length=8000)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Answer(SQLModel, table=True):
    """One answer given from the handbook, so that «没解决» can count against it."""

    __tablename__ = "answer"

    id: int | None = Field(default=None, primary_key=True)
    openid: str = Field(max_length=64, index=True)
    question: str = Field(max_length=500)
    decision: str = Field(max_length=16)
    entry_id: str = Field(default="", max_length=120, index=True)
    offered: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    confidence: float = 0.0
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    is_solved: bool | None = None
    ticket_id: int | None = None


class LessonState(StrEnum):
    """REFUTED: the person said afterwards that the chosen entry did not help, so it teaches nothing."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REFUTED = "refuted"


class Lesson(SQLModel, table=True):
    """A choice as a labelled example: these words, with personal data taken out, meant that entry.

    It holds no openid; an editor decides whether it teaches.
    """

    __tablename__ = "lesson"

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int = Field(unique=True)
    question: str = Field(max_length=500)
    entry_id: str = Field(max_length=120, index=True)
    offered: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    state: str = Field(default=LessonState.WAITING, max_length=16, index=True)
    phrasing: str = Field(default="", max_length=120)
    decided_by: str = Field(default="", max_length=64)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
