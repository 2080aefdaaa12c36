"""Customer-service messages and their windows, templates and their fields, subscription notices."""

import json
import threading
import time

import pytest

from app.demo.platform.stand_in import StandIn

CUSTOM, TEMPLATE = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send"


def template(client, openid, values, **more):
    data = {key: {"value": value} for key, value in values.items()}
    return client.call(TEMPLATE, {"touser": openid, "template_id": "T1", "data": data, **more})


def test_without_contact_there_is_no_window(platform, client):
    platform.user("oA")
    assert client.say("oA")["errcode"] == 45015


def test_a_message_opens_five_for_two_days(platform, client):
    platform.user("oA").send_text("你好")
    assert [client.say("oA", f"第{n}条")["errcode"] for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    platform.user("oA").send_text("还在")
    client.advance(hours=49)
    assert client.say("oA")["errcode"] == 45015


def test_a_menu_tap_opens_three_for_a_minute(platform, client):
    platform.user("oA").tap_menu("help")
    assert [client.say("oA", f"第{n}条")["errcode"] for n in range(4)] == [0, 0, 0, 45047]
    platform.user("oA").tap_menu("help")
    client.advance(seconds=61)
    assert client.say("oA")["errcode"] == 45015


@pytest.mark.parametrize(("policy", "code"), [("menu", 45015), ("user_msg", 0)])
def test_whether_an_option_counts_as_a_message_can_be_chosen(platform, client, policy, code):
    platform.policy.menu_tap = policy
    platform.user("oA").send_text("满意", bizmsgmenuid="1")
    client.advance(minutes=2)
    assert client.say("oA")["errcode"] == code


def test_nothing_reaches_who_left(platform, client):
    phone = platform.user("oA")
    phone.send_text("你好")
    phone.unfollow()
    assert client.say("oA")["errcode"] == 45015
    with pytest.raises(ValueError, match="follower"):
        phone.send_text("还在")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"touser": "oA", "msgtype": "smoke", "smoke": {}}, 40008),
        ({"touser": "oA", "msgtype": "text"}, 44004),
        ({"touser": "oA", "msgtype": "text", "text": {"content": ""}}, 44004),
        ({"touser": "oA", "msgtype": "text", "text": {"content": "问" * 683}}, 45002),
        ({"touser": "oA", "msgtype": "text", "text": {"content": "问" * 682}}, 0),
        ({"touser": "oA", "msgtype": "news", "news": {"articles": []}}, 44003),
        ({"touser": "oA", "msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"touser": "oA", "msgtype": "image", "image": {}}, 41006),
        ({"touser": "oA", "msgtype": "image", "image": {"media_id": "?"}}, 40007),
    ],
)
def test_bodies_have_their_codes(platform, client, body, code):
    platform.user("oA").send_text("你好")
    assert client.call(CUSTOM, body)["errcode"] == code


def test_who_switched_messages_off(platform, client):
    phone = platform.user("oA")
    phone.send_text("你好")
    phone.person.rejects_messages = True
    assert client.say("oA")["errcode"] == 48002


def test_a_template_needs_no_window_and_shows_a_card(platform, client):
    platform.add_template("T1", "工单进度提醒", {"thing1": "诉求", "time2": "时间", "remark": "备注"})
    phone = platform.user("oA")
    values = {"thing1": "门口修路🚧", "time2": "2026年11月20日 16:05", "remark": "不显示"}
    answer = template(client, "oA", values, url="https://x/t/1")
    assert answer["errcode"] == 0
    assert phone.texts == ["工单进度提醒\n诉求：门口修路\n时间：2026年11月20日 16:05"]
    assert phone.inbox[0].details["url"] == "https://x/t/1"


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", "问" * 20, "问" * 21),
        ("thing1", "一行", "两\n行"),
        ("thing1", "有", ""),
        ("character_string1", "20261120-0042", "单号0042"),
        ("time1", "16:05", "下午四点"),
        ("time1", "2026年11月20日 16:05~2026年11月21日 9:00", "2026/11/20"),
        ("phone_number1", "138****0001".replace("*", "0"), "电话"),
        ("amount1", "￥12.50元", "十二"),
        ("car_number1", "津A12345", "津A12345678"),
        ("phrase1", "办理中", "in work"),
        ("name1", "王服务", "王" * 11),
        ("number1", "42", "四十二"),
        ("date1", "2026年11月20日", "明天"),
        ("const1", "投诉", "不在表里"),
    ],
)
def test_fields_are_checked_by_type(platform, client, key, good, bad):
    platform.user("oA")
    platform.add_template("T1", "提醒", {key: "字段"}, constants={"const1": ["投诉"]})
    assert template(client, "oA", {key: good})["errcode"] == 0
    answer = template(client, "oA", {key: bad})
    assert answer["errcode"] == 47003
    assert f"data.{key}.value invalid" in answer["errmsg"]
    assert template(client, "oA", {"other": "x"})["errcode"] == 47003


def test_old_templates_are_trimmed_without_a_word(platform, client):
    platform.add_template("T1", "提醒", {"first": "", "keyword1": "内容", "remark": ""}, kind="history")
    phone = platform.user("oA")
    template(client, "oA", {"first": "您好", "keyword1": "问" * 30 + "\n二", "remark": "再见"})
    assert phone.texts == ["提醒\n内容：" + "问" * 20]


def test_templates_need_a_follower_and_an_id(platform, client):
    platform.add_template("T1", "提醒", {"thing1": "x"})
    platform.add_template("S1", "订阅", {"thing1": "x"}, kind="subscribe")
    platform.stranger("oB")
    assert template(client, "oB", {"thing1": "x"})["errcode"] == 43004
    platform.user("oA").person.is_blacklisted = True
    assert template(client, "oA", {"thing1": "x"})["errcode"] == 43019
    for unknown in ("T9", "S1"):
        answer = client.call(
            TEMPLATE, {"touser": "oA", "template_id": unknown, "data": {"thing1": {"value": "x"}}}
        )
        assert answer["errcode"] == 40037


def test_the_same_client_id_is_shown_once_within_ten_minutes(platform, client):
    platform.add_template("T1", "提醒", {"thing1": "x"})
    phone = platform.user("oA")
    first = template(client, "oA", {"thing1": "一"}, client_msg_id="ticket-1")
    second = template(client, "oA", {"thing1": "一"}, client_msg_id="ticket-1")
    assert first["msgid"] == second["msgid"]
    assert len(phone.inbox) == 1
    client.advance(seconds=601)
    assert template(client, "oA", {"thing1": "一"}, client_msg_id="ticket-1")["msgid"] != first["msgid"]
    assert len(phone.inbox) == 2


@pytest.mark.parametrize(
    ("rejects", "forced", "status"),
    [(0, "", "success"), (1, "", "failed:user block"), (0, "failed: system failed", "failed: system failed")],
)
def test_a_receipt_follows(platform, client, callback, rejects, forced, status):
    platform.add_template("T1", "提醒", {"thing1": "x"})
    platform.policy.receipt_delay_s, platform.policy.receipt_status = 0.0, forced
    platform.user("oA").person.rejects_messages = bool(rejects)
    number = template(client, "oA", {"thing1": "一"})["msgid"]
    deadline = time.monotonic() + 30
    while not callback.received and time.monotonic() < deadline:
        time.sleep(0.01)
    (receipt,) = callback.received
    assert (receipt.only("Event"), receipt.only("MsgID")) == ("TEMPLATESENDJOBFINISH", str(number))
    assert receipt.only("Status") == status


def test_a_subscription_uses_up_consent(platform, client):
    platform.add_template("S1", "订阅", {"thing1": "x"}, kind="subscribe")
    phone = platform.user("oA")
    body = {"touser": "oA", "template_id": "S1", "data": {"thing1": {"value": "一"}}}
    path = "/cgi-bin/message/subscribe/bizsend"
    assert client.call(path, body)["errcode"] == 43101
    phone.accept_subscription(["S1"])
    assert client.call(path, {**body, "page": "pages/index"})["errcode"] == 41030
    assert [client.call(path, body)["errcode"] for _ in range(2)] == [0, 43101]
    phone.accept_subscription(["S1"], long=True)
    assert [client.call(path, body)["errcode"] for _ in range(2)] == [0, 0]
    phone.reject_subscription(["S1"])
    assert client.call(path, body)["errcode"] == 43101


def test_lints_see_bad_habits(platform, client):
    platform.user("oA").send_text("你好")
    body = {"touser": "oA", "msgtype": "text", "text": {"content": "你好"}}
    client.call(CUSTOM, json.dumps(body).encode())
    assert [lint.code for lint in platform.record.lints] == ["escaped_unicode"]
    client.say("oA", "你好")
    assert [lint.code for lint in platform.record.lints][1:] == ["duplicate_visible_message"]


def test_sends_to_one_person_at_once_are_a_lint(platform, client):
    platform.policy.latency_s = (0.2, 0.2)
    platform.user("oA").send_text("你好")
    client.fetch_token()
    threads = [threading.Thread(target=client.say, args=("oA", f"第{n}条")) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lint.code for lint in platform.record.lints] == ["parallel_sends_same_user"]


def test_a_platform_that_starts_anew_gives_no_message_id_again() -> None:
    """A restarted demo keeps its database: an id seen before would be answered with an old reply."""
    earlier, later = StandIn(), StandIn()
    assert earlier.world.next_message_id() < earlier.world.next_message_id()
    assert later.world.next_message_id() > earlier.world.next_message_id()
