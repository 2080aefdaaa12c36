"""Rows that were not taken go back to whoever sent the list, with the reason."""

import csv
import os
from datetime import datetime
from pathlib import Path

from app.clock import SHANGHAI
from app.directory.plan import Plan

FORMULA_CHARACTERS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def write_rejected(plan: Plan, headers: tuple[str, ...], source: Path, data_dir: Path, now: datetime) -> Path:
    """The refused rows with the reason in the last column, in the data dir, mode 0600: they hold phone numbers."""
    folder = data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M%S-%f")
    path = folder / f"{source.stem}-未导入-{stamp}.csv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["行号", *headers, "未导入原因"])
        for row in plan.rejected:
            cells = [harmless(row.cells.get(name, "")) for name in headers]
            writer.writerow([row.line, *cells, row.reason])
    return path


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe, which reading takes off again."""
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(FORMULA_CHARACTERS) else cell
