"""Which order of another system (12345, 津产发, 暖企云 …) is which ticket of ours, and that system's own deadline (C2)."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class OutsideOrder(SQLModel, table=True):
    """One order of another system. `ticket_id` is empty only inside the transaction that takes it in.

    `due_at` is that system's own deadline, kept beside ours. `body_hash` tells a repeat from a mix-up.
    `outside_state`: the state that system last gave it; `confirmed_at`: it agreed to our result. `reported_upto`:
    what happened until then has gone out in a file.
    """

    __tablename__ = "outside_order"
    __table_args__ = (
        UniqueConstraint("system", "external_number", name="one_order_per_outside_number"),
        UniqueConstraint("system", "idempotency_key", name="one_order_per_idempotency_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    system: str = Field(max_length=32)
    external_number: str = Field(max_length=64)
    idempotency_key: str = Field(max_length=128)
    body_hash: str = Field(max_length=64)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outside_state: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reported_upto: datetime | None = Field(default=None, sa_type=UtcDateTime)
