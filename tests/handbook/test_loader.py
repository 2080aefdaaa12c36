"""Reading kb folders: every fault has a place, nothing stops the reading, nothing crashes."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from handbook.entry import Entry
from handbook.loader import Library, load

WORDS = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑"]


def by_id(library: Library) -> dict[str, Entry]:
    return {entry.id: entry for entry in library.entries}


def test_a_good_folder_has_no_problem_and_fills_variables(kb: Path, variables: dict[str, str]) -> None:
    library = load(kb, variables=variables)
    assert [str(problem) for problem in library.problems] == []
    assert list(by_id(library)) == ["permit/bakery", "permit/kiln", "permit/truck"]
    assert "宁河区政务服务中心" in by_id(library)["permit/bakery"].summary


def test_reading_never_stops_at_the_first_fault(kb: Path, variables: dict[str, str]) -> None:
    """Three files with different faults give three problems; the good ones are served."""
    (kb / "permit/a.md").write_text("没有字段", "utf-8")
    (kb / "permit/b.md").write_text("---\ntitle: [\n---\n正文", "utf-8")
    (kb / "permit/c.md").write_text("---\ntitle: 半截", "utf-8")
    library = load(kb, variables=variables)
    assert {Path(problem.path).name for problem in library.faults} == {"a.md", "b.md", "c.md"}
    assert len(library.entries) == 3


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"---\ntitle: x\x00y\n---\n", 2, "控制字符"),
        ("---\ntitle: 甲\n---\n".encode("gbk"), 2, "UTF-8"),
        (b"---\ntitle: half", 2, "没有配对"),
        (b"---\ntitle: x\ntitle: y\n---\n", 3, "写了两次"),
        (b"---\na: &x [1]\nb: *x\n---\n", 2, "别名"),
        (b"---\na: [[[[[[[1]]]]]]]\n---\n", 2, "嵌套"),
        (b"---\n- a\n- b\n---\n", 2, "字段"),
        (b"---\n? {a: b}\n: c\n---\n", 2, "字段名"),
        (b"---\ntitle: \"x\n---\n", 2, "读不懂"),
        ("---\ntitle: 甲\u202e乙\n---\n".encode(), 2, "控制字符"),
        (b"", 1, "第一行"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_problems_with_a_line(
    kb: Path, variables: dict[str, str], content: bytes, line: int, said: str
) -> None:
    (kb / "permit/bad.md").write_bytes(content)
    library = load(kb, variables=variables)
    faults = [problem for problem in library.faults if problem.path.endswith("bad.md")]
    assert said in faults[0].message
    assert faults[0].line == line
    assert faults[0].advice
    assert len(library.entries) == 3


def test_a_huge_file_is_a_problem_and_is_not_read(kb: Path, variables: dict[str, str]) -> None:
    (kb / "permit/huge.md").write_bytes(b"---\n" + b"x" * 300_000)
    assert "KB" in load(kb, variables=variables).faults[0].message


def test_a_link_to_another_place_is_a_problem_and_is_not_followed(
    kb: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text((kb / "permit/kiln.md").read_text("utf-8"), "utf-8")
    (kb / "permit/link.md").symlink_to(outside)
    library = load(kb, variables=variables)
    assert "符号链接" in library.faults[0].message
    assert "permit/link" not in by_id(library)


def test_a_fifo_does_not_hang_the_reader(kb: Path, variables: dict[str, str]) -> None:
    os.mkfifo(kb / "permit/pipe.md")
    assert "普通文件" in load(kb, variables=variables).faults[0].message


def test_a_byte_order_mark_is_only_a_warning(kb: Path, variables: dict[str, str]) -> None:
    file = kb / "permit/kiln.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    library = load(kb, variables=variables)
    assert "permit/kiln" in by_id(library)
    assert [problem.is_warning for problem in library.problems] == [True]


def test_windows_line_ends_read_like_any_other(kb: Path, variables: dict[str, str]) -> None:
    before = by_id(load(kb, variables=variables))["permit/kiln"]
    file = kb / "permit/kiln.md"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert by_id(load(kb, variables=variables))["permit/kiln"] == before


def test_a_missing_variable_is_a_fault_and_the_entry_is_not_served(kb: Path) -> None:
    """An enterprise must never read `{{ district.x }}`."""
    library = load(kb, variables={"name": "宁河区"})
    assert {problem.message for problem in library.faults} == {"没有变量 district.hall"}
    assert library.entries == ()


def test_braces_that_are_no_variable_are_a_fault(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    (kb / "permit/x.md").write_text(write("丁", WORDS) + "\n{{ district.hall | upper }}\n", "utf-8")
    assert "不是变量" in load(kb, variables=variables).faults[0].message


def test_the_local_entry_of_the_same_id_wins(
    kb: Path, tmp_path: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    local = tmp_path / "local/permit"
    local.mkdir(parents=True)
    (local / "kiln.md").write_text(write("本区砖窑怎么办", WORDS), "utf-8")
    assert by_id(load(kb, tmp_path / "local", variables=variables))["permit/kiln"].title == "本区砖窑怎么办"


def test_a_broken_local_entry_leaves_the_shipped_one(
    kb: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    local = tmp_path / "local/permit"
    local.mkdir(parents=True)
    (local / "kiln.md").write_text("---\n没写完", "utf-8")
    library = load(kb, tmp_path / "local", variables=variables)
    assert by_id(library)["permit/kiln"].title == "砖窑厂要什么手续"
    assert len(library.faults) == 1


def test_an_entry_for_other_districts_is_left_out(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    (kb / "permit/port.md").write_text(
        write("码头怎么办", WORDS, extra="districts: [binhai, tpftz]\n"), "utf-8"
    )
    assert "permit/port" not in by_id(load(kb, district="ninghe", variables=variables))
    assert "permit/port" in by_id(load(kb, district="binhai", variables=variables))


def test_an_overlay_replaces_its_section_here_and_vanishes_elsewhere(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    body = "## 办理渠道\n全市窗口。\n\n## 办理渠道 @ninghe\n宁河窗口。\n\n## 常见问题 @binhai\n只在滨海。"
    (kb / "permit/overlay.md").write_text(write("渡口怎么办", WORDS, body=body), "utf-8")

    def channels(district: str) -> list[tuple[str, str]]:
        entry = by_id(load(kb, district=district, variables=variables))["permit/overlay"]
        return [(section.heading, section.body) for section in entry.sections]

    assert channels("ninghe") == [("办理渠道", "宁河窗口。")]
    assert channels("binhai") == [("办理渠道", "全市窗口。"), ("常见问题", "只在滨海。")]


def test_internal_notes_are_kept_apart_from_public_sections(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    (kb / "permit/x.md").write_text(
        write("渡口怎么办", WORDS, body="## 办理渠道\n窗口。\n\n## 内部提示\n别外传。"), "utf-8"
    )
    entry = by_id(load(kb, variables=variables))["permit/x"]
    assert entry.internal_notes == "别外传。"
    assert all("别外传" not in section.body for section in entry.sections)


def test_an_entry_past_its_validity_is_not_served(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    text = write("旧补贴怎么领", WORDS, extra="effective: {from: 2024-01-01, to: 2026-06-30}\n")
    (kb / "permit/old.md").write_text(text, "utf-8")
    assert "permit/old" in by_id(load(kb, variables=variables, today=date(2026, 6, 30)))
    assert "permit/old" not in by_id(load(kb, variables=variables, today=date(2026, 7, 1)))


def test_more_phrasings_come_from_their_own_file(kb: Path, variables: dict[str, str]) -> None:
    more = kb / "_phrasings/permit"
    more.mkdir(parents=True)
    before = by_id(load(kb, variables=variables))["permit/kiln"]
    (more / "kiln.txt").write_text("# 备注\n想支个窑烧点瓦\n砖窑厂要什么手续？\n", "utf-8")
    after = by_id(load(kb, variables=variables))["permit/kiln"]
    assert after.more_questions == ("想支个窑烧点瓦",)
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize("name", ["Permit/x.md", "permit/大写.md", "permit/deep/x.md", "loose.md"])
def test_names_that_cannot_be_ids_are_problems(kb: Path, variables: dict[str, str], name: str) -> None:
    file = kb / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((kb / "permit/kiln.md").read_text("utf-8"), "utf-8")
    library = load(kb, variables=variables)
    assert [Path(problem.path).name for problem in library.faults] == [file.name]


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    library = load(tmp_path / "nowhere")
    assert len(library.faults) == 1
    assert library.entries == ()
