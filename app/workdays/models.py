"""Days that differ from the packaged calendar: official notices and the district's own overrides."""

from datetime import date, datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class Workday(SQLModel, table=True):
    """Whether one day is worked; `layer` override beats notice."""

    __tablename__ = "workday"

    day: date = Field(primary_key=True)
    layer: str = Field(primary_key=True, max_length=16)
    is_workday: bool
    source: str = Field(default="", max_length=200)
    entered_by: str = Field(default="", max_length=64)
    entered_at: datetime = Field(sa_type=UtcDateTime)


class PendingNotice(SQLModel, table=True):
    """A yearly notice that one person entered and a second one has to confirm before it counts.

    `days` is ISO day → worked. `settled_at` is set when it was confirmed or thrown away.
    """

    __tablename__ = "pending_notice"

    id: int | None = Field(default=None, primary_key=True)
    year: int
    days: dict[str, bool] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    source: str = Field(default="", max_length=200)
    entered_by: str = Field(max_length=64)
    entered_at: datetime = Field(sa_type=UtcDateTime)
    settled_by: str = Field(default="", max_length=64)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_confirmed: bool = False
