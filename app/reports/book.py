"""Tables as an XLSX file in the shape of a government ledger; text stays text, nothing runs as a formula."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | None
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE_ROWS = 2
WIDEST = 48
_LINE = Side(style="thin")


@dataclass(frozen=True)
class Table:
    """One sheet: its title, the line under it (period, unit), heads, rows, and notes below."""

    title: str
    under: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()


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
    last = get_column_letter(max(len(table.heads), 1))
    for number, (text, size) in enumerate(((table.title, 16), (table.under, 11)), start=1):
        _text(sheet.cell(number, 1), text)
        sheet.merge_cells(f"A{number}:{last}{number}")
        sheet.cell(number, 1).font = Font(size=size, bold=number == 1)
        sheet.cell(number, 1).alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    widths = [_width(head) for head in table.heads]
    line = TITLE_ROWS + 1
    for column, head in enumerate(table.heads, start=1):
        _cell(sheet.cell(line, column), head).font = Font(bold=True)
    for row in table.rows:
        line += 1
        for column, value in enumerate(row, start=1):
            _cell(sheet.cell(line, column), value)
            widths[column - 1] = max(widths[column - 1], min(_width(value), WIDEST))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{TITLE_ROWS + 2}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    for number, note in enumerate(table.notes, start=line + 2):
        _text(sheet.cell(number, 1), note)


def _cell(cell: Cell, value: Value) -> Cell:
    if isinstance(value, str):
        _text(cell, value)
    else:
        cell.value = value
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
