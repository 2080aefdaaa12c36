"""Every kind of message and event, from the platform's phone to what the bot gets, and back (cases 27-32, 42)."""

import json
import logging

import pytest

from app.demo.platform.stand_in import StandIn
from app.demo.platform.world import Account
from app.wechat.parsing import parse
from bot.messages import MessageKind


def last(line):
    return line.bot.received[-1]


@pytest.fixture
def person(line):
    return line.platform.user("oAbcdefghijklmnopqrstuvwxyz0")


def test_text_carries_who_when_and_what(line, person):
    sent = person.send_text("营业执照怎么补办")
    got = last(line)
    assert (got.kind, got.text, got.openid) == (MessageKind.TEXT, "营业执照怎么补办", person.openid)
    assert got.account == line.platform.account.original_id
    assert abs((got.sent_at - line.platform.clock.now()).total_seconds()) < 5
    assert sent.verdict == "shown"


def test_a_tap_carries_its_option_id(line, person):
    person.tap_option(
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E6%BB%A1%E6%84%8F&msgmenuid=t1.ok.v4">满意</a>'
    )
    assert (last(line).text, last(line).option_id) == ("满意", "t1.ok.v4")


@pytest.mark.parametrize("text", ["👨‍👩‍👧‍👦", "🇨🇳 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "𠮷野家", "[微笑] /::)"])
def test_case_27_emoji_come_back_unchanged(line, person, text):
    assert person.send_text(text).text == f"收到：{text}"


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda p: p.send_text("   "), MessageKind.UNSUPPORTED),
        (lambda p: p.send_unsupported(), MessageKind.UNSUPPORTED),
        (lambda p: p.send_voice(), MessageKind.VOICE),
        (lambda p: p.send_image(), MessageKind.IMAGE),
        (lambda p: p.send_video(), MessageKind.VIDEO),
        (lambda p: p.send_location(), MessageKind.LOCATION),
        (lambda p: p.send_link(), MessageKind.LINK),
    ],
)
def test_case_28_what_is_no_text_has_a_kind_and_no_text(line, person, act, kind):
    assert act(person).verdict == "shown"
    assert (last(line).kind, last(line).text) == (kind, "")


def test_case_28_a_missing_content_is_unsupported(line):
    document = line.platform.hostile.text("x").replace("<Content><![CDATA[x]]></Content>", "")
    assert line.platform.hostile.document(document).status == 200
    assert last(line).kind is MessageKind.UNSUPPORTED


def test_media_can_be_fetched_by_id(line, person):
    person.send_image(b"picture")
    assert line.platform.world.media[last(line).media_id][1] == b"picture"


def test_a_place_has_coordinates(line, person):
    person.send_location("39.1", "117.2", "芦台镇")
    assert dict(last(line).data) == {"latitude": "39.1", "longitude": "117.2", "label": "芦台镇"}


def test_following_and_scanning_carry_the_same_scene(line):
    """Case 55: subscribe with qrscene_ and SCAN give the same result."""
    phone = line.platform.stranger("oNew")
    assert phone.follow("area:0101").verdict == "shown"
    assert (last(line).kind, last(line).scene) == (MessageKind.FOLLOW, "area:0101")
    ticket = "gQsomething"
    line.platform.world.qrcodes[ticket] = {"scene": "area:0101", "until": None}
    phone.scan(ticket)
    assert (last(line).kind, last(line).scene) == (MessageKind.SCAN, "area:0101")


def test_following_without_a_code_has_no_scene(line):
    line.platform.stranger("oNew").follow()
    assert (last(line).kind, last(line).scene) == (MessageKind.FOLLOW, "")


def test_menu_taps_carry_their_key(line, person):
    person.tap_menu("progress")
    assert (last(line).kind, last(line).key) == (MessageKind.CLICK, "progress")
    person.scan_from_menu("scan", "https://example.com/code")
    assert (last(line).kind, last(line).key) == (MessageKind.CLICK, "scan")
    assert last(line).data["scan_result"] == "https://example.com/code"


def test_case_43_unfollowing_is_acknowledged(line, person):
    assert person.unfollow().verdict == "silent"
    assert last(line).kind is MessageKind.UNFOLLOW
    assert line.platform.record.deliveries[-1].answer == b"success"


@pytest.mark.parametrize(
    "act",
    [lambda p: p.open_view("https://example.com"), lambda p: p.report_location(), lambda p: p.unfollow()],
)
def test_silent_events_get_no_reply_even_if_one_is_made(line, person, act):
    act(person)
    assert line.platform.record.deliveries[-1].answer == b"success"
    line.platform.assert_clean()


def test_case_29_an_unknown_event_is_acknowledged(line):
    document = line.platform.sender.document("oA", [("MsgType", "event"), ("Event", "brand_new_evt")])
    assert line.platform.hostile.document(document).body == b"success"
    assert (last(line).kind, last(line).event) == (MessageKind.SILENT, "brand_new_evt")


def test_case_30_the_largest_message_id_is_kept_exactly(line):
    fields = [("MsgType", "text"), ("Content", "x"), ("MsgId", 18446744073709551615)]
    line.platform.hostile.document(line.platform.sender.document("oA", fields))
    assert last(line).msg_id == "18446744073709551615"


@pytest.mark.parametrize(
    "text",
    ["a]]>b", "]]>]]>", "<b>&amp;</b> & <xml>", "{0} %s ${x}", "'; DROP TABLE ticket; --", "<![CDATA[x]]>"],
)
def test_case_31_marks_come_back_as_they_were(line, person, text):
    assert person.send_text(text).text == f"收到：{text}"


def test_case_32_subscription_events_are_lists(line, person):
    person.accept_subscription(["tpl1"])
    assert [item["template_id"] for item in last(line).data["items"]] == ["tpl1"]
    person.accept_subscription(["tpl1", "tpl2"])
    assert [(i["template_id"], i["status"]) for i in last(line).data["items"]] == [
        ("tpl1", "accept"),
        ("tpl2", "accept"),
    ]


@pytest.mark.parametrize("wrapper", ["SubscribeMsgChangeEvent", "SubscribeMsgPopupEvent"])
def test_case_32_a_change_has_either_wrapper(line, person, wrapper):
    person.reject_subscription(["tpl1"], wrapper=wrapper)
    assert last(line).event == "subscribe_msg_change_event"
    assert last(line).data["items"][0]["status"] == "reject"


def test_case_32_a_delivered_notice_is_reported(line, person):
    fields = [
        ("MsgType", "event"),
        ("Event", "subscribe_msg_sent_event"),
        (
            "SubscribeMsgSentEvent",
            [("List", [("TemplateId", "t"), ("MsgID", 17), ("ErrorStatus", "success")])],
        ),
    ]
    line.platform.hostile.document(line.platform.sender.document(person.openid, fields))
    item = last(line).data["items"][0]
    assert (item["msgid"], item["status"]) == ("17", "success")


@pytest.mark.parametrize("status", ["success", "failed:user block", "failed: system failed"])
def test_template_receipts_are_silent_with_number_and_status(line, person, status):
    fields = [("MsgType", "event"), ("Event", "TEMPLATESENDJOBFINISH"), ("MsgID", 3428411849815982087)]
    document = line.platform.sender.document(person.openid, [*fields, ("Status", status)])
    assert line.platform.hostile.document(document).body == b"success"
    assert last(line).kind is MessageKind.SILENT
    assert dict(last(line).data) == {"msgid": "3428411849815982087", "status": status}


def test_case_38_two_taps_of_one_second_are_two(line, person):
    person.tap_menu("a")
    person.tap_menu("b")
    keys = {incoming.dedupe_key for incoming in line.bot.received}
    assert len(keys) == 2
    assert all(len(key) <= 80 for key in keys)


def test_case_38_a_repeated_event_is_one(line):
    document = line.platform.sender.document(
        "oA", [("MsgType", "event"), ("Event", "CLICK"), ("EventKey", "a")]
    )
    line.platform.hostile.document(document)
    line.platform.hostile.document(document)
    first, second = line.bot.received
    assert first.dedupe_key == second.dedupe_key


def test_case_38_the_same_number_from_two_accounts_is_two_messages():
    keys = set()
    for name in ("gh_one0000000000", "gh_two0000000000"):
        sender = StandIn(Account(original_id=name)).sender
        document = sender.document("oA", [("MsgType", "text"), ("Content", "x"), ("MsgId", 7)])
        keys.add(parse(document).dedupe_key)
    assert len(keys) == 2


def test_no_reply_is_a_bare_success(line, person):
    line.bot.reply = lambda _incoming: ""
    assert person.send_text("嗯").verdict == "silent"
    assert line.platform.record.deliveries[-1].answer == b"success"


def test_case_42_the_reply_is_sealed_and_addressed(line, person):
    """The stand-in opens it with its own crypto and checks To, From, CreateTime, MsgType and AppID."""
    sent = person.send_text("你好")
    assert sent.delivery.outcome == "shown"
    assert b"MsgSignature" in sent.delivery.answer
    assert "你好".encode() not in sent.delivery.answer
    assert f"<ToUserName><![CDATA[{person.openid}]]>" in sent.delivery.reply


def test_case_57_logs_hold_no_text_and_no_secret(line, person, caplog):
    logging.getLogger("qiying").propagate = True
    with caplog.at_level(logging.DEBUG, logger="qiying"):
        person.send_text("我的电话是13900000001")
        line.platform.hostile.bad_msg_signature()
        line.platform.hostile.document("<xml><Content>13900000001</Content></xml>")
        line.bot.is_broken = True
        line.platform.policy.max_deliveries = 1
        person.send_text("13900000001")
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name == "qiying")
    account = line.platform.account
    query = line.platform.record.deliveries[0].query
    for secret in (
        "13900000001",
        account.token,
        account.aes_key,
        query["msg_signature"],
        query["nonce"],
        "leak",
    ):
        assert secret not in logged
    events = [json.loads(row)["event"] for row in logged.splitlines()]
    assert events == ["request_refused", "message_unreadable", "message_failed"]
