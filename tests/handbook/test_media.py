"""Pictures and videos in an entry (B8): each rule of `kb check` with its line, and what search and Word make of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from handbook.check import check_library
from handbook.documents.signing import _markdown
from handbook.entry import Problem
from handbook.lexicon_build import body_of
from handbook.loader import load, snapshot
from handbook.media import (
    MAX_IMAGE_BYTES,
    find_picture,
    is_video_address,
    media_problems,
    read_picture,
    type_of,
    without_media,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 30
GOOD = "![三步走](_images/steps.png)"


def put(kb: Path, name: str = "steps.png", content: bytes = PNG) -> Path:
    folder = kb / "permit" / "_images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def problems(kb: Path, variables: dict[str, str], *lines: str, before: str = "## 所需材料") -> list[Problem]:
    file = kb / "permit/kiln.md"
    text = file.read_text("utf-8")
    file.write_text(text.replace(before, "\n\n".join([*lines, before]), 1), "utf-8")
    library = load(kb, variables=variables)
    found = [*library.problems, *check_library(library)]
    return [problem for problem in found if not problem.is_warning]


def test_sound_pictures_and_videos_are_no_fault(kb: Path, variables: dict[str, str]) -> None:
    put(kb), put(kb, "b-2.jpg", JPG), put(kb, "c.webp", WEBP)
    lines = [
        GOOD, "![二](_images/b-2.jpg)", "![三](_images/c.webp)", "[视频：怎么办](https://www.tj.gov.cn/v.html)",
        "[视频：文章](https://mp.weixin.qq.com/s/x)", "[视频：片子](https://v.qq.com/x/page/a.html)",
    ]  # fmt: skip
    assert problems(kb, variables, *lines) == []


@pytest.mark.parametrize(
    ("line", "content", "said", "advice"),
    [
        (GOOD, None, "没有这张图", "_images"),
        (GOOD, PNG + b"x" * MAX_IMAGE_BYTES, "图片太大", "1 MB"),
        (GOOD, b"GIF89a" + b"\x00" * 40, "不是图片", "PNG"),
        (GOOD, b"<svg onload=alert(1)>", "不是图片", "PNG"),
        (GOOD, JPG, "图片内容是 jpg", ".jpg"),
        ("![](_images/steps.png)", PNG, "没有说明", "讲什么"),
        ("![ ](_images/steps.png)", PNG, "没有说明", "讲什么"),
        (f"![{'长' * 61}](_images/steps.png)", PNG, "61 个字符", "60"),
        ("![图](https://www.gov.cn/steps.png)", PNG, "网上的图片", "_images"),
        ("![图](//evil.cn/steps.png)", PNG, "网上的图片", "_images"),
        ("![图](data:image/png;base64,xx)", PNG, "网上的图片", "_images"),
        ("![图](_images/../steps.png)", PNG, "地址写错了", "短名.png"),
        ("![图](../other/_images/steps.png)", PNG, "地址写错了", "短名.png"),
        ("![图](_images/Steps.PNG)", PNG, "地址写错了", "小写"),
        ("![图](_images/steps.svg)", PNG, "地址写错了", "webp"),
        (f"看图：{GOOD}", PNG, "单独占一行", "另起一行"),
        ("[视频：怎么办](https://evil.cn/v)", PNG, "不能链到这里", "gov.cn"),
        ("[视频：怎么办](https://www.gov.cn.evil.cn/v)", PNG, "不能链到这里", "gov.cn"),
        ("[视频：怎么办](https://notgov.cn/v)", PNG, "不能链到这里", "gov.cn"),
        ("[视频：](https://v.qq.com/x)", PNG, "没有标题", "标题"),
        ("点 [视频：怎么办](https://v.qq.com/x)", PNG, "单独占一行", "另起一行"),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_advice(
    kb: Path, variables: dict[str, str], line: str, content: bytes | None, said: str, advice: str
) -> None:
    if content is not None:
        put(kb, content=content)
    found = [problem for problem in problems(kb, variables, line) if said in problem.message]
    assert len(found) == 1, line
    text = (kb / "permit/kiln.md").read_text("utf-8").split("\n")
    assert found[0].line == text.index(line) + 1
    assert advice in found[0].advice


def test_a_seventh_picture_is_one_too_many(kb: Path, variables: dict[str, str]) -> None:
    put(kb)
    assert problems(kb, variables, *[GOOD] * 6) == []
    assert ["最多 6 张" in p.message for p in problems(kb, variables, GOOD)] == [True]


def test_not_in_the_short_answer_nor_in_internal_notes(kb: Path, variables: dict[str, str]) -> None:
    put(kb)
    in_short = problems(kb, variables, GOOD, before="## 办理条件")
    assert any("放错了地方" in problem.message for problem in in_short)
    file = kb / "permit/truck.md"
    file.write_text(file.read_text("utf-8") + f"\n## 内部提示\n口径\n\n{GOOD}\n", "utf-8")
    library = load(kb, variables=variables)
    assert "放错了地方" in str(list(media_problems(library.documents["permit/truck"], library.roots)))


def test_the_districts_own_picture_comes_first(kb: Path, tmp_path: Path, variables: dict[str, str]) -> None:
    put(kb)
    own = put(tmp_path / "local")
    library = load(kb, tmp_path / "local", variables=variables)
    assert find_picture(library.roots, "permit", "steps.png") == own
    own.unlink()
    assert find_picture(library.roots, "permit", "steps.png") == kb / "permit/_images/steps.png"


@pytest.mark.parametrize(
    ("category", "name"),
    [("permit", "../kiln.md"), ("permit", "a/../steps.png"), ("..", "steps.png"), ("permit", "kiln.md"),
     ("permit", "steps.png\n"), ("", "steps.png"), ("permit", "/etc/passwd")],
)  # fmt: skip
def test_no_way_out_of_the_folder(kb: Path, category: str, name: str) -> None:
    put(kb)
    assert find_picture((kb,), category, name) is None


def test_neither_links_nor_large_files_nor_other_types_are_read(kb: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    (put(kb).parent / "link.png").symlink_to(secret)
    put(kb, "big.png", PNG + b"x" * MAX_IMAGE_BYTES)
    put(kb, "page.png", b"<html>")
    assert [read_picture((kb,), "permit", name) for name in ("link.png", "big.png", "page.png")] == [None] * 3
    assert read_picture((kb,), "permit", "steps.png") == (PNG, "image/png")


def test_types_by_their_first_bytes() -> None:
    found = [type_of(content) for content in (PNG, JPG, WEBP, b"", b"RIFF1234WAVE", b"\x89PNG", b"GIF89a")]
    assert found == ["png", "jpg", "webp", "", "", "", ""]


@pytest.mark.parametrize(
    "address",
    ["http://v.qq.com/x", "https://v.qq.com:8443/x", "https://a@v.qq.com/x", "https://[bad/x", "//v.qq.com/x"],
)  # fmt: skip
def test_a_known_site_is_not_enough(address: str) -> None:
    assert not is_video_address(address)
    assert is_video_address("https://v.qq.com/x")


def test_search_reads_the_words_only(kb: Path, variables: dict[str, str]) -> None:
    """A picture changes nothing about what is found: its line is not searched in."""
    assert (
        without_media(f"甲\n{GOOD}\n[视频：乙](https://v.qq.com/x)\n见 [丙](/h/a/b)") == "甲\n见 [丙](/h/a/b)"
    )
    entry = load(kb, variables=variables).entries[0]
    part = entry.sections[0]
    shown = replace(entry, sections=(replace(part, body=f"{part.body}\n{GOOD}"), *entry.sections[1:]))
    assert body_of(shown) == body_of(entry)


def test_a_new_picture_is_noticed(kb: Path) -> None:
    before = snapshot([kb])
    put(kb)
    assert snapshot([kb]) != before


def test_word_says_what_the_picture_shows() -> None:
    import docx

    document = docx.Document()
    _markdown(document, f"前文\n\n{GOOD}")
    assert [paragraph.text for paragraph in document.paragraphs] == ["前文", "（图：三步走）"]
