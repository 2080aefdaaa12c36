"""The shared access token: one holder for all processes."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class AccessToken(SQLModel, table=True):
    """The platform's token of one account (≥ 512 characters must fit). Expiry is real time."""

    __tablename__ = "access_token"

    app_id: str = Field(primary_key=True, max_length=64)
    token: str = Field(max_length=2000)
    expires_at: datetime = Field(sa_type=UtcDateTime)
