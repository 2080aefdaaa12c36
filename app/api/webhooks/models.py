"""Where other systems want to hear of their orders, and what was sent there."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class DeliveryState(StrEnum):
    """NEW waits for its turn or its next try; DEAD is given up and may be sent again by a person."""

    NEW = "new"
    SENT = "sent"
    DEAD = "dead"


class WebhookEndpoint(SQLModel, table=True):
    """One address per system. The signing secret is derived from `salt`, so that none is stored."""

    __tablename__ = "webhook_endpoint"

    system: str = Field(primary_key=True, max_length=32)
    url: str = Field(max_length=500)
    salt: str = Field(max_length=32)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    registered_by: str = Field(default="", max_length=64)


class WebhookDelivery(SQLModel, table=True):
    """One step of one order on its way out; `event_id` makes it one per system, however often it is looked for."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("system", "event_id", name="one_delivery_per_step"),
        Index("webhook_delivery_due", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: str = Field(unique=True, max_length=36)
    system: str = Field(max_length=32)
    event_id: int
    ticket_id: int = Field(index=True)
    kind: str = Field(max_length=32)
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str = Field(default=DeliveryState.NEW, max_length=8)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    last_error: str = Field(default="", max_length=200)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
