"""A real database file, roster files written on the fly, and valid credit codes."""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import select
from stdnum.cn import uscc

from app.db import Database
from app.directory.importing import Applied, apply_import, plan_import
from app.directory.models import Area, Assignment, Enterprise, Officer
from app.directory.plan import Plan
from app.directory.sheets import read_sheet
from app.districts.loader import load_profile

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ENTERPRISE = ["统一社会信用代码", "名称", "类型"]
OFFICER = ["工号", "姓名", "片区"]


def code(number: int) -> str:
    """A valid credit code that belongs to nobody."""
    body = f"91120221MA{number:07d}"
    return body + uscc.calc_check_digit(body)


class Office:
    """Imports files into one database and looks at what came of it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.folder = folder
        self.now = NOW
        self.applied: Applied | None = None

    def file(
        self, rows: Sequence[Sequence[object]], name: str = "f.csv", encoding: str = "utf-8-sig"
    ) -> Path:
        path = self.folder / name
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(list(row))
            book.save(path)
        else:
            with path.open("w", encoding=encoding, newline="") as file:
                csv.writer(file).writerows(rows)
        return path

    def plan(
        self, kind: str, rows: Sequence[Sequence[object]], *, full: bool = False, **options: str
    ) -> Plan:
        sheet = read_sheet(self.file(rows, **options))
        with self.db.reading() as session:
            return plan_import(session, kind, sheet, full=full)

    def take(
        self,
        kind: str,
        rows: Sequence[Sequence[object]],
        *,
        full: bool = False,
        district: str = "ninghe",
        **options: str,
    ) -> Plan:
        sheet = read_sheet(self.file(rows, **options))
        with self.db.transaction() as session:
            plan = plan_import(session, kind, sheet, full=full)
            self.applied = apply_import(
                session,
                kind,
                plan,
                layers=load_profile(district).routing,
                actor="cli",
                source="f.csv",
                now=self.now,
            )
        return plan

    def settle(self) -> None:
        """Two areas and three officers, so that enterprises have where to go."""
        self.take(
            "areas",
            [["编码", "名称", "类型"], ["lt", "芦台街道", "一级片区"], ["qb", "桥北街道", "一级片区"]],
        )
        rows = [["W1", "王服务", "芦台街道"], ["W2", "李服务", "桥北街道"], ["W3", "赵服务", "桥北街道"]]
        self.take("officers", [OFFICER, *rows])

    def enterprise(self, number: int) -> Enterprise:
        with self.db.reading() as session:
            return session.exec(select(Enterprise).where(Enterprise.credit_code == code(number))).one()

    def officer(self, staff_no: str) -> Officer:
        with self.db.reading() as session:
            return session.exec(select(Officer).where(Officer.staff_no == staff_no)).one()

    def served_by(self, number: int) -> str:
        """The staff number of the officer in charge and by which rule; empty if none."""
        with self.db.reading() as session:
            row = session.exec(
                select(Officer.staff_no, Assignment.rule)
                .join(Assignment, Assignment.officer_id == Officer.id)
                .join(Enterprise, Enterprise.id == Assignment.enterprise_id)
                .where(Enterprise.credit_code == code(number), Assignment.until == None)  # noqa: E711 - SQL
            ).first()
        return f"{row[0]} {row[1]}" if row else ""

    def count(self, model: type) -> int:
        with self.db.reading() as session:
            return len(session.exec(select(model)).all())


@pytest.fixture
def office(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Office]:
    db = blank_database(tmp_path / "t.db")
    yield Office(db, tmp_path)
    db.close()


@pytest.fixture
def credit_code() -> Callable[[int], str]:
    return code


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def area_model() -> type[Area]:
    return Area
