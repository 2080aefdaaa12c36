"""Who is who: areas, departments, coordinators, officers, enterprises and who serves whom (mission A)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.db import UtcDateTime


class Area(SQLModel, table=True):
    """一级片区, 二级片区, 网格, 楼宇 or 行业条口: a tree by code (NH 附件 一).

    `leader` answers for the area (分管领导); `district_leader` stands behind it and all below (包保领导, A9).
    """

    __tablename__ = "area"

    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=64, index=True)
    parent_code: str | None = Field(default=None, max_length=32, foreign_key="area.code")
    kind: str = Field(max_length=16)
    bounds: str = Field(default="", max_length=1000)
    leader: str = Field(default="", max_length=64)
    district_leader: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    section: str = Field(default="", max_length=64)
    is_active: bool = True


class Department(SQLModel, table=True):
    """A 职能部门 that can be summoned (吹哨)."""

    __tablename__ = "department"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=64)
    office_phone: str = Field(default="", max_length=32)
    industries: str = Field(default="", max_length=500)
    is_active: bool = True


class Coordinator(SQLModel, table=True):
    """A department's 协调专员 (DL), 首席帮办 (BC), 联络员 (NH)."""

    __tablename__ = "coordinator"

    id: int | None = Field(default=None, primary_key=True)
    department_id: int = Field(foreign_key="department.id", index=True)
    name: str = Field(max_length=64)
    phone: str = Field(default="", max_length=32)
    expertise: str = Field(default="", max_length=500)
    openid: str | None = Field(default=None, unique=True, max_length=64)
    is_active: bool = True


class Officer(SQLModel, table=True):
    """A 为企服务人员; `public_phone` may be shown to enterprises, `phone` never unmasked."""

    __tablename__ = "officer"

    id: int | None = Field(default=None, primary_key=True)
    staff_no: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=64)
    phone: str = Field(default="", max_length=32)
    public_phone: str = Field(default="", max_length=32)
    area_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    grid: str = Field(default="", max_length=64)
    duty: str = Field(default="", max_length=200)
    unit: str = Field(default="", max_length=64)
    stand_in_id: int | None = Field(default=None, foreign_key="officer.id")
    away_from: date | None = None
    away_until: date | None = None
    openid: str | None = Field(default=None, unique=True, max_length=64)
    bound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_active: bool = True


class Enterprise(SQLModel, table=True):
    """An 经营主体, keyed by 统一社会信用代码 (18, checksum-validated).

    `officer_id` repeats the running assignment, so that a list of 100,000 can be narrowed by it; only
    `app.directory.serving` writes it. `indexed_at`: since when its name and address are in the search index
    (`app.searching`); None: not yet, or changed since.
    """

    __tablename__ = "enterprise"
    __table_args__ = (
        Index("enterprise_by_status", "status", "kind"),
        Index("enterprise_by_kind", "kind"),
        Index("enterprise_by_area", "area_code", "status", "kind"),
        Index("enterprise_by_area_and_code", "area_code", "credit_code"),
        Index("enterprise_by_officer", "officer_id", "area_code", "status"),
        Index(
            "enterprise_to_index",
            "id",
            sqlite_where=text("indexed_at IS NULL"),
            postgresql_where=text("indexed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    credit_code: str = Field(unique=True, max_length=18)
    name: str = Field(max_length=128, index=True)
    kind: str = Field(max_length=16)
    industry: str = Field(default="", max_length=64)
    address: str = Field(default="", max_length=200)
    area_code: str | None = Field(default=None, foreign_key="area.code")
    grid: str = Field(default="", max_length=64)
    status: str = Field(default="正常", max_length=16, index=True)
    legal_representative: str = Field(default="", max_length=64)
    contact_name: str = Field(default="", max_length=64)
    contact_phone: str = Field(default="", max_length=32)
    building: str = Field(default="", max_length=64)
    leader: str = Field(default="", max_length=64)
    promotion_department: str = Field(default="", max_length=64)
    key_service: str = Field(default="", max_length=64)
    scale: str = Field(default="", max_length=16)
    stage: str = Field(default="", max_length=16)
    chain: str = Field(default="", max_length=64)
    is_green_channel: bool = False
    updated_at: datetime = Field(sa_type=UtcDateTime)
    officer_id: int | None = Field(
        default=None,
        sa_column=Column(ForeignKey("officer.id", name="enterprise_officer"), nullable=True),
    )
    indexed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Assignment(SQLModel, table=True):
    """Which officer serves which enterprise; one at a time, by the database (NH 附件 一(二) 一对一)."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "one_officer_per_enterprise",
            "enterprise_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rule: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=200)


class Contact(SQLModel, table=True):
    """A follower who speaks for an enterprise; unverified until an officer confirms."""

    __tablename__ = "contact"
    __table_args__ = (
        Index(
            "one_binding_per_person_and_enterprise",
            "openid",
            "enterprise_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    openid: str = Field(max_length=64, index=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    name: str = Field(default="", max_length=64)
    phone: str = Field(default="", max_length=32)
    since: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_by: str = Field(default="", max_length=64)
    is_current: bool = True


class Invitation(SQLModel, table=True):
    """A one-time code that binds an openid to an officer or coordinator; only its hash is kept."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True, max_length=64)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")
    coordinator_id: int | None = Field(default=None, foreign_key="coordinator.id")
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Attempt(SQLModel, table=True):
    """How often someone tried a code or a look-up within the running period; `key` is purpose and openid."""

    __tablename__ = "directory_attempt"

    key: str = Field(primary_key=True, max_length=96)
    count: int = 0
    since: datetime = Field(sa_type=UtcDateTime)


class Visit(SQLModel, table=True):
    """A visit, call or online contact with an enterprise (A11)."""

    __tablename__ = "visit"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id")
    at: datetime = Field(sa_type=UtcDateTime)
    channel: str = Field(default="走访", max_length=16)
    note: str = Field(default="", max_length=1000)


class ImportRun(SQLModel, table=True):
    """One applied roster file; the last one can be taken back (`app.directory.undoing`)."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=100)
    source: str = Field(max_length=200)
    counts: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str = Field(default="", max_length=100)


class DirectoryChange(SQLModel, table=True):
    """One line of the 增减台账 (A4) and of the status history (A5), by import or by hand.

    `before` and `after` hold the fields that differ, `officer` as a staff number; nothing refers to the row that
    changed, so that the ledger outlives it. `area_code` is where it is now, `from_area_code` where it was.
    """

    __tablename__ = "directory_change"
    __table_args__ = (Index("directory_change_of_row", "kind", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = Field(default=None, foreign_key="import_run.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: str = Field(max_length=16)
    key: str = Field(max_length=160)
    label: str = Field(max_length=160)
    action: str = Field(max_length=16)
    area_code: str = Field(default="", max_length=32)
    from_area_code: str = Field(default="", max_length=32)
    before: dict[str, str | None] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, str | None] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    actor: str = Field(max_length=100)
    reason: str = Field(default="", max_length=200)


class CoverageRecord(SQLModel, table=True):
    """The coverage of a district too large to read while a page waits (`app.directory.overview`): one row, made by the
    worker at `made_at`."""

    __tablename__ = "coverage_record"

    id: int = Field(primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
