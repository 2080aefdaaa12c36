"""Buckets of network addresses; a follower's bucket is on the follower's own row."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class AddressBucket(SQLModel, table=True):
    """What one address may still try. `key` is a hash of purpose and network. Times are real time."""

    __tablename__ = "address_bucket"

    key: str = Field(primary_key=True, max_length=64)
    tokens: float
    at: datetime = Field(sa_type=UtcDateTime, index=True)
