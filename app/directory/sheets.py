"""A roster file → rows of text: CSV in UTF-8 or GB18030, or XLSX. What a spreadsheet does to numbers is undone.

Nothing here knows what the columns mean.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from app.errors import AppError

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_RATIO = 200
FORMULA_STARTS = ("=", "@", "＝", "＠", "\t")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class UnreadableFileError(AppError):
    """The whole file cannot be used."""


@dataclass(frozen=True)
class SheetRow:
    """One data row: its line number as the person sees it, its cells by header, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Sheet:
    """Headers in order, and the rows that are not blank."""

    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(path: Path) -> Sheet:
    """Read a file; raises UnreadableFileError with what to do."""
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件 {path}")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableFileError(f"{path.name} 超过 50 MB，请拆成几份再导入")
    lines = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if any(line)]
    if not numbered:
        raise UnreadableFileError(f"{path.name} 是空的：第一行应是表头")
    headers = tuple(_clean_header(cell) for cell in numbered[0][1])
    repeated = {name for name in headers if name and headers.count(name) > 1}
    if repeated:
        raise UnreadableFileError(f"表头重复：{'、'.join(sorted(repeated))}")
    return Sheet(headers, tuple(_row(number, headers, line) for number, line in numbered[1:]))


def _clean_header(cell: str) -> str:
    return re.sub(r"[\s*＊:：]|（.*?）|\(.*?\)", "", cell)


def _row(number: int, headers: tuple[str, ...], line: list[str]) -> SheetRow:
    cells = {name: cell for name, cell in zip(headers, line, strict=False) if name}
    fault = next((_fault(name, cell) for name, cell in cells.items() if _fault(name, cell)), "")
    if any(line[len(headers) :]):
        fault = fault or "单元格比表头多：内容里可能有没加引号的逗号"
    return SheetRow(number, {name: _unquoted(cell) for name, cell in cells.items()}, fault)


def _fault(name: str, cell: str) -> str:
    if _unquoted(cell).startswith(FORMULA_STARTS):
        return f"「{name}」像是公式，请粘贴为数值"
    if _SCIENTIFIC.fullmatch(cell):
        return f"「{name}」被表格软件改成了科学计数（{cell}），请把这一列设为文本后重填"
    return ""


def _unquoted(cell: str) -> str:
    """Without the apostrophe that spreadsheets put before numbers kept as text."""
    return cell.lstrip("'‘’`").strip()


def _csv(path: Path) -> list[list[str]]:
    text = _decoded(path)
    if "\x00" in text:
        raise UnreadableFileError(f"{path.name} 不是文本文件：请另存为 CSV 或 XLSX")
    delimiter = "\t" if "\t" in text.partition("\n")[0] and "," not in text.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError(f"{path.name} 读不懂：{error}") from None
    return [[_tidy(cell) for cell in row] for row in rows]


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError(f"{path.name} 的编码既不是 UTF-8 也不是 GB18030：请另存为 UTF-8 的 CSV")


def _xlsx(path: Path) -> list[list[str]]:
    """The first sheet, formulas as written: a computed value may be years old."""
    try:
        _refuse_bombs(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            return [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        finally:
            book.close()
    except UnreadableFileError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part of the file provokes
        raise UnreadableFileError(
            f"{path.name} 打不开（{type(error).__name__}）：请另存为 XLSX 再试"
        ) from None


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size > MAX_UNPACKED_BYTES or member.file_size > MAX_RATIO * max(
                member.compress_size, 1024
            ):
                raise UnreadableFileError(f"{path.name} 解开后太大，不予导入")


def _text(value: Any) -> str:
    """A cell as text: 13900001111.0 is a telephone number, not a decimal."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _tidy(str(value))


def _tidy(cell: str) -> str:
    return cell.replace("\u3000", " ").replace("\xa0", " ").replace("\ufeff", "").strip(" \r\n")
