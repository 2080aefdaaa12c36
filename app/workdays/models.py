"""Days that differ from the packaged calendar: official notices and the district's own overrides."""

from datetime import date, datetime

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
