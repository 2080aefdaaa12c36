"""Values of category templates: put into the shape that each kind of field accepts (case 49)."""

from datetime import date

import pytest

from app.demo.platform.fields import is_valid
from app.demo.platform.world import Template as PlatformTemplate
from app.errors import ConfigurationError
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.panel.outbox_rows import KIND_NAMES
from app.wechat.templates import KINDS, SHAPES, Template, read_templates

TODAY = date(2026, 11, 20)
HOSTILE = [
    "",
    " ",
    "普通",
    "很长的文字" * 20,
    "a\nb\r\nc",
    "😀👨‍👩‍👧笑\u200b",
    "\x00\x07\ud800",
    "<a href=x>",
    "12月1日",
    "A" * 99,
]


def shaped(field: str, value: str) -> str:
    return Template("T", {field: "v"}).data({"v": value}, TODAY)[field]["value"]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("thing1", "厂门口修路", "厂门口修路"),
        ("thing1", "一" * 21, "一" * 19 + "…"),
        ("thing1", "两\n行", "两 行"),
        ("thing1", "", "点击查看详情"),
        ("character_string2", "20261120-0042", "20261120-0042"),
        ("character_string2", "单号 0042", "0042"),
        ("time3", "2026-11-20T07:01:00+00:00", "2026年11月20日 15:01"),
        ("time3", "12月1日", "2026年12月1日 23:59"),
        ("time3", "1月5日 16:05", "2027年1月5日 16:05"),
        ("time3", "15:01", "15:01"),
        ("date4", "12月1日", "2026年12月1日"),
        ("date4", "2026-12-01", "2026年12月1日"),
        ("phone_number5", "(022) 6959-1234", "022 6959-1234"),
        ("phrase6", "办结!", "办结"),
        ("name7", "王服务", "王服务"),
        ("const8", "=工单", "=工单"),
    ],
)
def test_shape(field: str, value: str, expected: str) -> None:
    assert shaped(field, value) == expected


@pytest.mark.parametrize("prefix", sorted(SHAPES))
@pytest.mark.parametrize("value", HOSTILE)
def test_whatever_goes_in_the_platform_accepts_it_or_we_refuse(prefix: str, value: str) -> None:
    """Never a 47003 from the platform: either a valid value, or our own refusal before the call."""
    field = f"{prefix}1"
    try:
        result = shaped(field, value)
    except DeliveryError as refused:
        assert refused.kind is ErrorKind.CONTENT
        return
    assert is_valid(PlatformTemplate("T", "t", {field: "x"}), field, result), result


def test_fixed_text_of_the_configuration() -> None:
    assert Template("T", {"const1": "=工单"}).data({}, TODAY) == {"const1": {"value": "工单"}}


def test_impossible_day_is_refused_before_the_call() -> None:
    with pytest.raises(DeliveryError):
        shaped("time1", "13月45日")


def test_configuration_is_read_whole_with_every_fault() -> None:
    good = read_templates({"ticket_closed": {"id": "T1", "fields": {"first": "x", "thing1": "title"}}})
    assert dict(good["ticket_closed"].fields) == {"thing1": "title"}
    with pytest.raises(ConfigurationError) as refused:
        read_templates({"a": "T1", "b": {"id": "", "fields": {}}, "c": {"id": "T", "fields": {"foo1": "x"}}})
    assert len(refused.value.faults) == 3


def test_the_kinds_that_a_template_may_be_given_for_are_all_there_are() -> None:
    """A kind that the panel can name but `doctor` calls unknown would mislead."""
    assert set(KINDS) == set(KIND_NAMES)
