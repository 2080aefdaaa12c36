"""The callback sender: what the platform shows, repeats and gives up on."""

import time

import pytest

from app.demo.platform.judge import FAULT_TEXT
from app.demo.platform.strictxml import write


def test_a_correct_reply_is_shown(platform, callback):
    callback.answer = lambda c, m: (200, c.sealed(m, f"收到：{m.only('Content')}"))
    sent = platform.user("oA").send_text("你好👋")
    assert (sent.verdict, sent.text, len(sent.deliveries)) == ("shown", "收到：你好👋", 1)
    assert platform.user("oA").texts == ["收到：你好👋"]
    assert [entry.kind for entry in platform.user("oA").person.chat] == ["sent", "passive"]


@pytest.mark.parametrize("body", [b"success", b""])
def test_success_and_nothing_show_nothing(platform, callback, body):
    callback.answer = lambda _c, _m: (200, body)
    assert platform.user("oA").send_text("你好").verdict == "silent"
    assert platform.user("oA").inbox == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda _c, _m: b'{"ok":true}', "xml"),
        (lambda _c, _m: b'"success"', "xml"),
        (lambda _c, _m: b"<html></html>", "root"),
        (lambda _c, _m: write([("Content", "plain")]).encode(), "encrypt"),
        (lambda c, _m: c.seal("", token="other"), "signature"),
        (lambda c, _m: c.seal("", key="z" * 42 + "E"), "encryption"),
        (lambda c, _m: c.seal("", app_id="wxother"), "encryption"),
        (lambda c, _m: c.seal("no xml"), "xml"),
        (lambda c, _m: c.seal("<!DOCTYPE xml><xml/>"), "xml"),
        (lambda c, m: c.sealed(m, "x", ToUserName="oOther"), "address"),
        (lambda c, m: c.sealed(m, "x", FromUserName="gh_other"), "address"),
        (lambda c, m: c.sealed(m, "x", CreateTime="soon"), "createtime"),
        (lambda c, m: c.sealed(m, "x", CreateTime=None), "createtime"),
        (lambda c, m: c.sealed(m, "x", MsgType="smoke"), "msgtype"),
        (lambda c, m: c.sealed(m, ""), "content"),
        (lambda c, m: c.sealed(m, "问" * 683), "content"),
        (lambda c, m: c.sealed(m, None, MsgType="news", ArticleCount=2), "articles"),
    ],
)
def test_anything_else_is_a_fault_for_the_person(platform, callback, make, why):
    callback.answer = lambda c, m: (200, make(c, m))
    sent = platform.user("oA").send_text("你好")
    assert (sent.verdict, sent.delivery.outcome) == ("fault", f"invalid_{why}")
    assert platform.user("oA").texts == [FAULT_TEXT]
    assert len(sent.deliveries) == 1


def test_silence_is_repeated_with_the_same_message(platform, callback):
    """Three deliveries, one number, then the apology."""
    platform.policy.timeout_s = 0.3

    def slow(c, m):
        time.sleep(0.6)
        return 200, c.sealed(m, "太晚了")

    callback.answer = slow
    sent = platform.user("oA").send_text("你好")
    assert [delivery.outcome for delivery in sent.deliveries] == ["timeout"] * 3
    assert sent.latency_s >= 0.9
    assert len({message.only("MsgId") for message in callback.received}) == 1
    assert len({query["nonce"] for query in callback.queries}) == 3
    assert platform.user("oA").texts == [FAULT_TEXT]


def test_repeats_can_carry_the_same_signature(platform, callback):
    platform.policy.timeout_s, platform.policy.resign = 0.2, "same"
    callback.answer = lambda _c, _m: (time.sleep(0.4), (200, b"success"))[1]
    platform.user("oA").send_text("你好")
    assert len({query["nonce"] for query in callback.queries}) == 1


def test_the_second_delivery_may_answer(platform, callback):
    platform.policy.timeout_s = 0.3

    def second(c, m):
        if len(c.received) == 1:
            platform.policy.timeout_s = 30  # of the deliveries to come
            time.sleep(0.5)
        return 200, c.sealed(m, f"第{len(c.received)}次")

    callback.answer = second
    assert platform.user("oA").send_text("你好").text == "第2次"


def test_overlap_leaves_the_first_connection_open(platform, callback):
    """Its late answer is recorded and never shown."""
    platform.policy.timeout_s, platform.policy.overlap = 1.0, True

    def first_is_late(c, m):
        if len(c.received) == 1:
            platform.policy.timeout_s = 30  # of the deliveries to come
            time.sleep(1.3)
            return 200, c.sealed(m, "晚到的")
        return 200, c.sealed(m, "准时的")

    callback.answer = first_is_late
    sent = platform.user("oA").send_text("你好")
    assert sent.text == "准时的"
    deadline = time.monotonic() + 30
    while not sent.deliveries[0].outcome and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (sent.deliveries[0].outcome, sent.deliveries[0].text) == ("late", "晚到的")
    assert platform.user("oA").texts == ["准时的"]


def test_a_drip_of_bytes_is_a_timeout_too(platform, callback):
    """The limit counts to the end of the answer, not between two bytes."""
    platform.policy.timeout_s, platform.policy.max_deliveries = 30, 1
    callback.answer = lambda c, m: (time.sleep(0.35), (200, c.sealed(m, "x")))[1]
    assert platform.user("oA").send_text("你好").verdict == "shown"
    platform.policy.timeout_s = 0.3
    assert platform.user("oA").send_text("再来").verdict == "fault"


def test_a_refusal_is_repeated_once(platform, callback):
    callback.answer = lambda _c, _m: (502, b"bad gateway")
    sent = platform.user("oA").send_text("你好")
    assert [delivery.outcome for delivery in sent.deliveries] == ["http_502"] * 2
    assert sent.verdict == "fault"


def test_nobody_at_home(platform):
    platform.account.callback_url = "http://127.0.0.1:9/wechat"
    sent = platform.user("oA").send_text("你好")
    assert [delivery.outcome for delivery in sent.deliveries] == ["unreachable"] * 2
    assert platform.user("oA").texts == [FAULT_TEXT]


def test_a_reply_to_a_silent_event_is_a_lint(platform, callback):
    callback.answer = lambda c, m: (200, c.sealed(m, "不该有"))
    assert platform.user("oA").open_view("https://x").verdict == "silent"
    assert [lint.code for lint in platform.record.lints] == ["reply_to_silent_event"]
    assert platform.user("oA").inbox == []


def test_waiting_can_be_seen(platform, callback):
    """The playground shows «对方正在输入» from this."""
    seen = []
    callback.answer = lambda _c, _m: (seen.append(platform.user("oA").person.awaiting), (200, b""))[1]
    platform.user("oA").send_text("你好")
    assert (seen, platform.user("oA").person.awaiting) == ([1], 0)


def test_parallel_duplicates_carry_one_message(platform, callback):
    platform.user("oA")
    sent = platform.hostile.parallel_duplicates("你好", 4, "oA")
    assert len(sent.deliveries) == 4
    assert len({message.only("MsgId") for message in callback.received}) == 1


def test_taps_are_read_from_the_text(platform, callback):
    phone = platform.user("oA")
    text = '点 <a href="weixin://bizmsgmenu?msgmenucontent=%E6%BB%A1+%E6%84%8F%2B&msgmenuid=t1.ok">满意</a>'
    phone.tap_option(text, "t1.ok")
    assert callback.received[-1].only("Content") == "满 意+"
    assert callback.received[-1].only("bizmsgmenuid") == "t1.ok"
    with pytest.raises(IndexError):
        phone.tap_option('<a href="weixin://bizmsgmenu?msgmenucontent=&msgmenuid=1">空</a>')
