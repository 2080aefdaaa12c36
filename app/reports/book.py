"""Tables as an XLSX file in the shape of a government ledger; text stays text, nothing runs as a formula."""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | date | None
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE_ROWS = 2
WIDEST = 48
NARROWEST_SHEET = 72
NOTE_SIZE = 11
_FORMATS = {float: "0.0", date: "yyyy-mm-dd"}
_LINE = Side(style="thin")


@dataclass(frozen=True)
class Table:
    """One sheet: its title, the line under it (period, unit), heads, rows, and notes below.

    `is_list`: each row stands for itself, so that they can be filtered and sorted.
    """

    title: str
    under: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()
    is_list: bool = False


def write(tables: Sequence[tuple[str, Table]]) -> bytes:
    """The file, one sheet for each (short name, table)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in tables:
        _fill(book.create_sheet(name[:31]), table)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _fill(sheet: Worksheet, table: Table) -> None:
    widths = [_width(head) for head in table.heads]
    line = TITLE_ROWS + 1
    for column, head in enumerate(table.heads, start=1):
        _cell(sheet.cell(line, column), head).font = Font(bold=True)
    for row in table.rows:
        line += 1
        for column, value in enumerate(row, start=1):
            _cell(sheet.cell(line, column), value)
            widths[column - 1] = max(widths[column - 1], min(_width(value), WIDEST))
    spare = max(0, math.ceil((NARROWEST_SHEET - sum(widths)) / len(widths)))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width + spare
    total = sum(widths) + spare * len(widths)
    _across(sheet, 1, table.title, len(widths), total, Font(size=16, bold=True), "center")
    _across(sheet, 2, table.under, len(widths), total, Font(size=NOTE_SIZE), "center")
    for number, note in enumerate(table.notes, start=line + 2):
        _across(sheet, number, note, len(widths), total, Font(size=NOTE_SIZE), "left")
    if table.is_list:
        sheet.auto_filter.ref = f"A{TITLE_ROWS + 1}:{get_column_letter(len(widths))}{line}"
    _set_up(sheet)


def _set_up(sheet: Worksheet) -> None:
    """Heads stay in sight on screen and stand on every printed page: A4 across, as wide as the paper."""
    sheet.freeze_panes = f"A{TITLE_ROWS + 2}"
    sheet.print_title_rows = f"{TITLE_ROWS + 1}:{TITLE_ROWS + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)


def _across(sheet: Worksheet, row: int, text: str, columns: int, width: int, font: Font, side: str) -> None:
    """A line of text over the whole table, as high as it needs: merged cells do not grow by themselves."""
    cell = sheet.cell(row, 1)
    _text(cell, text)
    cell.font, cell.alignment = font, Alignment(horizontal=side, vertical="center", wrap_text=True)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    lines = math.ceil(_width(text) * font.size / NOTE_SIZE / width)
    sheet.row_dimensions[row].height = math.ceil(lines * font.size * 1.5)


def _cell(cell: Cell, value: Value) -> Cell:
    if isinstance(value, str):
        _text(cell, value)
    else:
        cell.value = value
        cell.number_format = _FORMATS.get(type(value), cell.number_format)
    cell.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _text(cell: Cell, text: str) -> None:
    """Text whatever it begins with: a telephone number keeps its zeros, `=` computes nothing."""
    cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.number_format = "@"


def _width(value: Value) -> int:
    """Chinese characters are two wide."""
    text = "" if value is None else str(value)
    longest = max((sum(1 if char.isascii() else 2 for char in line) for line in text.split("\n")), default=0)
    return max(8, longest + 2)
