"""The problem list (问题清单) of a rectification: items, evidence, sign-off, spot checks (C12, BH 2(3)2)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class ProblemItem(SQLModel, table=True):
    """One problem to be put right: by which department, who answers for it, by when, and how far it is.

    `version` guards every change (compare-and-set). `owner_name` is the person named on the list; `signed_by`
    with `signed_post` is the head of the unit. `failed_checks` counts spot checks that it did not pass.
    """

    __tablename__ = "problem_item"

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    status: str = Field(max_length=16, index=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    title: str = Field(max_length=200)
    measures: str = Field(default="", max_length=2000)
    source: str = Field(default="", max_length=64)
    department_id: int = Field(foreign_key="department.id", index=True)
    owner_name: str = Field(max_length=64)
    due_on: date
    listed_at: datetime = Field(sa_type=UtcDateTime)
    listed_by: str = Field(default="", max_length=64)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_by: str = Field(default="", max_length=64)
    signed_post: str = Field(default="", max_length=64)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_checks: int = 0


class ProblemEvidence(SQLModel, table=True):
    """整改佐证材料: a note, a file, or both. `path` is relative to the data dir; empty where only a note."""

    __tablename__ = "problem_evidence"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="problem_item.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=2000)
    name: str = Field(default="", max_length=120)
    path: str = Field(default="", max_length=200)
    media_type: str = Field(default="", max_length=80)
    digest: str = Field(default="", max_length=64)


class ProblemEvent(SQLModel, table=True):
    """One line of an item's history."""

    __tablename__ = "problem_event"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="problem_item.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=16)
    actor_kind: str = Field(max_length=16)
    actor_id: str = Field(default="", max_length=64)
    actor_name: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=2000)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SpotCheck(SQLModel, table=True):
    """明察暗访: a sample of signed items; the same seed over the same items draws the same ones."""

    __tablename__ = "spot_check"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=64)
    seed: int
    size: int
    drawn_from: int
    drawn_at: datetime = Field(sa_type=UtcDateTime)
    drawn_by: str = Field(default="", max_length=64)


class SpotCheckItem(SQLModel, table=True):
    """One drawn item; `outcome` is empty until somebody has been there."""

    __tablename__ = "spot_check_item"
    __table_args__ = (UniqueConstraint("check_id", "item_id"),)

    id: int | None = Field(default=None, primary_key=True)
    check_id: int = Field(foreign_key="spot_check.id", index=True)
    item_id: int = Field(foreign_key="problem_item.id", index=True)
    outcome: str = Field(default="", max_length=16)
    note: str = Field(default="", max_length=2000)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_by: str = Field(default="", max_length=64)
