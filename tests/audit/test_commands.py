"""`qiying audit verify|export` and the before/after helper (checklist 9, 14; reliability 24)."""

import csv
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner

from app.audit import AuditRow
from app.cli.main import app
from app.db import Database
from app.trail.changes import changes
from app.trail.export import harmless

runner = CliRunner()
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    " =1",
    "\u00a0=1",
    "\u3000＝1",
    "＋1",
    "－1",
    "＠x",
    "ok\n=1",
    "ok\r\n-1",
]


@pytest.fixture
def here(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The command's own database."""
    monkeypatch.setenv("QIYING_DATABASE_URL", database.write_engine.url.render_as_string(hide_password=False))
    return database


def test_verify_says_that_all_is_well(here: Database, act: Callable[..., None]) -> None:
    act(1)
    done = runner.invoke(app, ["audit", "verify"])
    assert done.exit_code == 0, done.output
    assert "完整，共 1 行" in done.output
    again = runner.invoke(app, ["audit", "verify", "--known", done.output.strip().splitlines()[-1]])
    assert again.exit_code == 0


def test_verify_names_the_first_broken_row_and_fails(here: Database, act: Callable[..., None]) -> None:
    act(1)
    act(2)
    on = "" if here.is_sqlite else " ON audit"
    with here.write_engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER audit_no_update{on}"))
        connection.execute(text("UPDATE audit SET object = 'x' WHERE id = 2"))
    done = runner.invoke(app, ["audit", "verify"])
    assert done.exit_code == 1
    assert "第 2 行（编号 2）" in done.output


def test_export_is_complete_private_and_audited(
    here: Database, act: Callable[..., None], tmp_path: Path
) -> None:
    for number, formula in enumerate(FORMULAS):
        act(number, target=formula, detail={"note": formula})
    target = tmp_path / "audit.csv"
    done = runner.invoke(app, ["audit", "export", str(target)])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(FORMULAS)
    for row in rows[1:]:
        assert not [cell for cell in row if cell.lstrip(" \u00a0\u3000").startswith(tuple("=+-@\t＝＋－＠"))]
    again = runner.invoke(app, ["audit", "export", str(target)])
    assert again.exit_code != 0
    with here.reading() as session:
        last = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc())).first()
    assert last is not None
    assert (last.action, last.object, last.detail) == ("audit.export", "audit.csv", {"rows": len(FORMULAS)})


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_line_of_a_cell_is_a_formula(formula: str) -> None:
    assert all(
        not line.lstrip(" \u00a0\u3000").startswith(tuple("=+-@\t＝＋－＠"))
        for line in harmless(formula).split("\n")
    )


def test_changes_keep_what_differs_and_mask_it() -> None:
    before = {
        "status": "已受理",
        "contact_phone": "13912345678",
        "name": "赵测试",
        "same": 1,
        "password_hash": "old",
    }
    after = {
        "status": "办理中",
        "contact_phone": "13900000001",
        "name": "钱测试",
        "same": 1,
        "password_hash": "new",
    }
    assert changes(before, after) == {
        "before": {"status": "已受理", "contact_phone": "139****5678", "name": "赵*", "password_hash": "***"},
        "after": {"status": "办理中", "contact_phone": "139****0001", "name": "钱*", "password_hash": "***"},
    }
