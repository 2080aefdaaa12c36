"""Policies that are brought to enterprises (B7): a push, and everybody whom it reaches, once each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class PushState(StrEnum):
    """DRAFT can still be looked at, RUNNING is let out little by little, DONE and STOPPED are over."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class ItemState(StrEnum):
    """WAITING for its turn, RELEASED into the outbox, SKIPPED for a reason, STOPPED with its push."""

    WAITING = "waiting"
    RELEASED = "released"
    SKIPPED = "skipped"
    STOPPED = "stopped"


class PolicyPush(SQLModel, table=True):
    """One handbook entry for one part of the directory.

    `title` and `sentence` are what the chat shows, as they were when the push was written. `target` is
    `targeting.Target` as JSON. `skipped` counts by reason whom the start left out, `skipped_sample` names some.
    """

    __tablename__ = "policy_push"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: str = Field(max_length=120, index=True)
    title: str = Field(max_length=120)
    sentence: str = Field(max_length=300)
    target: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    per_hour: int
    follow_hours: int
    state: str = Field(default=PushState.DRAFT, max_length=16, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=64)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_by: str = Field(default="", max_length=64)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_by: str = Field(default="", max_length=64)
    stop_reason: str = Field(default="", max_length=200)
    skipped: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    skipped_sample: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class PushItem(SQLModel, table=True):
    """One person of one push; `why` is how the enterprise fits the target. The database allows nobody twice."""

    __tablename__ = "policy_push_item"
    __table_args__ = (
        UniqueConstraint("push_id", "openid", name="one_push_per_person"),
        Index("policy_push_item_by_state", "push_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    push_id: int = Field(foreign_key="policy_push.id")
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    openid: str = Field(max_length=64, index=True)
    why: str = Field(default="", max_length=300)
    state: str = Field(default=ItemState.WAITING, max_length=16)
    reason: str = Field(default="", max_length=200)
    outbox_key: str | None = Field(default=None, unique=True, max_length=128)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
