"""A table with a header row as entries: what a Word table and an Excel sheet have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handbook.documents.recognised import Found, bare_label, draft_from, field_name, section_name

FILLED_DOWN = ("category", "department")


@dataclass(frozen=True)
class Columns:
    """What each column holds: ("field", name), ("section", heading) or None; and the headers as written."""

    meanings: tuple[tuple[str, str] | None, ...]
    headers: tuple[str, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers that mean nothing to us."""
        return tuple(
            header
            for header, meaning in zip(self.headers, self.meanings, strict=True)
            if header and meaning is None
        )


def columns_of(cells: Sequence[str]) -> Columns | None:
    """The columns, if this row is a header: a question and at least one more thing we know."""
    meanings = tuple(_meaning(cell) for cell in cells)
    known = [meaning for meaning in meanings if meaning is not None]
    if ("field", "title") not in known or len(set(known)) < 2:
        return None
    return Columns(meanings, tuple(cell.strip() for cell in cells))


def entries_of(
    columns: Columns, rows: Iterable[tuple[str, Sequence[str]]]
) -> tuple[list[Found], list[tuple[str, str]]]:
    """Entries of (place, cells) rows, and the rows without a question. An empty category cell repeats the one above."""
    found: list[Found] = []
    left_over: list[tuple[str, str]] = []
    above: dict[str, str] = {}
    for place, cells in rows:
        values, sections, notes = _sorted_out(columns, cells)
        for name in FILLED_DOWN:
            above[name] = values.get(name) or above.get(name, "")
            if above[name]:
                values[name] = above[name]
        if not values.get("title"):
            text = " ".join(cell.strip() for cell in cells if cell.strip())
            left_over += [(place, text)] if text else []
            continue
        draft, more = draft_from(values, sections)
        found.append(Found(draft, place, (*notes, *more)))
    return found, left_over


def _meaning(cell: str) -> tuple[str, str] | None:
    name = field_name(cell)
    if name:
        return "field", name
    heading = section_name(cell)
    return ("section", heading) if heading else None


def _sorted_out(columns: Columns, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    values: dict[str, str] = {}
    sections: dict[str, str] = {}
    notes: list[str] = []
    for meaning, header, cell in zip(columns.meanings, columns.headers, cells, strict=False):
        text = cell.strip()
        if meaning is None or not text:
            continue
        if text.startswith("=") and len(text) > 1:
            notes.append(f"「{header}」是公式，没有采用：粘贴为数值再导入")
            continue
        kind, name = meaning
        into = values if kind == "field" else sections
        if name not in into:
            into[name] = (
                text if bare_label(header) == name or kind == "field" else _labelled(header, name, text)
            )
        elif kind == "section":
            into[name] += f"\n\n{header}：{text}"
        else:
            into[name] += f"\n{text}"
    return values, sections, notes


def _labelled(header: str, name: str, text: str) -> str:
    """A column that is only half of our section keeps its own name before the text."""
    return f"{header.strip()}：{text}" if name == "办理时限与费用" else text
