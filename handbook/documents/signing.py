"""The whole handbook as a Word document to sign: cover, contents, entries by category, a line per department."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from handbook.entry import Basis, Entry
from handbook.loader import Category

BODY_FONT, HEAD_FONT, LATIN_FONT = "仿宋", "黑体", "Times New Roman"
NOBODY = "（未写部门）"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_ITEM = re.compile(r"^\s*(?:[-*]|\d+[.、])\s+")


@dataclass(frozen=True)
class Cover:
    """What the first page says."""

    district: str
    programme: str
    printed_on: date
    with_notes: bool = False


def write_signing_copy(
    file: Path, entries: Sequence[Entry], categories: Mapping[str, Category], cover: Cover
) -> int:
    """Write `file`; returns how many entries it holds. Notes for officers are left out unless asked for."""
    document = docx.Document()
    _styles(document)
    _page(document, cover)
    chapters = _chapters(entries, categories)
    _cover(document, cover, len(entries))
    _contents(document, chapters)
    for number, (label, members) in enumerate(chapters, start=1):
        document.add_heading(f"{number}　{label}", level=1)
        for place, entry in enumerate(members, start=1):
            _entry(document, f"{number}.{place}", entry, with_notes=cover.with_notes)
    _signatures(document, chapters)
    document.save(str(file))
    return len(entries)


def _chapters(entries: Sequence[Entry], categories: Mapping[str, Category]) -> list[tuple[str, list[Entry]]]:
    """Labels with their entries, in the order of categories.toml; folders it does not know come last."""
    folders = sorted({entry.id.split("/")[0] for entry in entries}, key=lambda name: _order(name, categories))
    return [
        (
            categories[folder].label if folder in categories else folder,
            [entry for entry in entries if entry.id.split("/")[0] == folder],
        )
        for folder in folders
    ]


def _order(folder: str, categories: Mapping[str, Category]) -> tuple[int, str]:
    return (categories[folder].order if folder in categories else 10_000, folder)


def _styles(document: WordDocument) -> None:
    normal = document.styles["Normal"]
    _font(normal, BODY_FONT, 12)
    normal.paragraph_format.line_spacing = 1.35
    normal.paragraph_format.space_after = Pt(4)
    for level, size in ((1, 18), (2, 15), (3, 12)):
        style = document.styles[f"Heading {level}"]
        _font(style, HEAD_FONT, size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.bold = level < 3
        style.paragraph_format.space_before = Pt(18 if level < 3 else 8)
        style.paragraph_format.keep_with_next = True
    document.styles["Heading 1"].paragraph_format.page_break_before = True
    for name in ("List Bullet", "List Number"):
        _font(document.styles[name], BODY_FONT, 12)
    for level in (1, 2):
        style = document.styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
        _font(style, HEAD_FONT if level == 1 else BODY_FONT, 12)
        style.paragraph_format.left_indent = Cm(0.8 * (level - 1))
        style.paragraph_format.space_before = Pt(8 if level == 1 else 0)


def _font(style: Any, name: str, size: int) -> None:
    """Chinese text takes the East Asian font, which python-docx has no property for."""
    style.font.name = LATIN_FONT
    style.font.size = Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)
    fonts.set(qn("w:eastAsia"), name)


def _page(document: WordDocument, cover: Cover) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.7)
    section.top_margin = section.bottom_margin = Cm(2.5)
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = f"{cover.district}企业服务应答手册"
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind in ("begin", "", "end"):  # a PAGE field: Word fills the number in when it lays the page out
        run = footer.add_run()._r
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = "PAGE"
        run.append(element)


def _cover(document: WordDocument, cover: Cover, count: int) -> None:
    for _ in range(7):
        document.add_paragraph()
    _centred(document, cover.district, 22)
    _centred(document, "企业服务应答手册", 32)
    _centred(document, "（送审签字稿）", 16)
    for _ in range(9):
        document.add_paragraph()
    _centred(document, cover.programme, 14)
    _centred(document, f"共 {count} 条　印制日期 {cover.printed_on.isoformat()}", 14)
    if cover.with_notes:
        _centred(document, "含内部提示，仅供工作人员使用，不得外传", 14)


def _centred(document: WordDocument, text: str, size: int) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.font.name = LATIN_FONT
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEAD_FONT)


def _contents(document: WordDocument, chapters: Sequence[tuple[str, list[Entry]]]) -> None:
    """Numbers instead of page numbers, each a jump: right without a recalculation, on paper and on screen."""
    head = document.add_paragraph(style="toc 1")
    head.add_run().add_break(WD_BREAK.PAGE)
    head.add_run("目　录").font.size = Pt(18)
    for number, (label, members) in enumerate(chapters, start=1):
        document.add_paragraph(f"{number}　{label}（{len(members)} 条）", style="toc 1")
        for place, entry in enumerate(members, start=1):
            line = document.add_paragraph(style="toc 2")
            _jump(line, f"{number}.{place}　{entry.title}", _mark(entry))


def _jump(paragraph: Paragraph, text: str, mark: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), mark)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = text
    run.append(words)
    link.append(run)
    paragraph._p.append(link)


def _mark(entry: Entry) -> str:
    return "e_" + re.sub(r"\W", "_", entry.id)[:36]


def _entry(document: WordDocument, number: str, entry: Entry, *, with_notes: bool) -> None:
    heading = document.add_heading(f"{number}　{entry.title}", level=2)
    for kind, tag in (("w:bookmarkStart", "start"), ("w:bookmarkEnd", "end")):
        element = OxmlElement(kind)
        element.set(qn("w:id"), number.replace(".", "0"))
        if tag == "start":
            element.set(qn("w:name"), _mark(entry))
        heading._p.append(element)
    _markdown(document, entry.summary)
    for section in entry.sections:
        document.add_heading(section.heading, level=3)
        _markdown(document, section.body)
    if with_notes and entry.internal_notes:
        document.add_heading("内部提示", level=3)
        _markdown(document, entry.internal_notes)
    if entry.basis:
        _small(document, f"依据：{'；'.join(_cited(basis) for basis in entry.basis)}")
    _small(document, f"责任部门：{entry.department or NOBODY}")
    if entry.reviewed:
        _small(document, f"复核日期：{entry.reviewed.isoformat()}（每 {entry.review_every} 天复核）")


def _cited(basis: Basis) -> str:
    title = basis.title.removeprefix("《").removesuffix("》").replace("《", "〈").replace("》", "〉")
    return f"《{title}》{basis.article}"


def _markdown(document: WordDocument, text: str) -> None:
    """Paragraphs, lists and bold: all that an entry may hold."""
    for block in re.split(r"\n\s*\n", text.strip()):
        pending: list[str] = []
        for line in block.split("\n"):
            match = _ITEM.match(line)
            if match is None:
                pending.append(line.strip())
                continue
            _paragraph(document, pending)
            style = "List Bullet" if match[0].strip() in "-*" else ""
            _runs(document.add_paragraph(style=style or None), line[match.end() :] if style else line.strip())
        _paragraph(document, pending)


def _paragraph(document: WordDocument, lines: list[str]) -> None:
    if lines:
        _runs(document.add_paragraph(), "\n".join(lines))
        lines.clear()


def _runs(paragraph: Paragraph, text: str) -> None:
    described = _PICTURE.sub(r"（图：\1）", text)
    plain = _LINK.sub(
        lambda match: match[1] if match[2].startswith("/") else f"{match[1]}（{match[2]}）", described
    )
    for place, piece in enumerate(_BOLD.split(plain)):
        if piece:
            paragraph.add_run(piece).bold = place % 2 == 1


def _small(document: WordDocument, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.add_run(text).font.size = Pt(10.5)


def _signatures(document: WordDocument, chapters: Sequence[tuple[str, list[Entry]]]) -> None:
    numbers: dict[str, list[str]] = {}
    for number, (_, members) in enumerate(chapters, start=1):
        for place, entry in enumerate(members, start=1):
            numbers.setdefault(entry.department or NOBODY, []).append(f"{number}.{place}")
    document.add_heading("审定签字", level=1)
    document.add_paragraph(
        "各部门对本部门负责的条目逐条核对，内容准确、依据现行有效、口径一致，同意对外答复。"
    )
    table = document.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    for cell, text in zip(
        table.rows[0].cells, ("责任部门", "条目", "负责人签字（盖章）", "日期"), strict=True
    ):
        cell.text = text
    for department in sorted(numbers, key=lambda name: (-len(numbers[name]), name)):
        cells = table.add_row().cells
        cells[0].text = department
        cells[1].text = f"{len(numbers[department])} 条：{'、'.join(numbers[department])}"
        table.rows[-1].height = Cm(1.6)
    for row in table.rows:
        for cell, width in zip(row.cells, (3.4, 5.6, 4.2, 2.4), strict=True):
            cell.width = Cm(width)
