"""Every rule of `kb check`: the fault, its line, and that a good handbook has none."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from handbook.check import check_library, stale_entries
from handbook.entry import Problem
from handbook.loader import load
from handbook.markup import number_faults

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)


def problems_of(kb: Path, variables: dict[str, str], today: date = TODAY) -> list[Problem]:
    library = load(kb, variables=variables)
    return [*library.problems, *check_library(library, today=today)]


def edit(kb: Path, old: str, new: str, name: str = "permit/kiln.md") -> None:
    file = kb / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_good_handbook_has_no_problem(kb: Path, variables: dict[str, str]) -> None:
    assert [str(problem) for problem in problems_of(kb, variables)] == []


@pytest.mark.parametrize(
    ("old", "new", "said", "at"),
    [
        ("title: 砖窑厂要什么手续", "titel: 砖窑厂要什么手续", "是不是 title", "titel"),
        ("kind: answer", "kind: reply", "kind 不能是", "kind: reply"),
        ("audience: public", "audience: all", "audience 不能是", "audience: all"),
        ("reviewed: 2026-11-20", "reviewed: 2026-13-20", "不是日期", "reviewed"),
        ("reviewed: 2026-11-20", "reviewed: 2027-01-01", "还没到", "reviewed"),
        ("  - 烧砖要办啥手续\n", "", "只有 11 条", "窑炉"),
        ("  - 窑炉要办啥手续", "  - 烧砖要办啥手续？", "问法重复", "烧砖要办啥手续？"),
        ("  - 窑炉要办啥手续", "  - 面包店怎么办证", "和别的条目重复", "  - 面包店怎么办证"),
        ("  - 砖窑厂要什么手续以外", "  - 烧砖，要办啥手续", "反例也是本条目的问法", "烧砖，"),
        ("category: 行政许可", "category: 税务发票", "category 应是", "category"),
        ("第十二条", "第九百条", "没有第 900 条", "第九百条"),
        ("keywords: [烧砖]", "keywords: [烧砖]\nrelated: [permit/none]", "相关条目不存在", "permit/none"),
        ("keywords: [烧砖]", "keywords: [烧砖]\nrelated: [permit/kiln]", "写了自己", "permit/kiln"),
        ("keywords: [烧砖]", "keywords: 烧砖", "要写成列表", "keywords"),
        ("approved: {by: 市场监管局, on: 2026-11-20}", "approved: {by: 市场监管局}", "by 和 on", "approved"),
        ("## 办理条件", "## 办理条建", "没有「办理条建」", "办理条建"),
        ("## 办理条件", "## 办理条建", "缺少章节「办理条件」", ""),
        ("不收费。", "不收费。" + "很长" * 150, "短答有", "很长"),
        ("不收费。", "不收费。\n\n第二段。", "不止一段", "不收费"),
    ],
)  # fmt: skip
def test_faults_of_fields_and_sections(
    kb: Path, variables: dict[str, str], old: str, new: str, said: str, at: str
) -> None:
    """The fault is found once, where it stands, with advice."""
    edit(kb, old, new)
    found = [p for p in problems_of(kb, variables) if said in f"{p.message}{p.advice}"]
    assert found, said
    reported = found[0]
    lines = Path(reported.path).read_text("utf-8").split("\n")
    assert at in lines[reported.line - 1]
    assert reported.advice


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("<b>粗</b>", "HTML"),
        ("<script>alert(1)</script>", "HTML"),
        ("<img src=x onerror=alert(1)>", "HTML"),
        ("[点我](javascript:alert(1))", "https"),
        ("[点我](http://example.gov.cn)", "https"),
        ("[点我](data:text/html;base64,xx)", "https"),
        ("[点我](//evil.cn)", "https"),
        ("[点我](https://a@evil.cn)", "https"),
        ("见 http://example.gov.cn", "https"),
        ("![图](https://a.gov.cn/a.png)", "图片"),
        ("[见这里](/h/permit/none)", "不存在"),
        ("[打电话](tel:02281234567)", "全国热线"),
        ("`代码`", "代码"),
        ("| 甲 | 乙 |", "表格"),
        ("### 小标题", "标题"),
        ("拨打 022-69591234", "电话"),
        ("电话69591234", "电话"),
        ("手机 13812345678", "电话"),
        ("热线 4008001234", "电话"),
        ("打 96888", "电话"),
        ("拨打 12377 举报", "电话"),
        ("地址：光明路88号", "地址"),
        ("在 3号楼 办", "地址"),
    ],
)
def test_unsafe_markup_phones_and_addresses(
    kb: Path, variables: dict[str, str], line: str, said: str
) -> None:
    edit(kb, "## 所需材料", f"{line}\n\n## 所需材料")
    found = [p for p in problems_of(kb, variables) if said in p.message]
    assert found, line
    wanted = (kb / "permit/kiln.md").read_text("utf-8").split("\n").index(line) + 1
    assert found[0].line == wanted


@pytest.mark.parametrize(
    "line",
    [
        "拨打 12345、12366、12333 或 12315", "罚款 30000000 元", "2026年11月20日前办", "第12号公告", "注册资本 12300 元",
        "满 120 天", "按 1.5 倍算", "财政部 税务总局公告2023年第12号", "打八折", "公告〔2026〕10号", "见 https://www.gsxt.gov.cn",
        "办 3 年的 12 个月", "联系 3 个部门", "最高 500 元",
    ],
)  # fmt: skip
def test_ordinary_numbers_are_no_phone(line: str) -> None:
    assert list(number_faults(line)) == []


@pytest.mark.parametrize("target", ["/h/permit/truck", "truck", "permit/truck.md", "../permit/truck"])
def test_links_to_entries_that_exist_are_fine(kb: Path, variables: dict[str, str], target: str) -> None:
    edit(kb, "## 所需材料", f"[货车]({target})\n\n## 所需材料")
    assert problems_of(kb, variables) == []


def test_a_stale_review_is_a_warning_and_is_listed(kb: Path, variables: dict[str, str]) -> None:
    late = date(2027, 6, 1)
    found = problems_of(kb, variables, today=late)
    assert {problem.is_warning for problem in found} == {True}
    assert len(stale_entries(load(kb, variables=variables), late)) == 3


def test_other_kinds_need_no_sections_and_no_basis(kb: Path, variables: dict[str, str]) -> None:
    questions = "".join(f"  - 打个招呼{number}号人\n" for number in "一二三四五六七八九十甲乙")
    (kb / "permit/hello.md").write_text(
        f"---\ntitle: 招呼\nquestions:\n{questions}unlike: [甲乙丙, 丁戊己]\ndepartment: 办\ncategory: 行政许可\n"
        "audience: public\nkind: smalltalk\napproved: {by: 办, on: 2026-11-20}\nreviewed: 2026-11-20\n---\n您好。\n",
        "utf-8",
    )
    assert problems_of(kb, variables) == []


def test_a_command_entry_names_a_command(
    kb: Path, variables: dict[str, str], write: Callable[..., str]
) -> None:
    edit(kb, "kind: answer", "kind: command\ncommand: 跳舞")
    assert any("command 不能是" in problem.message for problem in problems_of(kb, variables))


def test_the_shipped_handbook_has_no_fault_and_is_checked_in_two_seconds(variables: dict[str, str]) -> None:
    """`make test` checks the whole kb; `kb check` takes a second or two (contract)."""
    start = time.process_time()
    library = load(ROOT / "kb", variables=variables)
    found = [*library.problems, *check_library(library)]
    assert time.process_time() - start < 4  # twice the promise: a loaded machine
    assert [str(problem) for problem in found if not problem.is_warning] == []
    assert len(library.entries) >= 250
