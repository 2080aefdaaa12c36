"""A district's own Word and Excel handbooks, as such files look, become entries (contract: kb import, kb export)."""

import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from app.districts.loader import load_profile
from handbook import loader
from handbook.documents.excel import read_excel
from handbook.documents.safety import DocumentRefused, require_safe
from handbook.documents.signing import Cover, write_signing_copy
from handbook.documents.word import read_word

KB = Path(__file__).parents[2] / "kb"


def saved(document: object, file: Path) -> Path:
    document.save(str(file))
    return file


def test_headings_make_categories_entries_and_sections(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("税务发票", 1)
    document.add_heading("一、留抵退税怎么申请", 2)
    document.add_paragraph("符合条件的纳税人可以申请。")
    document.add_heading("（一）申请材料：", 3)
    document.add_paragraph("申请表", style="List Bullet")
    document.add_paragraph("营业执照", style="List Bullet")
    document.add_heading("承诺时限", 3)
    document.add_paragraph("五个工作日。")
    document.add_paragraph("法律依据：《税收征收管理法》第八条、《增值税法》第二十一条")
    document.add_paragraph("责任部门：税务局")
    reading = read_word(saved(document, tmp_path / "a.docx"))
    (found,) = reading.found
    draft = found.draft
    assert (draft.title, draft.category, draft.department) == ("留抵退税怎么申请", "税务发票", "税务局")
    assert draft.summary == "符合条件的纳税人可以申请。"
    assert {section.heading: section.body for section in draft.sections} == {
        "所需材料": "- 申请表\n- 营业执照",
        "办理时限与费用": "五个工作日。",
    }
    assert [(basis.title, basis.article) for basis in draft.basis] == [
        ("税收征收管理法", "第八条"),
        ("增值税法", "第二十一条"),
    ]
    assert found.missing == ("其他问法", "反例", "复核日期", "审核部门")


def test_question_and_answer_pairs(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("企业常见问题汇编")
    for question, answer in (
        ("厂房能装光伏吗？", "可以，先到供电公司申请。"),
        ("年报几月报？", "一月到六月。"),
    ):
        document.add_paragraph(f"问：{question}")
        document.add_paragraph(f"答：{answer}")
    document.add_paragraph("补充说明一段。")
    reading = read_word(saved(document, tmp_path / "a.docx"))
    assert [found.draft.title for found in reading.found] == ["厂房能装光伏吗？", "年报几月报？"]
    assert reading.found[0].draft.summary == "可以，先到供电公司申请。"
    assert reading.found[1].draft.summary == "一月到六月。 补充说明一段。"
    assert reading.left_over == (("第 1 段", "企业常见问题汇编"),)


def test_typed_numbers_serve_as_headings_where_nothing_is_styled(tmp_path: Path) -> None:
    document = docx.Document()
    for text in (
        "一、开办登记",
        "（一）公司怎么注册",
        "在网上申请，当场办结。",
        "1. 申请材料",
        "申请书和章程。",
    ):
        document.add_paragraph(text)
    (found,) = read_word(saved(document, tmp_path / "a.docx")).found
    assert (found.draft.category, found.draft.title) == ("开办登记", "公司怎么注册")
    assert found.draft.sections[0].heading == "所需材料"


def test_a_table_with_a_header_is_read_row_by_row(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(
        table.rows, (("事项名称", "答复", "责任单位"), ("怎么开户", "找银行", "财政局")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    (found,) = read_word(saved(document, tmp_path / "a.docx")).found
    assert (found.draft.title, found.draft.summary, found.draft.department) == (
        "怎么开户",
        "找银行",
        "财政局",
    )


def test_a_long_answer_is_cut_at_a_sentence_and_nothing_is_lost(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("问：怎么办？")
    document.add_paragraph("答：" + "这是第一句话。" * 60)
    (found,) = read_word(saved(document, tmp_path / "a.docx")).found
    assert len(found.draft.summary) <= 300
    assert found.draft.summary.endswith("。")
    whole = found.draft.summary + found.draft.sections[0].body
    assert whole.count("这是第一句话。") == 60


def test_excel_headers_are_known_by_many_names(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某区应答口径（2026 年）"])
    sheet.append(
        ["序号", "类别", "咨询问题", "答复口径", "申报材料", "法定时限", "收费标准", "政策依据", "牵头部门"]
    )
    sheet.append(
        [
            1,
            "融资财政",
            "贴息怎么申请",
            "找财政局",
            "营业执照",
            "5 天",
            "不收费",
            "《预算法》第三条",
            "财政局",
        ]
    )
    sheet.append([2, None, "额度多少", "=A1", None, None, None, None, None])
    sheet.append([None, None, None, "没有问题的一行"])
    reading = read_excel(saved(book, tmp_path / "a.xlsx"))
    first, second = reading.found
    assert (first.draft.title, first.draft.category, first.draft.department) == (
        "贴息怎么申请",
        "融资财政",
        "财政局",
    )
    sections = {section.heading: section.body for section in first.draft.sections}
    assert sections == {"所需材料": "营业执照", "办理时限与费用": "法定时限：5 天\n\n收费标准：不收费"}
    assert (second.draft.category, second.draft.department) == ("融资财政", "财政局")
    assert second.draft.summary == ""
    assert "公式" in second.notes[0]
    assert reading.left_over == (("表「Sheet」第 5 行", "没有问题的一行"),)
    assert reading.headers == ("序号",)


def test_excel_without_a_header_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["随便", "写写"])
    with pytest.raises(DocumentRefused, match="没有认出表头"):
        read_excel(saved(book, tmp_path / "a.xlsx"))


def zipped(file: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"word/document.xml": b"<x/>", **parts}.items():
            archive.writestr(name, content)
    return file


def trap(name: str, folder: Path) -> Path:
    """One hostile or mistaken file."""
    file = folder / "a.docx"
    makers = {
        "gbk": lambda: file.write_bytes("问题,答复\n怎么开户,找银行\n".encode("gb18030") * 300),
        "utf8": lambda: file.write_text("问题,答复\n" * 500, "utf-8"),
        "old": lambda: file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        "empty": lambda: file.write_bytes(b""),
        "broken": lambda: file.write_bytes(b"PK\x03\x04" + b"junk" * 100),
        "bomb": lambda: zipped(file, **{"word/media/a.xml": b"0" * 30_000_000}),
        "macro": lambda: zipped(file, **{"word/vbaProject.bin": b"x"}),
        "entity": lambda: zipped(file, **{"word/styles.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "large": lambda: file.write_bytes(b"PK\x03\x04" + b"\0" * (21 * 1024 * 1024)),
    }
    makers[name]()
    return file


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gbk", "GBK 编码的文本"),
        ("utf8", "UTF-8 编码的文本"),
        ("old", "密码|旧格式"),
        ("empty", "空文件"),
        ("broken", "损坏"),
        ("bomb", "解开后太大"),
        ("macro", "带宏"),
        ("entity", "XML 声明"),
        ("large", "超过 20 MB"),
    ],
)
def test_traps_are_refused_with_what_to_do(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match=says):
        require_safe(trap(name, tmp_path))


@pytest.mark.parametrize(("name", "says"), [("a.docm", "带宏"), ("a.doc", "旧格式"), ("a.csv", "只认")])
def test_other_kinds_of_file_are_named(name: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(DocumentRefused, match=says):
        require_safe(file)


def test_the_signing_copy_holds_every_entry_and_reads_back(tmp_path: Path) -> None:
    """Cover, contents, entries, basis, a signature line per department; no notes for officers unless asked."""
    profile = load_profile("ninghe")
    library = loader.load(KB, None, district=profile.key, variables=profile.handbook_variables())
    entries = [entry for entry in library.entries if entry.id.startswith(("tax/", "permit/"))]
    file = tmp_path / "a.docx"
    cover = Cover(profile.full_name, profile.programme, date(2026, 11, 20))
    assert write_signing_copy(file, entries, library.categories, cover) == len(entries)
    document = docx.Document(str(file))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert profile.full_name in texts
    assert any(text.startswith("1　税务发票（") for text in texts)
    departments = {row.cells[0].text for row in document.tables[-1].rows[1:]}
    assert departments == {entry.department for entry in entries}
    assert not any("内部提示" in text for text in texts)
    reading = read_word(file)
    by_title = {found.draft.title: found.draft for found in reading.found}
    assert set(by_title) == {entry.title for entry in entries}
    for entry in entries:
        draft = by_title[entry.title]
        assert draft.summary == " ".join(entry.summary.split())
        assert draft.department == entry.department
        assert [section.heading for section in draft.sections] == [s.heading for s in entry.sections]


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(DocumentRefused, match="对不上"):
        require_safe(file)
