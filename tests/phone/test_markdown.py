"""Editors' markdown as HTML: hostile input comes out inert, phones can be tapped, lists keep their shape."""

import re

import pytest

from app.phone.markdown import BlockKind, Renderer, is_safe_address

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](http://evil.example)",
    "[x](ftp://evil.example)",
    "![x](https://evil.example/pixel.gif)",
    "<a href=//evil.example>x</a>",
    '<p style="position:fixed">x</p>',
    "<iframe src=https://evil.example></iframe>",
    "<https://ok.example/?q=<script>>",
    "| <b onclick=x>a</b> |\n|---|\n| <svg/onload=alert(1)> |",
    "```html\n<script>alert(1)</script>\n```",
    "[x]: javascript:alert(1)\n\n[x]",
    "- <details open ontoggle=alert(1)>\n1. <object data=x>",
]


def tags(html):
    return re.findall(r"<[^>]+>", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_inert(text):
    renderer = Renderer()
    fragments = [renderer.html(text), *(part for block in renderer.blocks(text) for part in block.fragments)]
    for tag in tags("".join(fragments)):
        assert re.fullmatch(
            r"</?(p|br|a|li|ul|ol|code|pre|table|thead|tbody|tr|th|td|strong|em)( [^>]*)?>", tag
        ), tag
        assert not re.search(r"\son\w+=|style=|src=", tag), tag
        if "href=" in tag:
            assert re.search(r'href="(https://|tel:|/[^/\\])', tag), tag


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://www.gov.cn/a", True), ("tel:12345", True), ("/h/a/b", True), ("//evil.example", False),
        ("/\\evil.example", False), ("http://www.gov.cn", False), ("javascript:alert(1)", False), ("", False),
        ("HTTPS://x", False), ("mailto:a@b", False),
    ],
)  # fmt: skip
def test_where_a_link_may_lead(address, is_safe):
    assert is_safe_address(address) is is_safe


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("拨打12345或 12333。", ["12345", "12333"]),
        ("窗口 022-12345678", ["022-12345678"]),
        ("客服 400-123-4567", ["400-123-4567"]),
        ("罚款12345元", []),
        ("约 12345 人", []),
        ("单号 20261234512345", []),
        ("注册资本 12000 元", []),
        ("号码1234567", []),
    ],
)
def test_service_numbers_can_be_tapped_and_amounts_cannot(text, numbers):
    assert re.findall(r'href="tel:([^"]+)"', Renderer().html(text)) == numbers


def test_a_number_inside_a_link_is_left_alone():
    html = Renderer().html("[拨 12345](https://www.gov.cn)")
    assert html.count("<a ") == 1 and "tel:" not in html


def test_lists_are_taken_apart_and_prose_kept_together():
    blocks = Renderer().blocks("先看：\n\n- 甲\n- 乙 **粗**\n  - 乙一\n\n再看：\n\n还有\n\n1. 一\n2. 二")
    assert [block.kind for block in blocks] == [
        BlockKind.PROSE,
        BlockKind.ITEMS,
        BlockKind.PROSE,
        BlockKind.STEPS,
    ]
    assert len(blocks[1].fragments) == 2 and "<strong>粗</strong>" in blocks[1].fragments[1]
    assert "<li>乙一</li>" in blocks[1].fragments[1]
    assert blocks[2].fragments[0].count("<p>") == 2
    assert [re.sub("<[^>]+>", "", part) for part in blocks[3].fragments] == ["一", "二"]


def test_an_empty_section_has_no_blocks():
    assert Renderer().blocks("") == ()
