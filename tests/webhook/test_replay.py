"""Freshness and replay, cases 16-19. De-duplication itself is tested behind the route."""

import time

import pytest


def test_case_16_a_replay_inside_the_window_carries_the_same_key(line):
    sent = line.platform.user("oA").send_text("你好")
    assert line.platform.hostile.replay(sent).status == 200
    first, second = line.bot.received
    assert first.dedupe_key == second.dedupe_key


def test_the_same_id_of_two_people_is_two_messages(line):
    """Nobody may get the reply that was stored for another person."""
    line.platform.user("oA").send_text("你好")
    line.platform.world.numbers["message"] -= 1
    line.platform.user("oB").send_text("你好")
    first, second = line.bot.received
    assert first.msg_id == second.msg_id
    assert first.dedupe_key != second.dedupe_key


@pytest.mark.parametrize(("shift_s", "is_taken"), [(-3600, False), (3600, False), (30, True), (-290, True)])
def test_cases_17_and_19_timestamps_are_fresh_on_both_sides(line, shift_s, is_taken):
    line.platform.sender.signing_time = lambda: time.time() + shift_s
    line.platform.policy.max_deliveries = 1
    line.platform.user("oA").send_text("你好")
    assert line.platform.record.deliveries[0].status == (200 if is_taken else 403)
    assert len(line.bot.received) == is_taken


def test_case_18_a_digit_shifted_into_the_timestamp_is_refused(line):
    """The signed text has no separators: only the timestamp's form stops this."""
    sent = line.platform.user("oA").send_text("你好")
    assert line.platform.hostile.digit_shift(sent).status == 403
    assert len(line.bot.received) == 1


@pytest.mark.parametrize(
    "timestamp", ["abcdefghij", "-171403705", "1" * 20, "１７１４０３７０５９", "1714037059\n", "0"]
)
def test_case_19_odd_timestamps_are_refused_though_signed(line, timestamp):
    assert line.platform.hostile.at_time(timestamp).status == 403
    assert line.bot.received == []


@pytest.mark.parametrize("form", ["0{}", "{}.0", "+{}", " {}", "{}0"])
def test_case_18_only_ten_digits_are_a_timestamp(line, form):
    """Also where the number would be fresh: the form is what keeps nonce digits out."""
    assert line.platform.hostile.at_time(form.format(int(time.time()))).status == 403
    assert line.bot.received == []


def test_a_fresh_signature_is_what_at_time_makes(line):
    """The control to the test above: the same request with a good timestamp passes."""
    assert line.platform.hostile.at_time(str(int(time.time()))).status == 200
