"""Check one draft against the whole handbook before it is published: faults at their field, nothing written."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from handbook.check import check_library
from handbook.entry import Entry, Problem
from handbook.fields import entry_from, split_body
from handbook.frontmatter import Document, Item, read_document
from handbook.loader import Library

SHOWN = "草稿"
WHOLE = "whole"
SUMMARY = "summary"
SECTIONS = "sections"


@dataclass(frozen=True)
class Remark:
    """A problem of a draft: `place` is a field's name, `summary`, `sections`, `section:N` (from 0) or `whole`."""

    place: str
    message: str
    advice: str
    is_warning: bool = False

    @property
    def text(self) -> str:
        """What an editor reads."""
        return f"{self.message} → {self.advice}" if self.advice else self.message


@dataclass(frozen=True)
class Proof:
    """What a check of a draft found; `entry` is None where the fault leaves nothing to show."""

    entry: Entry | None
    remarks: tuple[Remark, ...]

    @property
    def faults(self) -> tuple[Remark, ...]:
        """What must be mended before publishing."""
        return tuple(remark for remark in self.remarks if not remark.is_warning)

    def at(self, place: str) -> tuple[Remark, ...]:
        """The remarks that belong to one field."""
        return tuple(remark for remark in self.remarks if remark.place == place)


def proof(
    text: str,
    entry_id: str,
    library: Library,
    *,
    district: str,
    variables: Mapping[str, str],
    today: date,
) -> Proof:
    """Check the file `text` as entry `entry_id` among the entries of `library` (its own old version left out).

    A fault that it would cause in another entry (a phrasing said twice) is reported as its own.
    """
    document, problems = document_of(text, entry_id)
    if document is None:
        return Proof(None, tuple(_remark(problem, None) for problem in problems))
    entry, found = examine(document, library, district=district, variables=variables, today=today)
    ordered = sorted([*problems, *found], key=lambda problem: problem.line)
    return Proof(entry, tuple(dict.fromkeys(_remark(problem, document) for problem in ordered)))


def examine(
    document: Document, library: Library, *, district: str, variables: Mapping[str, str], today: date
) -> tuple[Entry | None, list[Problem]]:
    """One document as an entry among those of `library` (its own old version left out), with its problems by line."""
    names = {key.removeprefix("district."): value for key, value in variables.items()}
    entry, faults = entry_from(document, district=district, variables=names)
    others = {key: value for key, value in library.documents.items() if key != document.id}
    kept = tuple(other for other in library.entries if other.id != document.id)
    # Last, so that a phrasing said twice is found here and not in the older entry.
    tried = replace(
        library,
        entries=(*kept, entry) if entry is not None else kept,
        documents={**others, document.id: document},
    )
    found = [problem for problem in check_library(tried, today=today) if problem.path == document.path]
    return entry, sorted([*faults, *found], key=lambda problem: problem.line)


def document_of(text: str, entry_id: str) -> tuple[Document | None, list[Problem]]:
    """Take the text of an entry file apart; paths in problems read 草稿."""
    with tempfile.TemporaryDirectory(prefix="qiying-draft-") as folder:
        file = Path(folder) / "draft.md"
        file.write_text(text, "utf-8", errors="replace")
        return read_document(file, entry_id=entry_id, shown=SHOWN)


def added_faults(before: Library, after: Library) -> list[Problem]:
    """Faults of a folder that the other state of it did not have: what would make the bot refuse the edit."""
    known = {(problem.path, problem.message) for problem in _faults(before)}
    return [problem for problem in _faults(after) if (problem.path, problem.message) not in known]


def _faults(library: Library) -> list[Problem]:
    return [problem for problem in (*library.problems, *check_library(library)) if not problem.is_warning]


def _remark(problem: Problem, document: Document | None) -> Remark:
    place, row = _place(problem.line, document) if document is not None else (WHOLE, 0)
    if problem.message.startswith("缺少章节"):
        place = SECTIONS
    if row == 1 and document is not None and not _names_row(problem.message, document.fields[place]):
        row = 0  # the list itself begins on the line of its first row
    message = f"第 {row} 行：{problem.message}" if row else problem.message
    return Remark(place, message, problem.advice, problem.is_warning)


def _place(line: int, document: Document) -> tuple[str, int]:
    """The field and, in a list of lines, the row (from 1) that a line of the file belongs to."""
    if line >= document.body_line:
        _, parts = split_body(document)
        places = [number for number, part in enumerate(parts) if part.line <= line]
        return (f"section:{places[-1]}" if places else SUMMARY), 0
    started = [(item.line, name) for name, item in document.fields.items() if item.line <= line]
    if line <= 1 or not started:
        return WHOLE, 0
    name = max(started)[1]
    value = document.fields[name].value
    if not isinstance(value, list) or (name == "basis" and len(value) == 1):
        return name, 0
    rows = [number for number, child in enumerate(value, start=1) if child.line == line]
    return name, rows[0] if len(rows) == 1 else 0


def _names_row(message: str, item: Item) -> bool:
    first = item.value[0].value if isinstance(item.value, list) and item.value else None
    return isinstance(first, str) and first in message
