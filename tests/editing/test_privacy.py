"""What a ticket says about somebody must not get into the handbook (PIPL 6, 25; mission B)."""

import pytest

from app.editing.privacy import explained, flags, part_with, redacted

NAMES = {"enterprises": ("天津市宁河区海燕食品有限公司",), "people": ("赵建国",)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("打 13912345678 找我", "手机号"),
        ("打１３９１２３４５６７８", "手机号"),
        ("139 1234 5678", "手机号"),
        ("+86-139-1234-5678", "手机号"),
        ("电话022-65551234", "电话号码"),
        ("座机69591234", "电话号码"),
        ("身份证120221199001011234", "身份证号"),
        ("12022119900101123X", "身份证号"),
        ("代码91120221MA0000001G", "统一社会信用代码"),
        ("账号6222021234567890123", "银行账号"),
        ("发到 a.b@example.com", "电子邮箱"),
        ("微信号：abc_12345", "微信号"),
        ("车牌津A12345", "车牌号"),
        ("我是海燕食品的", "企业名称"),
        ("宁河区海燕食品有限公司", "企业名称"),
        ("找赵建国", "人名"),
    ],
)
def test_personal_data_is_flagged_and_taken_out(text: str, kind: str) -> None:
    found = flags(text, **NAMES)
    assert [flag.kind for flag in found] == [kind]
    clean = redacted(text, **NAMES)
    assert found[0].seen not in clean
    assert flags(clean, **NAMES) == []


@pytest.mark.parametrize(
    "text",
    [
        "不超过300万元，30个工作日",
        "打12345或12366",
        "2026年11月20日起",
        "第四十七条",
        "食品有限公司怎么注册",
        "注册资本12345678元",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert flags(text, **NAMES) == []
    assert redacted(text, **NAMES) == text


def test_the_explanation_does_not_repeat_the_number() -> None:
    said = explained(flags("打13912345678找赵建国", **NAMES))
    assert "13912345678" not in said and "赵建国" not in said
    assert "手机号（139…8）、人名（赵…）" in said


def test_the_part_with_something_personal_is_found_however_the_digits_are_written() -> None:
    parts = {"title": "门口修路", "result": "打１３９１２３４５６７８"}
    assert part_with(parts, flags("打13912345678")) == "result"
    assert part_with({"title": "门口修路"}, flags("打13912345678")) == ""


def test_an_id_number_is_one_flag_not_three() -> None:
    assert len(flags("身份证120221199001011234。", **NAMES)) == 1
