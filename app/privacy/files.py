"""One person in the files of the data folder: refused import rows, drafts, learned wordings, the built index."""

import csv
import io
import shutil
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from app.privacy.matching import Marks

TEXTS = frozenset({".csv", ".json", ".jsonl", ".md", ".txt", ".yml", ".yaml", ".toml", ".log"})
LINES = frozenset({".jsonl", ".txt", ".log"})
DATABASE_PARTS = (".db", ".db-wal", ".db-shm", ".lock")
BOOK = ".xlsx"
LARGEST_TEXT = 50_000_000
REJECTED = "imports"
REJECTED_KEPT = timedelta(days=90)


@dataclass
class FileHits:
    """Which files name the person, and whether the index does. `books` are tables that cannot be rewritten."""

    texts: list[Path] = field(default_factory=list)
    books: list[Path] = field(default_factory=list)
    is_in_index: bool = False


def find_in_files(folders: list[Path], index_dir: Path, marks: Marks) -> FileHits:
    """Look through the folders; the database's own files are not read here."""
    hits = FileHits()
    for path in _files(folders, index_dir):
        if path.suffix in TEXTS and path.stat().st_size <= LARGEST_TEXT and marks.occurs_in(_read(path)):
            hits.texts.append(path)
        elif path.suffix == BOOK and path.stat().st_size <= LARGEST_TEXT and _is_in_book(path, marks):
            hits.books.append(path)
    for path in sorted(index_dir.rglob("*")) if index_dir.is_dir() else ():
        if path.is_file() and path.suffix in TEXTS and marks.occurs_in(_decoded(path)):
            hits.is_in_index = True
    return hits


def scrub_files(hits: FileHits, index_dir: Path, marks: Marks) -> int:
    """Rewrite the texts and drop an index that names the person (it is built again); how many files changed.

    A row of a table or list goes wholly; in other texts the marks are replaced. A book goes as a whole: it is the
    copy of a list that was taken in, or was not.
    """
    for path in hits.books:
        path.unlink(missing_ok=True)
    for path in hits.texts:
        text = _read(path)
        if path.suffix == ".csv":
            text = _without_rows(text, marks)
        elif path.suffix in LINES:
            text = "".join(line for line in text.splitlines(keepends=True) if not marks.occurs_in(line))
        _replace(path, marks.scrubbed(text))
    if hits.is_in_index:
        shutil.rmtree(index_dir, ignore_errors=True)
    return len(hits.texts) + len(hits.books)


def forget_rejected(data_dir: Path, now: datetime) -> int:
    """Delete rows that an import refused and nobody has mended for 90 days (real time): they hold numbers."""
    limit = (now - REJECTED_KEPT).timestamp()
    old = [
        path
        for path in (data_dir / REJECTED).glob("*.csv")
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime < limit
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_in_book(path: Path, marks: Marks) -> bool:
    """The cells' texts are XML in an archive; one that cannot be opened holds nothing that anybody can read."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = [part for part in book.infolist() if part.filename.endswith(".xml")]
            return any(
                part.file_size <= LARGEST_TEXT and marks.occurs_in(book.read(part).decode("utf-8", "replace"))
                for part in parts
            )
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return False


def _files(folders: list[Path], index_dir: Path) -> list[Path]:
    found: dict[Path, None] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            is_plain = path.is_file() and not path.is_symlink() and not path.name.endswith(DATABASE_PARTS)
            if is_plain and index_dir not in path.parents:
                found[path] = None
    return list(found)


def _without_rows(text: str, marks: Marks) -> str:
    kept = io.StringIO(newline="")
    writer = csv.writer(kept)
    for row in csv.reader(io.StringIO(text, newline="")):
        if not any(marks.occurs_in(cell) for cell in row):
            writer.writerow(row)
    return kept.getvalue()


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="surrogateescape")


def _decoded(path: Path) -> str:
    """JSON may spell Chinese and wide digits as escapes; openids and plain numbers are as they are."""
    return path.read_bytes().decode("utf-8", "replace")


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.touch(mode=path.stat().st_mode & 0o777)
    partial.write_text(text, "utf-8", errors="surrogateescape")
    partial.replace(path)
