"""A roster file → rows of text: CSV in UTF-8 or GB18030, or XLSX. What a spreadsheet does to numbers is undone.

Nothing here knows what the columns mean. Rows are kept small: a list of 100,000 must fit (docs/quality.md).
"""

import codecs
import csv
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl

from app.errors import AppError

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_RATIO = 200
FORMULA_STARTS = ("=", "@", "＝", "＠", "\t")
QUOTES = "'‘’`"
MOST_TITLE_ROWS = 5
REPORT_EVERY = 5000
CHUNK_BYTES = 1 << 20
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)
_MOST_SHARED = 20_000
_LONGEST_SHARED = 24

Progress = Callable[[str, int], None]
Line = tuple[str, ...]


def silent(_what: str, _count: int) -> None:
    """Nobody watches."""


class UnreadableFileError(AppError):
    """The whole file cannot be used."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One data row: its line number as the person sees it, its cells in the headers' order, what is wrong."""

    line: int
    headers: Line
    values: Line
    fault: str = ""

    @property
    def cells(self) -> dict[str, str]:
        """Cells by header."""
        return {name: cell for name, cell in zip(self.headers, self.values, strict=False) if name}


@dataclass(frozen=True)
class Sheet:
    """Headers in order, and the rows that are not blank."""

    headers: Line
    rows: tuple[SheetRow, ...]


def read_sheet(path: Path, progress: Progress = silent) -> Sheet:
    """Read a file; raises UnreadableFileError with what to do. `progress` is told how many rows were read.

    Up to five lines above the headers that hold one cell only are the title of the list and passed over.
    """
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件 {path}")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableFileError(f"{path.name} 超过 50 MB，请拆成几份再导入")
    lines = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(line))
    first, rest = _past_title(numbered)
    if first is None:
        raise UnreadableFileError(f"{path.name} 是空的：第一行应是表头")
    headers = tuple(_clean_header(cell) for cell in first)
    repeated = {name for name in headers if name and headers.count(name) > 1}
    if repeated:
        raise UnreadableFileError(f"表头重复：{'、'.join(sorted(repeated))}")
    return Sheet(headers, tuple(_rows(headers, rest, progress)))


def _past_title(numbered: Iterator[tuple[int, Line]]) -> tuple[Line | None, Iterator[tuple[int, Line]]]:
    head: list[tuple[int, Line]] = []
    for number, line in numbered:
        head.append((number, line))
        if sum(map(bool, line)) > 1:
            return line, numbered
        if len(head) > MOST_TITLE_ROWS:
            break
    return (head[0][1], chain(head[1:], numbered)) if head else (None, numbered)


def _rows(headers: Line, lines: Iterable[tuple[int, Line]], progress: Progress) -> Iterator[SheetRow]:
    """Equal short cells share one text: a list repeats its areas and kinds thousands of times."""
    shared: dict[str, str] = {}
    for count, (number, line) in enumerate(lines, start=1):
        if count % REPORT_EVERY == 0:
            progress("已读", count)
        yield _row(number, headers, line, shared)


def _clean_header(cell: str) -> str:
    return re.sub(r"[\s*＊:：]|（.*?）|\(.*?\)", "", cell)


def _row(number: int, headers: Line, line: Line, shared: dict[str, str]) -> SheetRow:
    named = line[: len(headers)]
    fault = ""
    for name, cell in zip(headers, named, strict=False):
        if cell and name and not fault:
            fault = _fault(name, cell)
    if any(line[len(headers) :]):
        fault = fault or "单元格比表头多：内容里可能有没加引号的逗号"
    return SheetRow(number, headers, tuple(_shared(_unquoted(cell), shared) for cell in named), fault)


def _shared(cell: str, known: dict[str, str]) -> str:
    if len(cell) > _LONGEST_SHARED or len(known) > _MOST_SHARED:
        return known.get(cell, cell)
    return known.setdefault(cell, cell)


def _fault(name: str, cell: str) -> str:
    if _unquoted(cell).startswith(FORMULA_STARTS):
        return f"「{name}」像是公式，请粘贴为数值"
    if cell[0].isdigit() and ("e" in cell or "E" in cell) and _SCIENTIFIC.fullmatch(cell):
        return f"「{name}」被表格软件改成了科学计数（{cell}），请把这一列设为文本后重填"
    return ""


def _unquoted(cell: str) -> str:
    """Without the apostrophe that spreadsheets put before numbers kept as text."""
    return cell.lstrip(QUOTES).strip() if cell and cell[0] in QUOTES else cell.strip()


def _csv(path: Path) -> Iterator[Line]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        delimiter = "\t" if "\t" in first and "," not in first else ","
        file.seek(0)
        try:
            for row in csv.reader(file, delimiter=delimiter):
                yield tuple(map(_tidy, row))
        except csv.Error as error:
            raise UnreadableFileError(f"{path.name} 读不懂：{error}") from None


def _encoding(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    if b"\x00" in chunk:
                        raise UnreadableFileError(f"{path.name} 不是文本文件：请另存为 CSV 或 XLSX")
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnreadableFileError(f"{path.name} 的编码既不是 UTF-8 也不是 GB18030：请另存为 UTF-8 的 CSV")


def _xlsx(path: Path) -> Iterator[Line]:
    """The first sheet that is not hidden, formulas as written: a computed value may be years old."""
    try:
        _refuse_bombs(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            for row in (shown or book.worksheets)[0].iter_rows(values_only=True):
                yield tuple(map(_text, row))
        finally:
            book.close()
    except UnreadableFileError:
        raise
    except zipfile.BadZipFile:
        raise UnreadableFileError(
            f"{path.name} 打不开：不是 XLSX 文件（旧的 .xls 改了后缀也不行）。请用表格软件另存为 XLSX 再试"
        ) from None
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
    """Without what nobody sees: text copied from a chat or a PDF brings marks along that make a right code wrong."""
    if not cell.isprintable():
        cell = _INVISIBLE.sub("", cell.replace("\u3000", " ").replace("\xa0", " "))
    return cell.strip(" \r\n")
