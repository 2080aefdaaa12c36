"""The tables we write for other systems, in the format and encoding their mapping names; no cell runs as a formula."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.api.exchange.folders import free_name, place
from app.directory.rejects import harmless
from app.directory.workbook import write_book
from app.districts.outside import Encoding, FileFormat, OutsideSystem

Row = Sequence[str]
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")


def write(system: OutsideSystem, folder: Path, stem: str, headers: Row, rows: Iterable[Row]) -> Path:
    """A new file in the folder, named by `stem`."""
    path = free_name(folder, f"{stem}.{system.file_format}")
    if system.file_format is FileFormat.XLSX:
        return place(path, _book(headers, rows))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    encoding = "utf-8-sig" if system.encoding is Encoding.UTF_8 else system.encoding.value
    return place(path, text.getvalue().encode(encoding, "replace"))


def _book(headers: Row, rows: Iterable[Row]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        kept = ([UNPRINTABLE.sub("", cell) for cell in row] for row in rows)
        write_book(path, {"明细": (headers, kept)})
        return path.read_bytes()
