"""Why a message did not arrive, said so that a clerk knows what to do (D2, D6)."""

import pytest

from app.panel.push_faults import fault_text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("template/send: errcode 43004", "对方没有关注公众号：请打电话告知（43004）"),
        ("custom/send: errcode -1", "微信繁忙，稍后自动再发（-1）"),
        ("no window, no template", "对方 48 小时内没来过消息，也没有模板：等对方下次来话"),
        ("custom/send: HTTP 502", "微信没有应答，会再试几次（HTTP 502）"),
        ("custom/send: ReadTimeout", "微信没有应答，会再试几次（ReadTimeout）"),
        ("custom/send: errcode 99999", "custom/send: errcode 99999"),
        ("", ""),
    ],
)
def test_a_stored_reason_is_a_sentence_or_stays_as_it_is(reason, words):
    assert fault_text(reason) == words
