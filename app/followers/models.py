"""A follower of the account: dialogue state and what we may still send this person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class Follower(SQLModel, table=True):
    """One openid. `state` is bot.state.ConversationState as JSON.

    `window_*` keep our own count of the platform's customer-service quota (advice; its errcode rules).
    `bucket_*` is how fast this person may write, `limited_at` when they were last told so (real time).
    """

    __tablename__ = "follower"

    openid: str = Field(primary_key=True, max_length=64)
    is_subscribed: bool = True
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    noticed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    scene: str = Field(default="", max_length=128)
    window_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    window_left: int = 0
    refuses_surveys: bool = False
    bucket_tokens: float | None = None
    bucket_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    limited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
