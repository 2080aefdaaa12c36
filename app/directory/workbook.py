"""Tables as an XLSX file for people to pass on: text stays text, nothing is run as a formula."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
Cell = str | int
Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]


def write_book(path: Path, sheets: Mapping[str, Table]) -> Path:
    """One sheet for each title with its headers and rows; mode 0600, because rows name people."""
    book = openpyxl.Workbook(write_only=True)
    for title, (headers, rows) in sheets.items():
        sheet = book.create_sheet(_NOT_IN_TITLES.sub(" ", title)[:LONGEST_TITLE])
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, head) for head in headers])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        book.save(file)
    path.chmod(0o600)
    return path


def _cell(sheet: object, value: Cell) -> WriteOnlyCell:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type, cell.number_format = "s", "@"
    return cell
