"""Cases 48–53 end to end: outbox, gateway, stand-in platform."""

import pytest

from app.outbox import service
from app.outbox.models import OutboxState
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from bot.messages import MessageKind, Reply, Tap, Url

SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"


def test_reply_reaches_the_phone_with_its_links(rig) -> None:
    rig.contact()
    rig.gateway.send_text("oA", Reply.of("您好 ", Tap("接单", "接单 0042"), " ", Url("详情", "/t/x")))
    text = rig.shown()[0][1]
    assert "msgmenucontent=%E6%8E%A5%E5%8D%95%200042" in text
    assert '<a href="https://qy.example/t/x">详情</a>' in text
    rig.platform.assert_clean()


def test_long_answer_goes_out_in_order_and_in_size(rig) -> None:
    """Case 41: every customer-service text ≤ 2048 bytes, at most three."""
    rig.contact()
    long = Reply.of("测" * 1500)
    assert rig.gateway.count_texts(long) == 3
    rig.gateway.send_text("oA", long)
    assert all(len(text.encode()) <= 2048 for _, text in rig.shown())
    assert "".join(text for _, text in rig.shown()).count("测") == 1500


def test_failure_in_the_middle_says_how_much_went_out(rig) -> None:
    rig.contact()
    rig.platform.fault("errcode", 45047, path=SEND, nth=2)
    with pytest.raises(DeliveryError) as failed:
        rig.gateway.send_text("oA", Reply.of("测" * 1500))
    assert failed.value.sent == 1


@pytest.mark.parametrize("code", [45015, 45047, 48002])
def test_closed_window_falls_to_the_template(rig, code: int) -> None:
    """Case 48, first half."""
    rig.contact()
    rig.platform.fault("errcode", code, path=SEND)
    rig.tell("办结了")
    rig.deliver()
    assert [kind for kind, _ in rig.shown()] == ["template"]
    assert "时限：" in rig.shown()[0][1]
    rig.platform.assert_clean()


def test_template_refused_waits_and_is_shown_once(rig) -> None:
    """Case 48, second half: 43004 → pending queue; next inbound message shows it once."""
    rig.contact()
    rig.advance(hours=49)
    rig.platform.user("oA").person.is_following = False
    rig.tell("a")
    rig.deliver()
    assert rig.row("a").state == OutboxState.PENDING
    rig.contact()
    with rig.db.transaction() as session:
        assert [reply.plain() for reply in service.take_pending(session, "oA", rig.now)] == ["a"]
        assert service.take_pending(session, "oA", rig.now) == []
    rig.deliver()
    assert rig.shown() == []


def test_template_outside_the_window_leads_to_the_ticket(rig) -> None:
    rig.contact()
    rig.advance(hours=49)
    rig.tell("a")
    rig.deliver()
    entry = rig.platform.user("oA").inbox[0]
    assert entry.kind == "template" and entry.details["url"] == "https://qy.example/t/token"
    assert rig.row("a").platform_id.isdigit()


def test_hostile_title_still_makes_a_valid_template(rig) -> None:
    """Case 49: field values are put into shape before they go out."""
    rig.tell("很长的标题" * 10 + "\n第二行😀\x07")
    rig.deliver()
    assert [kind for kind, _ in rig.shown()] == ["template"]
    rig.platform.assert_clean()


def test_refused_fields_are_not_repeated(rig) -> None:
    """Case 49: 47003 → no retry, alarm."""
    rig.platform.fault("errcode", 47003, path=TEMPLATE)
    rig.tell("a")
    rig.deliver()
    rig.advance(days=2)
    rig.deliver()
    assert rig.calls("message/template/send") == 1
    assert rig.row("a").state == OutboxState.DEAD


def test_busy_twice_then_delivered_once(rig) -> None:
    """Case 50, first half."""
    rig.contact()
    rig.platform.fault("errcode", -1, path=SEND, times=2)
    rig.tell("a")
    for _ in range(4):
        rig.deliver()
        rig.advance(seconds=6)
    assert rig.shown() == [("custom", "a")]
    assert rig.calls("message/custom/send") == 3


def test_daily_quota_stops_the_endpoint_until_tomorrow(rig) -> None:
    """Case 50, second half: no further calls to that endpoint; clear_quota not called."""
    for openid in ("oA", "oB"):
        rig.contact(openid)
        rig.tell(f"to {openid}", openid, kind="deferred_answer")
    rig.platform.fault("errcode", 45009, path=SEND)
    rig.deliver()
    assert rig.calls("message/custom/send") == 1
    rig.advance(hours=24)
    rig.deliver()
    assert rig.shown("oA") == [("custom", "to oA")] and rig.shown("oB") == [("custom", "to oB")]
    assert rig.calls("clear_quota") == 0


@pytest.mark.parametrize("fault", [("html200", 0), ("empty200", 0), ("http", 502), ("http", 503)])
def test_answers_that_are_not_the_platforms_are_failures(rig, fault) -> None:
    """Case 51: counted as failure, not success; nothing was sent, so it is sent again."""
    rig.contact()
    rig.platform.fault(*fault, path=SEND)
    rig.tell("a")
    rig.deliver()
    assert rig.row("a").state == OutboxState.NEW
    rig.advance(seconds=5)
    rig.deliver()
    assert rig.shown() == [("custom", "a")]


@pytest.mark.parametrize("fault", [("drop", 0), ("hang", 0.7), ("process_then_hang", 0.7), ("http", 504)])
def test_text_that_may_have_arrived_is_never_sent_again(rig, fault) -> None:
    """Case 51 (reset) and the at-most-once policy of customer-service texts."""
    rig.contact()
    rig.platform.fault(*fault, path=SEND)
    rig.tell("a", kind="deferred_answer")
    rig.deliver()
    assert rig.row("a").state == OutboxState.UNKNOWN
    rig.advance(hours=1)
    rig.deliver()
    assert rig.settled_calls("message/custom/send") == 1


def test_template_that_may_have_arrived_is_repeated_with_the_same_id(rig) -> None:
    """Case 52: read timeout on a template → same client_msg_id; the phone shows one."""
    rig.platform.fault("process_then_hang", 0.7, path=TEMPLATE)
    rig.tell("a")
    rig.deliver()
    rig.advance(seconds=3)
    rig.deliver()
    assert len(rig.shown()) == 1
    assert rig.row("a").state == OutboxState.SENT
    assert rig.settled_calls("message/template/send") == 2


def test_sixth_message_of_a_window_is_not_attempted(rig) -> None:
    """Case 53, first half."""
    rig.contact()
    for number in range(7):
        rig.tell(f"m{number}", kind="deferred_answer")
    rig.deliver()
    assert rig.calls("message/custom/send") == 5
    assert [rig.row(f"m{number}").state for number in (4, 5, 6)] == ["sent", "pending", "pending"]


@pytest.mark.parametrize("policy", ["menu", "user_msg"])
def test_tapped_option_counts_as_a_menu_tap(rig, policy: str) -> None:
    """Case 53, second half: after a tap we plan with 3 messages for a minute, whatever the platform allows."""
    rig.platform.policy.menu_tap = policy
    rig.contact(option_id="t1")
    for number in range(4):
        rig.tell(f"m{number}", kind="deferred_answer")
    rig.deliver()
    assert rig.calls("message/custom/send") == 3
    rig.advance(minutes=2)
    rig.tell("late", kind="deferred_answer")
    rig.deliver()
    assert rig.calls("message/custom/send") == 3


def test_menu_click_opens_a_short_window(rig) -> None:
    rig.contact(kind=MessageKind.CLICK)
    rig.tell("a")
    rig.deliver()
    assert rig.shown() == [("custom", "a")]


def test_platform_not_there_at_all_is_a_certain_refusal(rig) -> None:
    rig.contact()
    rig.make_client().tokens.current()
    rig.platform.stop()
    with pytest.raises(DeliveryError) as failed:
        rig.gateway.send_text("oA", Reply.of("x"))
    assert failed.value.kind is ErrorKind.UNREACHABLE


def test_redirects_are_not_followed(rig) -> None:
    """A redirect would carry the token to another host."""
    rig.contact()
    rig.platform.fault("http", 302, path=SEND)
    with pytest.raises(DeliveryError) as failed:
        rig.gateway.send_text("oA", Reply.of("x"))
    assert failed.value.kind is ErrorKind.UNREACHABLE


def test_outage_drains_in_order_without_doubles(rig) -> None:
    """Platform down, then up: everything arrives once, each person's messages in order."""
    people = [f"o{number}" for number in range(5)]
    for openid in people:
        rig.contact(openid)
    rig.platform.fault("http", 503, path=SEND, times=6)
    for number in range(4):
        for openid in people:
            rig.tell(f"{number} to {openid}", openid)
    for _ in range(30):
        rig.deliver()
        rig.advance(seconds=31)
    for openid in people:
        assert [text for _, text in rig.shown(openid)] == [f"{number} to {openid}" for number in range(4)]
    rig.platform.assert_clean()
