"""Roster files as people really send them: encodings, spreadsheets' habits, traps."""

import zipfile

import openpyxl
import pytest

from app.directory.sheets import UnreadableFileError, read_sheet

HEAD = ["统一社会信用代码", "名称"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("a.csv", "utf-8"), ("a.csv", "utf-8-sig"), ("a.csv", "gb18030"), ("a.csv", "gbk"), ("a.xlsx", "")],
)
def test_encodings_give_the_same_rows(office, name: str, encoding: str) -> None:
    sheet = read_sheet(
        office.file(
            [HEAD, ["x", "宁河区㙟号食品厂" if encoding != "gbk" else "宁河区食品厂"]], name, encoding
        )
    )
    assert sheet.headers == tuple(HEAD)
    assert "宁河区" in sheet.rows[0].cells["名称"]


def test_blank_lines_and_line_numbers(office) -> None:
    """The line number is the one people see in their spreadsheet."""
    sheet = read_sheet(office.file([HEAD, ["", ""], ["a", "b"], [], ["c", "d"]]))
    assert [row.line for row in sheet.rows] == [3, 5]


def test_headers_are_read_forgivingly(office) -> None:
    assert read_sheet(office.file([["* 名称", "联系电话（手机）", "类 型："], ["a", "b", "c"]])).headers == (
        "名称", "联系电话", "类型",
    )  # fmt: skip


def test_numbers_of_a_spreadsheet_stay_telephone_numbers(office) -> None:
    sheet = read_sheet(office.file([["手机", "备注"], [13900001111, 1.5], [13900002222.0, True]], "n.xlsx"))
    assert [row.cells["手机"] for row in sheet.rows] == ["13900001111", "13900002222"]


def test_apostrophes_before_numbers_go(office) -> None:
    assert read_sheet(office.file([["手机"], ["'13900001111"]])).rows[0].cells["手机"] == "13900001111"


def test_marks_that_nobody_sees_go(office) -> None:
    """Copied from a chat, a PDF or a contact list: the code is right, and a name of nothing else is no name."""
    cells = ["\u202d91120221MA0000001G\u202c", "\u200b\u2060\ufeff"]
    (row,) = read_sheet(office.file([HEAD, [*cells], ["", ""]])).rows
    assert row.values == ("91120221MA0000001G", "")
    (row,) = read_sheet(office.file([HEAD, ["\u200bx\x07y", "甲\u3000乙\xa0丙"]])).rows
    assert row.values == ("xy", "甲 乙 丙")


def test_the_first_sheet_in_sight_is_read(office) -> None:
    """Last month's list, hidden in front of this month's, is not taken for it."""
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "上月", "hidden"
    book.active.append(HEAD)
    book.active.append(["old", "旧"])
    shown = book.create_sheet("本月")
    shown.append(HEAD)
    shown.append(["new", "新"])
    book.active = 1
    path = office.file([HEAD], "空.xlsx")
    book.save(path)
    assert [row.values for row in read_sheet(path).rows] == [("new", "新")]


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x")', "@SUM(A1)", "＝1+1", "'=1+1", " =1"])
def test_formulas_are_refused(office, cell: str) -> None:
    assert "公式" in read_sheet(office.file([["名称"], [cell]])).rows[0].fault


def test_formula_of_a_spreadsheet_is_refused(office) -> None:
    assert "公式" in read_sheet(office.file([["名称"], ["=A1"]], "f.xlsx")).rows[0].fault


def test_scientific_notation_is_refused_with_advice(office) -> None:
    assert "科学计数" in read_sheet(office.file([["手机"], ["1.39E+10"]])).rows[0].fault


def test_unquoted_comma_is_noticed(office) -> None:
    path = office.folder / "c.csv"
    path.write_text("名称,地址\n某厂,一号路,二楼\n", encoding="utf-8")
    assert "逗号" in read_sheet(path).rows[0].fault


def test_tab_separated_text_is_read(office) -> None:
    path = office.folder / "t.csv"
    path.write_text("名称\t地址\n某厂\t一号路\n", encoding="utf-8")
    assert read_sheet(path).rows[0].cells == {"名称": "某厂", "地址": "一号路"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "e.csv"),
        (b"\n\n", "e.csv"),
        (b"\xff\xfe\x00\x80\x81", "u.csv"),
        (b"PK\x03\x04 broken", "b.xlsx"),
        (b"not a zip", "n.xlsx"),
        (b"a\x00b,c\n", "z.csv"),
        ("名称,名称\na,b\n".encode(), "d.csv"),
    ],
)
def test_unusable_files_are_refused_in_a_sentence(office, content: bytes, name: str) -> None:
    path = office.folder / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as refused:
        read_sheet(path)
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.value.message)


def test_missing_file(office) -> None:
    with pytest.raises(UnreadableFileError):
        read_sheet(office.folder / "nowhere.csv")


def test_zip_bomb_is_refused(office) -> None:
    path = office.file([["名称"], ["a"]], "bomb.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"0" * 30_000_000)
    with pytest.raises(UnreadableFileError) as refused:
        read_sheet(path)
    assert "太大" in refused.value.message


def test_title_above_the_headers_is_passed_over(office) -> None:
    """Government sheets carry their name and the month in merged cells above the headers."""
    rows = [["宁河区经营主体名单", ""], ["（2026年11月）", ""], HEAD, ["a", "b"]]
    for name in ("t.csv", "t.xlsx"):
        sheet = read_sheet(office.file(rows, name))
        assert (sheet.headers, sheet.rows[0].line) == (tuple(HEAD), 4)


def test_long_files_say_how_far_they_are(office) -> None:
    told: list[int] = []
    path = office.file([HEAD, *([str(n), "某厂"] for n in range(11_000))])
    assert len(read_sheet(path, lambda _, count: told.append(count)).rows) == 11_000
    assert told == [5000, 10_000]
