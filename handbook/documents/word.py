"""A Word handbook → entries: by heading styles, by typed numbering, by 问/答 pairs, or by tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.table import Table

from handbook.documents import rows
from handbook.documents.recognised import (
    Found,
    Reading,
    bare_label,
    draft_from,
    field_name,
    section_name,
    with_category,
)
from handbook.documents.safety import DocumentRefused, require_safe

MAX_BLOCKS = 60_000
MAX_TITLE = 60
_NOT_ENTRIES = {"前言", "序言", "目录", "编写说明", "使用说明", "说明", "封面", "审定签字", "附件", "附录"}
_TYPED_HEADINGS = (
    (1, re.compile(r"第[一二三四五六七八九十]+[章部]分?\s*|[一二三四五六七八九十]{1,3}、")),
    (2, re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    (3, re.compile(r"\d{1,3}(?:\.\d{1,3})?\s*[.．、]\s*")),
)
_NUMBER = re.compile(
    r"^(?:第[一二三四五六七八九十]+[章部]分?|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,3}(?:\.\d{1,3})*[.．、]?\s)\s*"
)
_ASKS = re.compile(r"^(?:\d{1,3}\s*[.．、]\s*)?(?:问题?|Q)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_ANSWERS = re.compile(r"^(?:答复?|A)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_LABEL = re.compile(r"^([^：:。，,；;]{1,14})[：:]\s*(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One paragraph (level 0: body text, 1…: heading) or table."""

    text: str
    level: int
    place: str
    is_item: bool = False
    table: tuple[tuple[str, ...], ...] = ()


def read_word(path: Path) -> Reading:
    """Every entry of the document in order. Raises DocumentRefused."""
    require_safe(path)
    try:
        lines = list(_lines(docx.Document(str(path))))
    except DocumentRefused:
        raise
    except Exception as error:  # python-docx raises whatever the broken part of the file provokes
        raise DocumentRefused(
            f"{path.name} 打不开（{type(error).__name__}）：用 Word/WPS 另存一份再导入"
        ) from None
    if not any(line.text or line.table for line in lines):
        raise DocumentRefused(f"{path.name} 里没有文字（是不是扫描成图片了？）")
    return _Collector(_with_typed_headings(lines)).read()


def _lines(document: WordDocument) -> Iterator[Line]:
    styles = _styles(document)
    for number, block in enumerate(document.iter_inner_content(), start=1):
        if number > MAX_BLOCKS:
            raise DocumentRefused(f"文档超过 {MAX_BLOCKS} 段：拆成几份再导入")
        place = f"第 {number} 段"
        if isinstance(block, Table):
            cells = tuple(tuple(cell.text.strip() for cell in row.cells) for row in block.rows)
            yield Line("", 0, place, table=cells)
            continue
        style = styles.get(block._p.style or "", _Style())
        text = block.text.strip()
        if text and not style.is_contents:
            is_item = style.is_list or block._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
            yield Line(text, _outline(block._p) or style.level, place, is_item=is_item)


@dataclass(frozen=True)
class _Style:
    level: int = 0
    is_list: bool = False
    is_contents: bool = False


def _styles(document: WordDocument) -> dict[str, _Style]:
    """What each paragraph style is: a heading by its name or outline level, a list, a line of the contents."""
    found: dict[str, _Style] = {}
    for style in document.styles:
        name = (style.name or "").lower()
        match = re.fullmatch(r"(?:heading|标题)\s*(\d)", name)
        level = int(match[1]) if match else _outline(style.element)
        found[style.style_id] = _Style(
            level, name.startswith(("list", "列表", "列出")), name.startswith(("toc", "目录"))
        )
    return found


def _outline(element: Any) -> int:
    """The outline level of a paragraph or a style, counted from 1; 0 for body text."""
    outline = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    value = outline.get(qn("w:val")) if outline is not None else None
    return int(value) + 1 if value is not None and value in "012345678" else 0


def _with_typed_headings(lines: list[Line]) -> list[Line]:
    """Where nothing is styled as a heading, short numbered lines are taken for headings."""
    if any(line.level for line in lines) or any(_ASKS.match(line.text) for line in lines):
        return lines
    return [Line(line.text, _typed_level(line.text), line.place, line.is_item, line.table) for line in lines]


def _typed_level(text: str) -> int:
    if len(text) > MAX_TITLE or text.endswith(("。", "；", ";", "，")):
        return 0
    return next((level for level, pattern in _TYPED_HEADINGS if pattern.match(text)), 0)


@dataclass
class _Gathered:
    title: str
    place: str
    values: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    target: tuple[str, str] = ("field", "summary")

    def add(self, text: str, *, is_item: bool = False) -> None:
        kind, name = self.target
        into = self.values if kind == "field" else self.sections
        before = into.get(name, "")
        marked = f"{'1.' if name == '办理流程' else '-'} {text}" if is_item and kind == "section" else text
        gap = "\n" if is_item and before.rpartition("\n")[2].startswith(("- ", "1. ")) else "\n\n"
        into[name] = f"{before}{gap}{marked}" if before else marked


class _Collector:
    """Walks the lines and hands out entries."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._found: list[Found] = []
        self._left_over: list[tuple[str, str]] = []
        self._category = ""
        self._entry: _Gathered | None = None

    def read(self) -> Reading:
        for number, line in enumerate(self._lines):
            if line.table:
                self._table(line)
            elif line.level:
                self._heading(number, line)
            else:
                self._body(line)
        self._finish()
        return Reading(tuple(self._found), tuple(self._left_over))

    def _heading(self, number: int, line: Line) -> None:
        text = _NUMBER.sub("", line.text).strip() or line.text
        if self._entry is not None and (target := _target_of(text)) is not None:
            self._entry.target = target
            return
        self._finish()
        if text.replace(" ", "") in _NOT_ENTRIES:
            self._left_over.append((line.place, line.text))
        elif self._is_category(number, line):
            self._category = text
        elif len(text) > MAX_TITLE:
            self._left_over.append((line.place, line.text))
        else:
            self._entry = _Gathered(text, line.place)

    def _is_category(self, number: int, line: Line) -> bool:
        if number + 1 >= len(self._lines):
            return False
        following = self._lines[number + 1]
        if following.table:
            return rows.columns_of(following.table[0]) is not None
        deeper = following.level > line.level and _target_of(_NUMBER.sub("", following.text)) is None
        return deeper or _ASKS.match(following.text) is not None

    def _body(self, line: Line) -> None:
        asks = _ASKS.match(line.text)
        in_faq = self._entry is not None and self._entry.target == ("section", "常见问题")
        if asks is not None and not in_faq:
            self._finish()
            self._entry = _Gathered(line.text[asks.end() :].strip(), line.place)
            return
        if self._entry is None:
            self._left_over.append((line.place, line.text))
            return
        text = line.text if in_faq else _ANSWERS.sub("", line.text)
        label = _LABEL.match(text)
        if label is not None and not line.is_item and (target := _inline_target(label[1])) is not None:
            kept = target[0] == "section" and bare_label(label[1]) != target[1]
            self._entry.target, text = target, text if kept else label[2].strip()
        if text:
            self._entry.add(text, is_item=line.is_item)

    def _table(self, line: Line) -> None:
        columns = rows.columns_of(line.table[0])
        if columns is not None:
            self._finish()
            numbered = [
                (f"{line.place}的表第 {n} 行", cells) for n, cells in enumerate(line.table[1:], start=2)
            ]
            found, left_over = rows.entries_of(columns, numbered)
            self._found += [with_category(item, self._category) for item in found]
            self._left_over += left_over
            return
        for cells in line.table:
            distinct = list(dict.fromkeys(cell for cell in cells if cell))
            self._pair(line, distinct)

    def _pair(self, line: Line, cells: list[str]) -> None:
        """A row of a form: label and content; or a plain row, which stays text."""
        target = _target_of(cells[0]) if len(cells) >= 2 else None
        content = "\n".join(cells[1:])
        if target == ("field", "title"):
            self._finish()
            self._entry = _Gathered(" ".join(content.split()), line.place)
        elif self._entry is None:
            self._left_over += [(line.place, " ".join(cells))] if cells else []
        elif target is not None:
            self._entry.target = target
            self._entry.add(content)
        elif cells:
            self._entry.add("：".join(cells), is_item=True)

    def _finish(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        if not entry.title or not (entry.values or entry.sections):
            self._left_over.append((entry.place, entry.title))
            return
        draft, notes = draft_from({**entry.values, "title": entry.title}, entry.sections)
        self._found.append(with_category(Found(draft, entry.place, notes), self._category))


def _target_of(label: str) -> tuple[str, str] | None:
    heading = section_name(label)
    if heading:
        return "section", heading
    name = field_name(label)
    return ("field", name) if name else None


def _inline_target(label: str) -> tuple[str, str] | None:
    """The same for `标签：内容` inside text, where short words (单位：、个人：) are content more often than labels."""
    name = bare_label(label)
    if _NUMBER.match(label) or name in ("问", "答") or (len(name) < 4 and name != "依据"):
        return None
    target = _target_of(label)
    return None if target == ("field", "title") else target
