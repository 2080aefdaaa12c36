"""Tickets (工单), their timeline and what hangs on them (mission C)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime

SCOPE = (
    "enterprise_id",
    "officer_id",
    "first_responder_id",
)  # whose it is, read for everybody with an own area


class Ticket(SQLModel, table=True):
    """One request. `ladder` and the due dates are resolved when it opens: an edit never moves a promise.

    `version` guards every change (compare-and-set). `next_step_at` is when the worker must look again.
    `holder_kind` says who holds it now: officer, department, hub, meeting, leader, city; `held_since` since when
    and `accepted_at` when this holder took it up. `supervised_at`: on the hub's supervision list since (C9).
    `due_on` is always `due_days` working days after `due_from`, so that a calendar published later can move it;
    a fixed day, as a meeting decides one, is 0 days after itself. `contact_due_on` and `progress_due_on`: a department calls, then reports, by these days (FT 三(二)2).
    `is_sorting_proposed`: category and kind are ours, no person has confirmed them (C17). `is_green`: by the green channel (C6). `duplicate_of_id`: filed, its person follows that ticket instead.
    `indexed_at`: since when its words are in the search index (`app.searching`); None: not yet, or changed since.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ticket_by_status_and_day", "status", "due_on", "id", *SCOPE),
        Index("ticket_by_result", "resolved_at", "due_on", *SCOPE),
        Index("ticket_by_arrival", "opened_at", "id", *SCOPE),
        Index("ticket_by_due_day", "due_on"),
        Index("ticket_by_activity", "last_activity_at"),
        Index("ticket_by_outside_number", "external_number"),
        Index("ticket_by_status_and_age", "status", "opened_at"),
        Index("ticket_by_channel", "channel", "opened_at"),
        Index("ticket_by_category", "category", "opened_at"),
        Index("ticket_by_first_responder", "first_responder_id", "status"),
        Index(
            "ticket_supervised",
            "status",
            "due_on",
            sqlite_where=text("supervised_at IS NOT NULL"),
            postgresql_where=text("supervised_at IS NOT NULL"),
        ),
        Index(
            "ticket_to_index",
            "id",
            sqlite_where=text("indexed_at IS NULL"),
            postgresql_where=text("indexed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=16)
    version: int = 1
    status: str = Field(max_length=16, index=True)
    channel: str = Field(default="微信", max_length=32)
    external_number: str = Field(default="", max_length=64)
    category: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=16)
    is_sorting_proposed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
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
    opened_at: datetime = Field(sa_type=UtcDateTime)
    received_on: date
    due_on: date
    due_from: date
    due_days: int
    due_is_provisional: bool = False
    contact_due_on: date | None = None
    progress_due_on: date | None = None
    is_green: bool = False
    duplicate_of_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
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
    supervised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_activity_at: datetime = Field(sa_type=UtcDateTime)
    next_step_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    indexed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CoHandler(SQLModel, table=True):
    """A department that works on a ticket beside its holder (协办, C3); `until` is set when it leaves."""

    __tablename__ = "co_handler"
    __table_args__ = (
        Index(
            "one_open_co_handler",
            "ticket_id",
            "department_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    department_id: int = Field(foreign_key="department.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MeetingItem(SQLModel, table=True):
    """One ticket on the table of a meeting: who sat there, who leads, by when, what was said (C7).

    `members` are names of units. `decided_at` is empty while the item waits; `due_on` is the day decided there.
    """

    __tablename__ = "meeting_item"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    body: str = Field(max_length=64)
    members: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    called_at: datetime = Field(sa_type=UtcDateTime)
    called_by: str = Field(default="", max_length=64)
    held_on: date | None = None
    lead_department_id: int | None = Field(default=None, foreign_key="department.id")
    due_on: date | None = None
    minutes: str = Field(default="", max_length=4000)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = Field(default="", max_length=64)


class Handoff(SQLModel, table=True):
    """A ticket given to another system (C16): it stays open here until `result` came back.

    `chased_at`: when the other side was last asked, by the clock or by a person, and how often so far.
    """

    __tablename__ = "handoff"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    destination: str = Field(max_length=64)
    outside_number: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=1000)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    sent_by: str = Field(default="", max_length=64)
    returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    returned_by: str = Field(default="", max_length=64)
    result: str = Field(default="", max_length=4000)
    chased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    chased_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


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
        Index("rating_by_day", "at"),
        Index(
            "current_rating_by_score",
            "score",
            "at",
            "ticket_id",
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    at: datetime = Field(sa_type=UtcDateTime)
    score: int
    officer_score: int | None = None
    comment: str = Field(default="", max_length=1000)
    openid: str = Field(max_length=64)
    is_current: bool = True


class Campaign(SQLModel, table=True):
    """A sampled satisfaction call-back (D3): the same seed over the same period draws the same tickets.

    `skipped` says of each ticket that was not asked why not: `{"number", "reason"}` (E7).
    """

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=64)
    seed: int
    since: date
    until: date
    per_group: int
    grouped_by: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(default="", max_length=64)
    skipped: list[dict[str, str]] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


class CampaignItem(SQLModel, table=True):
    """One drawn ticket: asked by chat, else called by a person; `outcome` is empty while nobody answered."""

    __tablename__ = "campaign_item"
    __table_args__ = (UniqueConstraint("campaign_id", "ticket_id"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    group: str = Field(default="", max_length=64)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = Field(default="", max_length=16)
    score: int | None = None
    officer_score: int | None = None
    comment: str = Field(default="", max_length=1000)
    called_by: str = Field(default="", max_length=64)
