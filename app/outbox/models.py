"""Messages waiting to be told, written in the transaction of what they tell (design §3)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class OutboxState(StrEnum):
    """NEW waits, RUN is leased, SENT went out, PENDING waits for the person's next contact,
    UNKNOWN may or may not have arrived, DEAD needs a person, CANCELLED is moot."""

    NEW = "new"
    RUN = "run"
    SENT = "sent"
    PENDING = "pending"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"


class OutboxMessage(SQLModel, table=True):
    """One thing to tell one person.

    `reply` is bot.messages.Reply as JSON. `kind` names the notification (template lookup);
    `fields` are its template values; `path` the page behind the template.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_claim", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(unique=True, max_length=128)
    openid: str = Field(max_length=64, index=True)
    kind: str = Field(max_length=32)
    reply: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    path: str = Field(default="", max_length=500)
    ticket_id: int | None = Field(default=None, index=True)
    state: str = Field(default=OutboxState.NEW, max_length=16)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner: str = Field(default="", max_length=64)
    tries: int = 0
    first_tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str = Field(default="", max_length=500)
    channel: str = Field(default="", max_length=16)
    platform_id: str = Field(default="", max_length=64, index=True)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    receipt: str = Field(default="", max_length=64)


class PeriodicJob(SQLModel, table=True):
    """A leased row per periodic job: late runs are caught up once, never skipped."""

    __tablename__ = "periodic_job"

    name: str = Field(primary_key=True, max_length=64)
    next_run_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner: str = Field(default="", max_length=64)
    last_ok_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
