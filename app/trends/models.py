"""What the district should look at: topics out of range, the policy reserve, questions that nobody could answer."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class TopicKind(StrEnum):
    """By what requests are told apart: the entry that answered, the ticket's category, the cluster of a gap."""

    ENTRY = "entry"
    CATEGORY = "category"
    GAP = "gap"


class TopicNotice(SQLModel, table=True):
    """A topic left its usual range on this day (E2); one notice a topic and day. `count` grows during the day."""

    __tablename__ = "topic_notice"
    __table_args__ = (UniqueConstraint("kind", "topic", "day", name="one_notice_per_topic_and_day"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    topic: str = Field(max_length=120)
    name: str = Field(max_length=200)
    day: date = Field(index=True)
    count: int
    median: float
    limit: int
    raised_at: datetime = Field(sa_type=UtcDateTime)


class ReserveState(StrEnum):
    """LISTED waits for the decision makers."""

    LISTED = "listed"
    ADOPTED = "adopted"
    REJECTED = "rejected"


class ReserveItem(SQLModel, table=True):
    """A common problem in the 政策储备池 (NH) with the evidence of the day it was listed."""

    __tablename__ = "reserve_item"
    __table_args__ = (
        Index(
            "one_listed_reserve_item",
            "kind",
            "topic",
            unique=True,
            sqlite_where=text("state = 'listed'"),
            postgresql_where=text("state = 'listed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    topic: str = Field(max_length=120)
    name: str = Field(max_length=200)
    note: str = Field(default="", max_length=500)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str = Field(default=ReserveState.LISTED, max_length=16)
    listed_at: datetime = Field(sa_type=UtcDateTime)
    listed_by: str = Field(max_length=64)
    reason: str = Field(default="", max_length=500)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = Field(default="", max_length=64)


class GapState(StrEnum):
    """OPEN waits for an entry, DRAFTED has one on the desk, SETTLED has one that is served, DISMISSED needs none."""

    OPEN = "open"
    DRAFTED = "drafted"
    SETTLED = "settled"
    DISMISSED = "dismissed"


class GapCluster(SQLModel, table=True):
    """Questions of one meaning that the handbook did not answer. `name` is the most central one, redacted.

    `department` should write the entry; `near` is the nearest entry there is. `entry_id` is the entry meant to
    close the gap, served since `settled_at`.
    """

    __tablename__ = "gap_cluster"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=500)
    near: str = Field(default="", max_length=120)
    department: str = Field(default="", max_length=64)
    state: str = Field(default=GapState.OPEN, max_length=16, index=True)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    sheet_key: str = Field(default="", max_length=32)
    entry_id: str = Field(default="", max_length=120)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GapQuestion(SQLModel, table=True):
    """One unanswered question's place; its words stay where they were asked (and end there, PIPL 47)."""

    __tablename__ = "gap_question"

    id: int | None = Field(default=None, primary_key=True)
    cluster_id: int = Field(foreign_key="gap_cluster.id", index=True)
    answer_id: int = Field(unique=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
