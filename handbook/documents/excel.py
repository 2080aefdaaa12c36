"""An Excel handbook → entries: one row each, columns known by their header, whatever it is called."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from handbook.documents import rows
from handbook.documents.recognised import Found, Reading, with_category
from handbook.documents.safety import DocumentRefused, require_safe

MAX_ROWS = 5000
MAX_SCANNED = 100_000
MAX_COLUMNS = 60
HEADER_WITHIN = 10
_DEFAULT_NAMES = ("sheet", "工作表")


def read_excel(path: Path) -> Reading:
    """Every entry of every visible sheet. Raises DocumentRefused."""
    require_safe(path)
    try:
        sheets = list(_sheets(path))
    except DocumentRefused:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part of the file provokes
        raise DocumentRefused(
            f"{path.name} 打不开（{type(error).__name__}）：用 Excel/WPS 另存一份再导入"
        ) from None
    found: list[Found] = []
    left_over: list[tuple[str, str]] = []
    unknown: list[str] = []
    recognised = False
    for name, lines in sheets:
        header = _header(lines)
        if header is None:
            left_over += [(f"表「{name}」", "没有认出表头")] if lines else []
            continue
        recognised = True
        number, columns = header
        place_rows = [(f"表「{name}」第 {n} 行", cells) for n, cells in lines if n > number]
        entries, rest = rows.entries_of(columns, place_rows)
        category = "" if name.lower().startswith(_DEFAULT_NAMES) else name
        found += [with_category(item, category) for item in entries]
        left_over += rest
        unknown += columns.unknown
    if not recognised:
        raise DocumentRefused(
            f"{path.name} 前 {HEADER_WITHIN} 行里没有认出表头：要有「问题」和「答复」这样的列名"
        )
    return Reading(tuple(found), tuple(left_over), tuple(dict.fromkeys(unknown)))


def _header(lines: list[tuple[int, list[str]]]) -> tuple[int, rows.Columns] | None:
    for number, cells in lines[:HEADER_WITHIN]:
        columns = rows.columns_of(cells)
        if columns is not None:
            return number, columns
    return None


def _sheets(path: Path) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    """Visible sheets with their rows that are not blank; formulas as written, since a stored value may be stale."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            lines: list[tuple[int, list[str]]] = []
            for number, values in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
                if len(lines) > MAX_ROWS or number > MAX_SCANNED:
                    raise DocumentRefused(f"表「{sheet.title}」超过 {MAX_ROWS} 行：删掉空行或拆成几份再导入")
                cells = [_text(value) for value in values]
                if any(cells):
                    lines.append((number, cells))
            yield sheet.title, lines
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\u3000", " ").replace("\xa0", " ").replace("_x000D_", "").strip()
