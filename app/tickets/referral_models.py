"""Buck-passing handed over to those who hold people to account (移交, NH, C14)."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class Referral(SQLModel, table=True):
    """One hand-over record: to which body, why, after how many returns, by whom; later what that body found.

    `outcome_at` is empty while nothing is known.
    """

    __tablename__ = "referral"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    body: str = Field(max_length=64)
    reason: str = Field(max_length=1000)
    times: int
    referred_at: datetime = Field(sa_type=UtcDateTime)
    referred_by: str = Field(default="", max_length=64)
    outcome: str = Field(default="", max_length=2000)
    outcome_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome_by: str = Field(default="", max_length=64)
