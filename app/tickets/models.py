"""Tickets (工单), their timeline and what hangs on them (mission C)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class Ticket(SQLModel, table=True):
    """One request. `ladder` and the due dates are resolved when it opens: an edit never moves a promise.

    `version` guards every change (compare-and-set). `next_step_at` is when the worker must look again.
    `holder_kind` says who holds it now: officer, department, hub, meeting, leader, city; `held_since` since when
    and `accepted_at` when this holder took it up. `supervised_at`: on the hub's supervision list since (C9).
    """

    __tablename__ = "ticket"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=16)
    version: int = 1
    status: str = Field(max_length=16, index=True)
    channel: str = Field(default="微信", max_length=32)
    external_number: str = Field(default="", max_length=64)
    category: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=16)
    title: str = Field(default="", max_length=120)
    content: str = Field(max_length=4000)
    near: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    openid: str | None = Field(default=None, max_length=64, index=True)
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True)
    contact_name: str = Field(default="", max_length=64)
    contact_phone: str = Field(default="", max_length=32)
    is_about_officer: bool = False
    ladder: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    step: str = Field(max_length=32)
    profile_hash: str = Field(default="", max_length=64)
    holder_kind: str = Field(max_length=16, index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    first_responder_id: int | None = Field(default=None, foreign_key="officer.id")
    opened_at: datetime = Field(sa_type=UtcDateTime, index=True)
    received_on: date
    due_on: date
    due_is_provisional: bool = False
    contact_due_on: date | None = None
    held_since: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    waiting_since: date | None = None
    waited_days: int = 0
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result_kind: str = Field(default="", max_length=16)
    result: str = Field(default="", max_length=4000)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reopened_count: int = 0
    urged_count: int = 0
    returned_count: int = 0
    extended_count: int = 0
    supervised_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    last_activity_at: datetime = Field(sa_type=UtcDateTime)
    next_step_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class TicketEvent(SQLModel, table=True):
    """One line of the timeline: every verb writes its own history. `is_public`: the enterprise may read `note`."""

    __tablename__ = "ticket_event"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=32)
    actor_kind: str = Field(max_length=16)
    actor_id: str = Field(default="", max_length=64)
    actor_name: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=4000)
    is_public: bool = False
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Attachment(SQLModel, table=True):
    """A picture or file of a ticket; `path` is relative to the data dir's uploads, empty until fetched."""

    __tablename__ = "attachment"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    media_kind: str = Field(max_length=16)
    media_id: str = Field(default="", max_length=200)
    path: str = Field(default="", max_length=200)
    fault: str = Field(default="", max_length=64)


class Rating(SQLModel, table=True):
    """What the enterprise thinks; the last answer counts, the earlier ones stay (D3)."""

    __tablename__ = "rating"
    __table_args__ = (
        Index(
            "one_current_rating_per_ticket",
            "ticket_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    at: datetime = Field(sa_type=UtcDateTime)
    score: int
    comment: str = Field(default="", max_length=1000)
    openid: str = Field(max_length=64)
    is_current: bool = True
