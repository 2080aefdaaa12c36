"""Panel accounts, their server-side sessions and failed logins."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class User(SQLModel, table=True):
    """A person who may log in to /admin. No account ships with a password.

    `area_code` narrows an area leader to that area and what lies below it; empty for other roles.
    """

    __tablename__ = "panel_user"

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    name: str = Field(default="", max_length=64)
    role: str = Field(max_length=16)
    area_code: str = Field(default="", max_length=32)
    password_hash: str = Field(max_length=200)
    is_active: bool = True
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


class LoginFailure(SQLModel, table=True):
    """Attempts without success under one key (account + address, or address alone). Times are real time.

    Counting by account alone would let a stranger lock every clerk out.
    """

    __tablename__ = "panel_login_failure"

    key: str = Field(primary_key=True, max_length=64)
    count: int = 0
    since: datetime = Field(sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
