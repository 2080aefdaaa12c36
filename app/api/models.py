"""The keys of other systems (12345, 津产发, 暖企云 …) (C2)."""

from datetime import datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class ApiKey(SQLModel, table=True):
    """A key of another system; only its hash is kept. Several may be live while one replaces the other."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    system: str = Field(max_length=32, index=True)
    key_hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(default="", max_length=64)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
