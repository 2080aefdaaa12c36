"""Panel accounts and their server-side sessions."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class User(SQLModel, table=True):
    """A person who may log in to /admin. No account ships with a password."""

    __tablename__ = "panel_user"

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    name: str = Field(default="", max_length=64)
    role: str = Field(max_length=16)
    password_hash: str = Field(max_length=200)
    is_active: bool = True
    failed_count: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class UserSession(SQLModel, table=True):
    """A login; only the SHA-256 of the cookie is stored. Times are real time."""

    __tablename__ = "panel_session"

    id_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="panel_user.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    address: str = Field(default="", max_length=64)
