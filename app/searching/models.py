"""The index behind the panel's word searches: which two characters follow each other in which text."""

from enum import IntEnum

from sqlalchemy import BigInteger, Column, SmallInteger
from sqlmodel import Field, SQLModel


class Place(IntEnum):
    """Which text of which row: a ticket's request and names, an enterprise's name, its address."""

    TICKET = 1
    NAME = 2
    ADDRESS = 3


class Gram(SQLModel, table=True):
    """Two neighbouring characters (`app.searching.grams`) and a row that has them.

    Derived from the rows it points to: no link guards it, a move or restore may leave it out, and whoever finds a
    row by it looks at the row's own text. Narrow, because a long request has hundreds.
    """

    __tablename__ = "gram"
    __table_args__ = {"sqlite_with_rowid": False}

    place: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    pair: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    row_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
