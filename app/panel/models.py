"""Panel accounts, their server-side sessions and failed logins."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, LargeBinary, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class User(SQLModel, table=True):
    """A person who may log in to /admin. No account ships with a password.

    `area_code` narrows an area leader to that area and what lies below it; empty for other roles.
    `coordinator_id` is the person of a department's list whom a department account stands for; empty for others.
    `must_change_password`: somebody else knows the password. Times of logins and passwords are real time.
    `totp_seed` is encrypted; it counts once `totp_since` is set. `totp_step` is the last 30 seconds used.
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
    coordinator_id: int | None = Field(
        default=None,
        sa_column=Column(ForeignKey("coordinator.id", name="panel_user_coordinator"), nullable=True),
    )
    must_change_password: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    password_changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_login_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_seed: str = Field(default="", max_length=400, sa_column_kwargs={"server_default": ""})
    totp_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_step: int | None = Field(default=None, sa_type=BigInteger)


class FormerPassword(SQLModel, table=True):
    """The hash of a password that was used before: none of the last five comes back."""

    __tablename__ = "panel_former_password"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="panel_user.id", index=True)
    password_hash: str = Field(max_length=200)
    replaced_at: datetime = Field(sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """One way in without the telephone, for one time; only the hash is kept."""

    __tablename__ = "panel_recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="panel_user.id", index=True)
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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

    Counting by account alone would let a stranger lock every clerk out. `account`: the hash of the name, so that
    an administrator can open it again; empty where the key is an address alone. `locks`: how often it was locked
    in a row, so that the next lock lasts longer.
    """

    __tablename__ = "panel_login_failure"

    key: str = Field(primary_key=True, max_length=64)
    account: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    count: int = 0
    since: datetime = Field(sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    locks: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class SavedFilter(SQLModel, table=True):
    """A list as its user likes to see it: the query of the page under a name of the user's own."""

    __tablename__ = "panel_saved_filter"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="panel_user.id", index=True)
    name: str = Field(max_length=32)
    query: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)


class Upload(SQLModel, table=True):
    """A list between its dry run on screen and the decision: the file as it came, gone after a day.

    `kind` says what it is for. Once applied, `content` is emptied and `outcome` keeps what became of it.
    """

    __tablename__ = "panel_upload"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="panel_user.id", index=True)
    kind: str = Field(max_length=32)
    name: str = Field(max_length=120)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
