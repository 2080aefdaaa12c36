"""Who did what to what, from where: one append-only row per write, export and reveal."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel

from app.db import UtcDateTime


class AuditRow(SQLModel, table=True):
    """One act. Values are masked before they come here."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_kind: str = Field(max_length=20)
    actor: str = Field(max_length=100)
    action: str = Field(max_length=60)
    object: str = Field(max_length=200, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    address: str = Field(default="", max_length=64)
    succeeded: bool = True


def record(
    session: Session,
    *,
    at: datetime,
    actor_kind: str,
    actor: str,
    action: str,
    target: str,
    detail: dict[str, Any] | None = None,
    address: str = "",
    succeeded: bool = True,
) -> None:
    """Append one row inside the caller's transaction."""
    session.add(
        AuditRow(
            at=at,
            actor_kind=actor_kind,
            actor=actor,
            action=action,
            object=target,
            detail=detail or {},
            address=address,
            succeeded=succeeded,
        )
    )
