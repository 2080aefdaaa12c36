"""What a phone shows: byte limit, links, neutralised text (cases 31 and 41)."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.platform.markup import links, options, segments
from app.demo.platform.strictxml import read
from app.wechat.rendering import CUT_NOTICE, MAX_BUBBLE_BYTES, bubbles, passive_xml
from app.wechat.xmltext import clean
from bot.messages import Incoming, MessageKind, Reply, Tap, Url

PUBLIC = "https://qiying.example.cn/"
TAIL = (
    Tap("没解决，转服务员", "人工", "a17.human"),
    "\n",
    Url("材料清单和详细步骤", "/h/registration/individual"),
)


def texts(*parts, most=3):
    return bubbles(Reply.of(*parts), PUBLIC, most=most)


def size(text):
    return len(text.encode())


def test_taps_and_links_read_back_as_they_were_meant():
    (text,) = texts(
        "补照\n", Tap("转服务员", '人工 +1&2="百分%"', "t1.x.v4"), "\n", Url("全文", "/h/a/b?x=1")
    )
    (option,) = options(text)
    assert (option.text, option.say, option.option_id) == ("转服务员", '人工 +1&2="百分%"', "t1.x.v4")
    assert links(text)[0].address == "https://qiying.example.cn/h/a/b?x=1"


@pytest.mark.parametrize("count", [1, 600, 682, 683, 700, 1300])
def test_case_41_text_of_any_length_fits_and_nothing_is_lost(count):
    shown = texts("问" * count, "\n", *TAIL)
    assert all(size(text) <= MAX_BUBBLE_BYTES for text in shown)
    assert "".join(segment.text for text in shown for segment in segments(text)).count("问") == count
    assert [option.text for text in shown for option in options(text)] == ["没解决，转服务员"]


def test_case_41_too_much_text_is_cut_with_a_notice_and_the_way_on():
    shown = texts("问" * 5000, "\n", *TAIL)
    assert len(shown) == 3
    assert all(size(text) <= MAX_BUBBLE_BYTES for text in shown)
    assert CUT_NOTICE in shown[-1]
    assert [option.text for option in options(shown[-1])] == ["没解决，转服务员"]
    assert [link.text for link in links(shown[-1])] == ["材料清单和详细步骤"]


def test_one_bubble_can_be_asked_for():
    (shown,) = texts("问" * 5000, *TAIL, most=1)
    assert size(shown) <= MAX_BUBBLE_BYTES
    assert links(shown)


@pytest.mark.parametrize("emoji", ["😀", "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "é", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
@pytest.mark.parametrize("padding", range(12))
def test_case_41_what_belongs_together_is_not_cut(emoji, padding):
    shown = texts("x" * padding + emoji * 200, most=99)
    assert all(size(text) <= MAX_BUBBLE_BYTES for text in shown)
    assert all(
        text.removeprefix("x" * padding).count(emoji) * len(emoji) == len(text.lstrip("x")) for text in shown
    )


def test_cuts_fall_between_lines_where_they_can():
    shown = texts("\n".join(f"第{n}项 携带本人身份证和营业执照副本原件" for n in range(60)), most=9)
    assert all(re.match(r"第\d+项", text) and text.endswith("原件") for text in shown)


@pytest.mark.parametrize(
    "text",
    [
        '<a href="weixin://bizmsgmenu?msgmenucontent=x&msgmenuid=1">点我</a>',
        "<A  HREF='https://evil.example'>点我</a>",
        "<\x00a href='https://evil.example'>点我</a>",
        "< a href='https://evil.example'>点我</a>",
        "<\ud800a href='https://evil.example'>点我</a>",
        "<a\nhref='https://evil.example'>点我</a>",
    ],
)
def test_text_cannot_forge_a_link(text):
    (shown,) = texts(f"您说：{text}")
    assert [segment.kind for segment in segments(shown)] == ["text"]
    assert "<a" not in shown.lower().replace("\u200b", "|")


def test_two_harmless_parts_do_not_make_a_link():
    (shown,) = texts("<", "a href='https://evil.example'>点我</a>")
    assert not links(shown)


def test_a_label_cannot_end_its_link():
    (shown,) = texts(Tap('</a><a href="https://evil.example">点我\n', "说"), Url("<b>", "/x"))
    assert len(segments(shown)) == 2
    assert [link.address for link in links(shown)] == ["https://qiying.example.cn/x"]


def test_an_empty_reply_has_no_bubble():
    assert texts() == []
    assert texts("", " \n", "\x07") == []


def test_a_monstrous_tap_becomes_its_label():
    (shown,) = texts("请点：", Tap("这一条", "说" * 500))
    assert shown == "请点：这一条"


PARTS = st.lists(
    st.one_of(
        st.text(max_size=400),
        st.builds(Tap, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=60), st.just("t1")),
        st.builds(Url, st.text(min_size=1, max_size=20), st.from_regex(r"/[a-z/]{1,40}", fullmatch=True)),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(PARTS, st.integers(1, 4))
def test_any_reply_fits_and_keeps_its_links(parts, most):
    """Links are the only markup, whole, and as many as there were."""
    shown = bubbles(Reply(tuple(parts)), PUBLIC, most=most)
    assert len(shown) <= most
    assert all(0 < size(text) <= MAX_BUBBLE_BYTES for text in shown)
    meant = sum(1 for part in parts if not isinstance(part, str) and clean(part.label).strip())
    found = sum(1 for text in shown for segment in segments(text) if segment.kind != "text")
    assert found <= sum(1 for part in parts if not isinstance(part, str))
    if shown and most == 4:
        assert found >= min(meant, 1)


INCOMING = Incoming("gh_0", "oA", MessageKind.TEXT, datetime(2026, 11, 20, tzinfo=UTC), "k")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_case_31_any_text_makes_a_well_formed_reply(text):
    root = read(passive_xml(text, INCOMING, INCOMING.sent_at))
    assert [child.name for child in root.children] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]
    assert root.only("ToUserName") == "oA"
    assert root.only("CreateTime") == str(int(INCOMING.sent_at.timestamp()))
    expected = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", "", text)
    assert root.only("Content") == expected.replace("\r\n", "\n").replace("\r", "\n")


def test_the_option_is_form_encoded_as_the_client_decodes_it():
    (shown,) = texts(Tap("好", "a b+c"))
    query = shown.split("?", 1)[1].split('"', 1)[0]
    assert parse_qs(query)["msgmenucontent"] == ["a b+c"]
